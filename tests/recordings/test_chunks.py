"""Chunks through the real door: kept, refused, sealed, assembled, filled in later, deleted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cam2bytes.lib.digests import sha256_hex
from recordings import tasks
from recordings.models import Chunk, Recording
from tests.makers import SAMPLES, digest_of, objects, post_json, put_chunk, start_recording

pytestmark = pytest.mark.django_db(transaction=True)
SERIES = "webm_vp8_opus_640"


def pieces(name=SERIES) -> list[bytes]:
    return [path.read_bytes() for path in sorted((SAMPLES / name).glob("chunk-*"))]


@pytest.fixture
def recording(alices):
    return start_recording(alices, "video/webm;codecs=vp8,opus", timeslice_ms=1000)


def state(client, recording) -> dict:
    return client.get(f"/api/v1/recordings/{recording}").json()


def seal(client, recording, count, **values):
    return post_json(client, f"/api/v1/recordings/{recording}/seal", {"chunk_count": count, **values})


def send(client, recording, chunks):
    for number, data in chunks:
        assert put_chunk(client, recording, number, data).status_code == 201


def silence(recording, seconds=60):
    """Let time pass: the page was last heard of that long ago."""
    then = timezone.now() - timedelta(seconds=seconds)
    Recording.objects.filter(pk=recording).update(alive_at=then, last_chunk_at=then)


def test_chunks_become_a_playable_video(alices, recording):
    chunks = pieces()
    send(alices, recording, enumerate(chunks))
    assert state(alices, recording)["status"] == "open"
    assert alices.get(f"/api/v1/recordings/{recording}/video").status_code == 409
    assert seal(alices, recording, len(chunks)).status_code == 200
    shown = state(alices, recording)
    assert (shown["status"], shown["missing"], shown["gaps"]) == ("ready", [], [])
    assert (shown["video_codec"], shown["audio_codec"], shown["width"]) == ("vp8", "opus", 640)
    assert shown["received_count"] == shown["chunk_count"] == len(chunks)
    video = alices.get(shown["video_url"])
    assert video["Content-Type"] == "video/webm"
    assert len(b"".join(video.streaming_content)) == shown["size_bytes"]
    part = alices.get(shown["video_url"], headers={"Range": "bytes=0-3"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"\x1a\x45\xdf\xa3")
    assert alices.get(shown["poster_url"])["Content-Type"] == "image/jpeg"
    original = b"".join(alices.get(f"/api/v1/recordings/{recording}/original").streaming_content)
    assert original == b"".join(chunks)


def test_order_of_arrival_does_not_matter(alices, recording):
    chunks = pieces()
    send(alices, recording, reversed(list(enumerate(chunks))))
    seal(alices, recording, len(chunks))
    original = b"".join(alices.get(f"/api/v1/recordings/{recording}/original").streaming_content)
    assert original == b"".join(chunks)
    assert state(alices, recording)["status"] == "ready"


def test_a_chunk_again_is_200_and_other_bytes_are_409(alices, recording):
    first, second = pieces()[:2]
    assert put_chunk(alices, recording, 0, first).status_code == 201
    again = put_chunk(alices, recording, 0, first)
    assert (again.status_code, again.json()["sha256"]) == (200, sha256_hex(first))
    answer = put_chunk(alices, recording, 0, second)
    assert (answer.status_code, answer.json()["code"]) == (409, "number-conflict")
    assert Chunk.objects.get().sha256 == sha256_hex(first)
    assert len(objects()) == 2


@pytest.mark.parametrize(
    ("number", "data", "headers", "status", "code"),
    [
        ("x", b"1", {}, 422, "bad-number"),
        ("0", b"#EXTM3U\n", {}, 415, "unsupported-type"),
        ("1", b"abc", {"Content-Digest": digest_of(b"other")}, 422, "digest-mismatch"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(alices, recording, number, data, headers, status, code):
    answer = put_chunk(alices, recording, number, data, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert objects() == [] and not Chunk.objects.exists()


def test_a_chunk_may_be_empty(alices, recording):
    assert put_chunk(alices, recording, 5, b"").status_code == 201


def test_a_type_that_is_no_recording_is_refused(alices):
    answer = post_json(alices, "/api/v1/recordings", {"content_type": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-type")


def test_the_chunk_list_names_what_is_held_and_what_is_missing(alices, recording):
    chunks = pieces()
    send(alices, recording, [(n, chunks[n]) for n in (0, 1, 4)])
    listed = alices.get(f"/api/v1/recordings/{recording}/chunks").json()
    assert listed == {"held": [[0, 1], [4, 4]], "missing": [[2, 3]]}
    seal(alices, recording, 8)
    assert alices.get(f"/api/v1/recordings/{recording}/chunks").json()["missing"] == [[2, 3], [5, 7]]


def test_seals(alices, recording):
    chunks = pieces()
    send(alices, recording, [(n, chunks[n]) for n in range(3)])
    assert seal(alices, recording, 2).json()["code"] == "seal-conflict"
    assert seal(alices, recording, 4).status_code == 200
    assert seal(alices, recording, 4).status_code == 200
    assert seal(alices, recording, 5).json()["code"] == "seal-conflict"
    beyond = put_chunk(alices, recording, 4, b"late")
    assert (beyond.status_code, beyond.json()["code"]) == (409, "sealed")
    assert state(alices, recording)["status"] == "sealed"  # chunk 3 may still come
    assert put_chunk(alices, recording, 3, chunks[3]).status_code == 201
    assert state(alices, recording)["status"] == "ready"


def test_no_chunks_at_all_is_a_failure_with_a_reason(alices, recording):
    seal(alices, recording, 0)
    shown = state(alices, recording)
    assert shown["status"] == "failed" and "empty" in shown["failure"]


def test_a_page_that_says_nothing_waits_ends_the_waiting(alices, recording):
    chunks = pieces()
    send(alices, recording, [(n, chunks[n]) for n in range(len(chunks)) if n != 4])
    seal(alices, recording, len(chunks))
    assert state(alices, recording)["status"] == "sealed"
    post_json(alices, f"/api/v1/recordings/{recording}/alive", {"state": "draining", "waiting_count": 0})
    shown = state(alices, recording)
    assert shown["status"] == "ready"
    assert [(gap["from"], gap["to"]) for gap in shown["gaps"]] == [(4, 4)]
    # The missing chunk comes after all: sealed again, assembled once it has been quiet.
    put_chunk(alices, recording, 4, chunks[4])
    assert state(alices, recording)["status"] == "sealed"
    assert alices.get(f"/api/v1/recordings/{recording}/video").status_code == 200
    silence(recording, 6)
    tasks.sweep_recordings()
    shown = state(alices, recording)
    assert (shown["status"], shown["gaps"], shown["revision"]) == ("ready", [], 1)


def test_a_silent_recording_is_sealed_by_the_sweep_and_playable(alices, recording):
    chunks = pieces()
    send(alices, recording, enumerate(chunks[:4]))
    silence(recording)
    tasks.sweep_recordings()
    shown = state(alices, recording)
    assert (shown["status"], shown["end_reason"], shown["chunk_count"]) == ("ready", "abandoned", 4)
    # The page comes back: it goes on, and ends in its own words.
    assert put_chunk(alices, recording, 4, chunks[4]).status_code == 201
    assert state(alices, recording)["status"] == "open"
    send(alices, recording, list(enumerate(chunks))[5:])
    seal(alices, recording, len(chunks))
    silence(recording, 6)
    tasks.sweep_recordings()
    shown = state(alices, recording)
    assert (shown["status"], shown["end_reason"]) == ("ready", "stopped")


def test_a_running_assembly_is_fenced_by_a_late_chunk(alices, recording):
    chunks = pieces()
    send(alices, recording, [(n, chunks[n]) for n in range(len(chunks)) if n != 2])
    seal(alices, recording, len(chunks))
    silence(recording)
    claimed = Recording.claim(Recording.objects.get().pk, timezone.now())
    put_chunk(alices, recording, 2, chunks[2])
    assert claimed.mark_ready(video="x") is False
    assert Recording.objects.get().status == "sealed"


def test_three_attempts_then_a_reason(alices, recording):
    send(alices, recording, [(0, pieces()[0])])
    silence(recording)
    Recording.objects.update(status="assembling", attempts=3, lease_until=timezone.now() - timedelta(1))
    tasks.sweep_recordings()
    shown = state(alices, recording)
    assert shown["status"] == "failed" and "3 attempts" in shown["failure"]


def test_deleting_takes_everything_and_leaves_410(alices, recording):
    chunks = pieces()
    send(alices, recording, enumerate(chunks))
    seal(alices, recording, len(chunks))
    assert alices.delete(f"/api/v1/recordings/{recording}").status_code == 204
    assert objects() == [] and not Recording.objects.exists() and not Chunk.objects.exists()
    assert alices.get(f"/api/v1/recordings/{recording}").status_code == 404
    assert put_chunk(alices, recording, 0, chunks[0]).status_code == 410
    assert alices.delete(f"/api/v1/recordings/{recording}").status_code == 204
