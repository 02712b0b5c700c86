"""Everything once on a real S3 protocol server over HTTP: kept, processed, assembled, played, deleted."""

import urllib.request

import boto3
import pytest

from cam2bytes.lib.store import ObjectMissing, StoreError, get_store
from tests import makers
from tests.makers import SAMPLES, image, put_chunk, put_frame, start_capture, start_recording
from tests.servers import s3_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("s3")]
BUCKET = "cam2bytes-test"


@pytest.fixture(scope="module")
def endpoint():
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(endpoint, settings):
    """An empty bucket, and cam2bytes set to it."""
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    s3 = boto3.resource("s3", endpoint_url=endpoint, **keys)
    s3.create_bucket(Bucket=BUCKET)
    settings.CAM2BYTES_STORAGE = "s3"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": BUCKET, "endpoint_url": endpoint, "access_key": "key", "secret_key": "secret",
                "region_name": "us-east-1", "addressing_style": "path", "signature_version": "s3v4",
                "file_overwrite": False, "default_acl": None,
            },
        },
    }  # fmt: skip
    yield s3.Bucket(BUCKET)
    s3.Bucket(BUCKET).objects.all().delete()
    s3.Bucket(BUCKET).delete()


def keys_in(bucket) -> list[str]:
    return [item.key for item in bucket.objects.all()]


def fetch(address: str, **headers) -> tuple[int, bytes]:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
        return answer.status, answer.read()


def test_a_put_never_overwrites(bucket):
    store = get_store()
    store.keep("captures/a/1", b"first")
    with pytest.raises(StoreError):
        store.keep("captures/a/1", b"other bytes")
    assert store.read("captures/a/1") == b"first"
    with pytest.raises(ObjectMissing):
        store.size("captures/a/2")


def test_a_capture_session_lives_and_dies_in_the_bucket(bucket, alices):
    capture, data = start_capture(alices), image("teal", (640, 480))
    assert put_frame(alices, capture, 0, data).status_code == 201
    frame = alices.get(f"/api/v1/captures/{capture}/frames/0").json()
    assert frame["status"] == "ready"
    handed_off = alices.get(frame["image_url"])
    assert handed_off.status_code == 302 and "no-store" in handed_off["Cache-Control"]
    assert fetch(handed_off["Location"]) == (200, data)
    assert len(keys_in(bucket)) == 2
    assert alices.delete(f"/api/v1/captures/{capture}").status_code == 204
    assert keys_in(bucket) == []


def test_a_recording_is_assembled_from_the_bucket_and_plays_by_ranges(bucket, alices):
    recording = start_recording(alices, "video/webm;codecs=vp8,opus")
    chunks = [path.read_bytes() for path in sorted((SAMPLES / "webm_vp8_opus_640").glob("chunk-*"))]
    for number, data in enumerate(chunks):
        assert put_chunk(alices, recording, number, data).status_code == 201
    makers.post_json(alices, f"/api/v1/recordings/{recording}/seal", {"chunk_count": len(chunks)})
    shown = alices.get(f"/api/v1/recordings/{recording}").json()
    assert shown["status"] == "ready", shown["failure"]
    address = alices.get(shown["video_url"])["Location"]
    assert fetch(address, Range="bytes=0-3") == (206, b"\x1a\x45\xdf\xa3")
    assert len(fetch(address)[1]) == shown["size_bytes"]
    original = b"".join(alices.get(f"/api/v1/recordings/{recording}/original").streaming_content)
    assert original == b"".join(chunks)
    assert alices.delete(f"/api/v1/recordings/{recording}").status_code == 204
    assert keys_in(bucket) == []


def test_a_signed_address_carries_any_readable_name(bucket):
    store = get_store()
    store.keep("a/clip.bin", b"bytes")
    for name, said in (
        ("Desk 7.mp4", 'filename="Desk 7.mp4"'),
        ('Müller "x".mp4', "filename*=utf-8''M%C3%BCller%20%22x%22.mp4"),
    ):
        address = store.url("a/clip.bin", content_type="video/mp4", filename=name, as_attachment=True)
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert answer.headers["Content-Disposition"] == f"attachment; {said}"
            assert answer.read() == b"bytes"
