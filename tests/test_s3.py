"""Everything once on a real S3 protocol server over HTTP: kept, processed, assembled, played, deleted."""

import hashlib
import re
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from django.core.management import call_command

from cam2bytes import checks
from cam2bytes.accounts import storemark
from cam2bytes.lib.store import ObjectMissing, StoreError, get_store
from capture.models import Frame
from tests import makers
from tests.makers import SAMPLES, image, put_chunk, put_frame, start_capture, start_recording
from tests.servers import s3_server, signed_s3_server

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
    use_bucket(settings, endpoint, "secret")
    yield s3.Bucket(BUCKET)
    s3.Bucket(BUCKET).objects.all().delete()
    s3.Bucket(BUCKET).delete()


def use_bucket(settings, endpoint: str, secret: str) -> None:
    settings.CAM2BYTES_STORAGE = "s3"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": BUCKET, "endpoint_url": endpoint, "access_key": "key", "secret_key": secret,
                "region_name": "us-east-1", "addressing_style": "path", "signature_version": "s3v4",
                "file_overwrite": False, "default_acl": None,
            },
        },
    }  # fmt: skip


def keys_in(bucket) -> list[str]:
    """Of every object but the store's mark."""
    return [item.key for item in bucket.objects.all() if item.key != storemark.KEY]


def fetch(address: str, **headers) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def assembled(client, sample: str) -> tuple[dict, list[bytes]]:
    """(the recording as the API shows it, the chunks that it was sent) of a sample that became a video."""
    recording = start_recording(client)
    chunks = [path.read_bytes() for path in sorted((SAMPLES / sample).glob("chunk-*"))]
    for number, data in enumerate(chunks):
        assert put_chunk(client, recording, number, data).status_code == 201
    makers.post_json(client, f"/api/v1/recordings/{recording}/seal", {"chunk_count": len(chunks)})
    shown = client.get(f"/api/v1/recordings/{recording}").json()
    assert shown["status"] == "ready", shown["failure"]
    return shown, chunks


def test_a_put_never_overwrites(bucket):
    store = get_store()
    store.keep("captures/a/1", b"first")
    for other in (b"other bytes", b"fiRst"):
        with pytest.raises(StoreError):
            store.keep("captures/a/1", other)
    store.keep("captures/a/1", b"first")  # as the client does whose answer was lost
    assert store.read("captures/a/1") == b"first"
    with pytest.raises(ObjectMissing):
        store.size("captures/a/2")


def test_the_checks_find_nothing_wrong_and_leave_nothing(bucket):
    assert checks.everything_works(None) == []
    assert keys_in(bucket) == []


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
    shown, chunks = assembled(alices, "webm_vp8_opus_640")
    recording = shown["id"]
    address = alices.get(shown["video_url"])["Location"]
    assert fetch(address, Range="bytes=0-3") == (206, b"\x1a\x45\xdf\xa3")
    assert len(fetch(address)[1]) == shown["size_bytes"]
    original = b"".join(alices.get(f"/api/v1/recordings/{recording}/original").streaming_content)
    assert original == b"".join(chunks)
    assert alices.delete(f"/api/v1/recordings/{recording}").status_code == 204
    assert keys_in(bucket) == []


def test_an_mp4_is_made_in_parts_and_kept_in_the_bucket(bucket, alices):
    shown, _ = assembled(alices, "webm_vp8_opus_640")
    path = f"/api/v1/recordings/{shown['id']}/derivatives"
    asked = makers.post_json(alices, path, {"kind": "mp4"}).json()
    made = alices.get(f"{path}/{asked['id']}").json()
    assert (made["status"], made["content_type"]) == ("ready", "video/mp4")
    assert len(fetch(alices.get(made["file_url"])["Location"])[1]) == made["size_bytes"]
    assert len([key for key in keys_in(bucket) if "/derivatives/" in key]) == 2, "that, and the sprite; no part stays"
    assert alices.delete(f"{path}/{asked['id']}").status_code == 204
    assert alices.delete(f"/api/v1/recordings/{shown['id']}").status_code == 204
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


# Signatures: moto takes any, rclone checks them -----------------------------------------------------


@pytest.fixture(scope="module")
def buckets(tmp_path_factory):
    return tmp_path_factory.mktemp("buckets")


@pytest.fixture(scope="module")
def signed_endpoint(buckets):
    with signed_s3_server(buckets, "key", "the-secret") as address:
        yield address


@pytest.fixture
def folder(buckets, signed_endpoint, settings) -> Path:
    """The folder behind an empty bucket of a server that checks signatures, and cam2bytes set to it."""
    folder = buckets / BUCKET
    folder.mkdir(exist_ok=True)
    use_bucket(settings, signed_endpoint, "the-secret")
    return folder


def files_in(folder: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found.pop(storemark.KEY, None)
    return found


def test_signed_a_capture_session_and_a_recording_live_and_die(folder, alices):
    capture, picture = start_capture(alices), image("teal", (640, 480))
    assert put_frame(alices, capture, 0, picture).status_code == 201
    frame = alices.get(f"/api/v1/captures/{capture}/frames/0").json()
    assert frame["status"] == "ready"
    shown, chunks = assembled(alices, "webm_vp9_video_720")
    recording = shown["id"]

    kept = files_in(folder)
    (frame_key,) = [key for key in kept if f"{capture}/frames/" in key]
    start = f"captures/{capture[:3]}/{capture}/frames/000000/000000000-{hashlib.sha256(picture).hexdigest()[:16]}"
    assert re.fullmatch(rf"{start}-[0-9a-f]{{12}}\.jpg", frame_key) and kept[frame_key] == picture
    chunk_keys = sorted(key for key in kept if key.startswith(f"recordings/{recording[:3]}/{recording}/chunks/"))
    assert [kept[key] for key in chunk_keys] == chunks

    assert fetch(alices.get(frame["image_url"])["Location"]) == (200, picture)
    (video,) = [data for key, data in kept.items() if f"{recording}/video/" in key]
    assert fetch(alices.get(shown["video_url"])["Location"]) == (200, video)
    original, size = f"/api/v1/recordings/{recording}/original", len(b"".join(chunks))
    middle = alices.get(original, headers={"Range": f"bytes=100-{size - 100}"})
    assert b"".join(middle.streaming_content) == b"".join(chunks)[100 : size - 99]

    for path in (f"captures/{capture}", f"recordings/{recording}"):
        assert alices.delete(f"/api/v1/{path}").status_code == 204
    assert files_in(folder) == {}


def test_a_signed_address_opens_one_object_for_reading_only(folder):
    store = get_store()
    store.keep("a/mine", b"mine")
    store.keep("a/other", b"other")
    address = store.url("a/mine", content_type="image/jpeg", filename="mine.jpg", as_attachment=False)
    assert fetch(address) == (200, b"mine")
    assert fetch(address.replace("a/mine", "a/other"))[0] in (400, 403)
    assert fetch(address.partition("?")[0])[0] in (400, 403)
    store.delete_prefix("a/")


def test_a_service_that_overwrites_is_named(folder):
    """rclone does not know `If-None-Match`."""
    (warning,) = checks.everything_works(None)
    assert warning.id == "cam2bytes.W001" and "If-None-Match" in warning.hint
    assert files_in(folder) == {}


def test_with_a_wrong_secret_nothing_is_acknowledged(folder, alices, signed_endpoint, settings):
    capture, recording = start_capture(alices), start_recording(alices)
    use_bucket(settings, signed_endpoint, "another-secret")
    answers = [
        put_frame(alices, capture, 0, image()),
        makers.post_batch(alices, capture, [({"number": 0}, image())]),
        put_chunk(alices, recording, 0, (SAMPLES / "webm_vp8_opus_640" / "chunk-00000.webm").read_bytes()),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer["Retry-After"]) > 0
    assert alices.get(f"/api/v1/captures/{capture}").json()["frame_count"] == 0
    assert alices.get(f"/api/v1/recordings/{recording}").json()["received_count"] == 0
    assert files_in(folder) == {}
    ready = alices.get("/readyz")
    assert ready.status_code == 503 and ready.json()["store"] == "The store does not answer."
    (error,) = checks.everything_works(None)
    assert error.id == "cam2bytes.E003" and "SignatureDoesNotMatch" in error.msg


def test_checkmedia_finds_and_mends_what_a_bucket_lost(bucket, alices, capsys):
    capture = start_capture(alices)
    for number, colour in enumerate(("red", "green", "blue")):
        put_frame(alices, capture, number, image(colour))
    assembled(alices, "webm_vp9_opus_640")
    bucket.put_object(Key=f"captures/{capture[:3]}/{capture}/stray", Body=b"stray")
    bucket.Object(Frame.objects.get(number=1).image.name).delete()
    with pytest.raises(SystemExit):
        call_command("checkmedia", "--level", "digest", "--older-than", "0")
    said = capsys.readouterr().out
    assert said.count("missing  ") == said.count("orphan   ") == 1 and "2 found, 1 of them lost" in said

    with pytest.raises(SystemExit):
        call_command("checkmedia", "--repair", "--older-than", "0")
    assert Frame.objects.get(number=1).status == "rejected"
    assert [key for key in keys_in(bucket) if "stray" in key] == [f"lost+found/captures/{capture[:3]}/{capture}/stray"]
    capsys.readouterr()
    call_command("checkmedia", "--level", "digest", "--older-than", "0")
    assert "all is well" in capsys.readouterr().out

    assert alices.delete(f"/api/v1/captures/{capture}").status_code == 204
    assert [key for key in keys_in(bucket) if capture in key] == [], "nothing stays in lost+found either"
