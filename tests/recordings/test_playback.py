"""What a recording became, over HTTP: video and poster when they are there, the bytes as sent at any time."""

import av
import pytest

from cam2bytes.lib.store import LocalStore
from recordings import assembly
from recordings.models import Recording
from tests import makers, media

pytestmark = pytest.mark.django_db

SERIES = "mkv_h264_opus_640_kfd1000"
CHUNKS = media.chunks_of(SERIES)


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch):
    monkeypatch.setattr("recordings.tasks.enqueue_assembly", lambda ids: None)


@pytest.fixture
def recording(alices) -> Recording:
    """An open recording that holds every chunk of the series but number 3."""
    recording_id = makers.start_recording(alices, media.manifest_of(SERIES)["mime"], name="Gespräch 3")
    for number, data in enumerate(CHUNKS):
        if number != 3:
            makers.put_chunk(alices, recording_id, number, data)
    return Recording.objects.get(pk=recording_id)


@pytest.fixture
def ready(recording, alices) -> Recording:
    makers.put_chunk(alices, recording.pk, 3, CHUNKS[3])
    makers.post_json(alices, url(recording, "seal"), {"chunk_count": len(CHUNKS)})
    assert assembly.assemble(recording.pk)
    assembly.ensure_poster(recording.pk)
    recording.refresh_from_db()
    return recording


def url(recording, what) -> str:
    return f"/api/v1/recordings/{recording.pk}/{what}"


def body_of(answer) -> bytes:
    return answer.getvalue() if answer.streaming else answer.content


def test_there_is_no_video_before_it_is_ready(recording, alices):
    answer = alices.get(url(recording, "video"))

    assert answer.status_code == 409
    assert answer.json()["code"] == "not-ready"
    assert alices.get(url(recording, "poster")).status_code == 404


def test_the_video_comes_whole_and_by_ranges(ready, alices):
    whole = alices.get(url(ready, "video"))
    part = alices.get(url(ready, "video"), headers={"Range": "bytes=1000-1999"})

    assert whole["Content-Type"] == "video/mp4"
    data = body_of(whole)
    assert len(data) == ready.video_size_bytes == int(whole["Content-Length"])
    assert part.status_code == 206
    assert body_of(part) == data[1000:2000]
    assert alices.get(url(ready, "video"), headers={"Range": "bytes=99999999-"}).status_code == 416
    assert alices.get(url(ready, "video"), headers={"If-None-Match": whole["ETag"]}).status_code == 304
    assert alices.head(url(ready, "video"))["Content-Length"] == whole["Content-Length"]


def test_downloads_have_readable_names_with_the_right_extension(ready, alices):
    video = alices.get(url(ready, "video?download=1"))["Content-Disposition"]
    original = alices.get(url(ready, "original?download=1"))["Content-Disposition"]

    assert video == "attachment; filename*=utf-8''Gespr%C3%A4ch%203.mp4"
    assert original == "attachment; filename*=utf-8''Gespr%C3%A4ch%203%20original.mkv"


def test_a_recording_without_a_name_is_named_by_its_time(ready, alices):
    Recording.objects.update(name="", started_at="2026-11-22T08:02:11Z")

    name = alices.get(url(ready, "video?download=1"))["Content-Disposition"]

    assert name == 'attachment; filename="Recording 2026-11-22 08-02.mp4"'


def test_the_original_is_what_was_sent_in_any_state(recording, alices):
    held = b"".join(data for number, data in enumerate(CHUNKS) if number != 3)

    whole = alices.get(url(recording, "original"))
    across = alices.get(url(recording, "original"), headers={"Range": "bytes=30000-150000"})

    assert whole["Content-Type"] == "video/x-matroska"
    assert body_of(whole) == held
    assert body_of(across) == held[30_000:150_001]


def test_the_original_changes_its_etag_with_each_chunk(recording, alices):
    before = alices.get(url(recording, "original"))["ETag"]
    makers.put_chunk(alices, recording.pk, 3, CHUNKS[3])

    after = alices.get(url(recording, "original"))

    assert after["ETag"] != before
    assert body_of(after) == b"".join(CHUNKS)


def test_the_original_of_nothing_is_nothing(alices):
    recording_id = makers.start_recording(alices)

    assert body_of(alices.get(f"/api/v1/recordings/{recording_id}/original")) == b""


def test_the_poster_is_a_picture(ready, alices):
    answer = alices.get(url(ready, "poster"))

    assert answer["Content-Type"] == "image/jpeg"
    assert body_of(answer).startswith(b"\xff\xd8")


def test_a_new_file_has_a_new_etag(ready, alices):
    before = alices.get(url(ready, "video"))["ETag"]
    ready.seal_again()
    Recording.objects.update(last_chunk_at="2026-01-01T00:00Z")
    assert assembly.assemble(ready.pk)

    assert alices.get(url(ready, "video"))["ETag"] != before


def test_a_bucket_is_handed_off_to(ready, alices, monkeypatch):
    monkeypatch.setattr(LocalStore, "url", lambda self, key, **facts: f"https://bucket/{key}?{facts['content_type']}")

    answer = alices.get(url(ready, "video"))

    assert answer.status_code == 302
    assert answer["Location"].startswith(f"https://bucket/{ready.video.name}")


def test_others_find_nothing(ready, client_of, bob):
    for what in ("video", "original", "poster"):
        assert client_of(bob).get(url(ready, what)).status_code == 404


def test_the_pictures_have_exact_times_by_windows_of_ten_seconds(ready, alices):
    first, second = (alices.get(url(ready, "pictures"), {"start_ms": start}).json() for start in (0, 10_000))
    beyond = alices.get(url(ready, "pictures"), {"start_ms": 3_600_000}).json()

    with ready.video.open() as file, av.open(file) as media:
        shown = [float(frame.pts * frame.time_base * 1000) for frame in media.decode(video=0)]
    assert first["times_ms"] + second["times_ms"] == pytest.approx(shown, abs=0.001)
    assert max(first["times_ms"]) < first["end_ms"] == second["start_ms"] <= min(second["times_ms"])
    assert beyond["times_ms"] == []
    assert alices.get(url(ready, "pictures"), {"start_ms": -1}).status_code == 422


def test_pictures_have_no_times_before_there_is_a_video(recording, alices, client_of, bob):
    assert alices.get(url(recording, "pictures")).status_code == 409
    assert client_of(bob).get(url(recording, "pictures")).status_code == 404
