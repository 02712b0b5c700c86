"""Every sample series comes out as a playable file with all the pictures and sounds that were in it.

Run with `-s` to see the table: pictures and sounds sent and decoded, how far sound and picture moved against each
other, duration, what it became.
"""

from itertools import pairwise
from uuid import UUID

import pytest

from cam2bytes.lib.video import remux
from recordings import assembly
from tests import makers, media

ALL = [*media.SERIES, media.FIRST_PAGES]
LARGEST_DRIFT_MS = 2  # of rounding; a person notices 40


@pytest.mark.parametrize("series", ALL)
def test_every_picture_and_sound_of_a_series_is_in_the_file_at_its_time(series, tmp_path):
    chunks = media.chunks_of(series)
    sent = media.look_at_whole(series)
    target = tmp_path / "video"

    facts = remux(enumerate(chunks), target, chunk_count=len(chunks))

    got = media.look_at(target)
    drift = _drift(got, sent)
    print(
        f"\n{series:42} {len(sent.pictures):4} sent {len(got.pictures):4} decoded  "
        f"{len(sent.sound_times_ms):4} sounds sent {len(got.sound_times_ms):4} decoded  "
        f"drift {drift} ms  {facts.duration_ms / 1000:7.3f} s  "
        f"{facts.content_type} {facts.video_codec} {facts.audio_codec}"
    )
    origin = min([*sent.moments[:1], *sent.sound_times_ms[:1]])
    assert got.undecodable == 0
    assert [(p.size, p.digest) for p in got.pictures] == [(p.size, p.digest) for p in sent.pictures]
    assert _largest_shift(got.moments, sent.moments, origin) <= 1
    assert _largest_shift(got.sound_times_ms, sent.sound_times_ms, origin) <= 1
    assert drift <= LARGEST_DRIFT_MS
    assert facts.frame_count == len(sent.pictures)
    assert facts.gaps == []


@pytest.mark.parametrize("series", ALL)
def test_a_file_says_how_long_it_lasts_and_can_be_sought(series, tmp_path):
    chunks = media.chunks_of(series)
    target = tmp_path / "video"

    facts = remux(enumerate(chunks), target)

    got = media.look_at(target)
    last, step = max(_last_and_step(times) for times in (got.moments, got.sound_times_ms) if times)
    assert last < facts.duration_ms <= last + step + 1
    for moment in got.moments[:: max(1, len(got.moments) // 5)]:
        assert media.shown_at(target, moment / 1000 + 0.001) == moment


def _last_and_step(times: list[int]) -> tuple[int, int]:
    """When the last one begins, and how long the longest before it lasted."""
    return times[-1], max(b - a for a, b in pairwise(times))


def _drift(got: media.Look, sent: media.Look) -> int:
    """How far sound and picture moved against each other at most, in ms; 0 where there is only one of them."""
    shifts = [
        [came - went for came, went in zip(after, before, strict=True)]
        for after, before in ((got.moments, sent.moments), (got.sound_times_ms, sent.sound_times_ms))
    ]
    picture, sound = shifts
    return max(max(sound) - min(picture), max(picture) - min(sound)) if picture and sound else 0


def _largest_shift(got: list[int], sent: list[int], origin: int) -> int:
    return max((abs(a - (b - origin)) for a, b in zip(got, sent, strict=True)), default=0)


@pytest.mark.django_db
@pytest.mark.parametrize("series", ALL)
def test_a_series_goes_through_the_api_and_comes_out_playable(series, alices, tmp_path, monkeypatch):
    monkeypatch.setattr("recordings.tasks.enqueue_assembly", lambda ids: None)
    chunks = media.chunks_of(series)
    mime = media.manifest_of(series).get("mime", "video/webm")
    recording_id = makers.start_recording(alices, mime)
    for number, data in enumerate(chunks):
        assert makers.put_chunk(alices, recording_id, number, data).status_code == 201
    sealed = makers.post_json(alices, f"/api/v1/recordings/{recording_id}/seal", {"chunk_count": len(chunks)})
    assert sealed.json()["received_count"] == len(chunks)

    assert assembly.assemble(UUID(recording_id))

    answer = alices.get(f"/api/v1/recordings/{recording_id}").json()
    video = b"".join(alices.get(answer["video_url"]).streaming_content)
    sent, got = media.look_at_whole(series), media.look_at(video)
    assert (answer["status"], answer["gaps"], answer["missing"]) == ("ready", [], [])
    assert (len(got.pictures), len(got.sound_times_ms)) == (len(sent.pictures), len(sent.sound_times_ms))
    original = b"".join(alices.get(f"/api/v1/recordings/{recording_id}/original").streaming_content)
    assert original == b"".join(chunks)


def test_a_picture_that_ends_early_leaves_the_sound_whole(tmp_path):
    """The camera is taken away and the microphone stays: no black filler, and the file lasts as long as the sound."""
    for series in ("video_ends_mkv_h264", "video_ends_webm_vp8"):
        facts = remux(enumerate(media.chunks_of(series)), tmp_path / "video")

        got = media.look_at(tmp_path / "video")
        assert got.moments[-1] < 1500
        assert facts.duration_ms == pytest.approx(got.sound_times_ms[-1] + 60, abs=2)
        assert facts.duration_ms > 3400


@pytest.mark.django_db
def test_the_type_that_was_declared_is_not_believed(alices, monkeypatch):
    monkeypatch.setattr("recordings.tasks.enqueue_assembly", lambda ids: None)
    recording_id = makers.start_recording(alices, "video/webm")
    chunks = media.chunks_of("size_change_mp4_avc3")
    for number, data in enumerate(chunks):
        assert makers.put_chunk(alices, recording_id, number, data).status_code == 201
    makers.post_json(alices, f"/api/v1/recordings/{recording_id}/seal", {"chunk_count": len(chunks)})

    assert assembly.assemble(UUID(recording_id))

    video = alices.get(alices.get(f"/api/v1/recordings/{recording_id}").json()["video_url"])
    assert video["Content-Type"] == "video/mp4"
    assert len(media.look_at(b"".join(video.streaming_content)).pictures) == 70
