"""Every sample series comes out as a playable file with all the pictures and sounds that were in it.

Run with `-s` to see the table: pictures sent and decoded, duration, what it became.
"""

from uuid import UUID

import pytest

from cam2bytes.lib.video import remux
from recordings import assembly
from tests import makers, media

ALL = [*media.SERIES, media.FIRST_PAGES]


@pytest.mark.parametrize("series", ALL)
def test_every_picture_and_sound_of_a_series_is_in_the_file_at_its_time(series, tmp_path):
    chunks = media.chunks_of(series)
    sent = media.look_at_whole(series)
    target = tmp_path / "video"

    facts = remux(enumerate(chunks), target, chunk_count=len(chunks))

    got = media.look_at(target)
    print(
        f"\n{series:42} {len(sent.pictures):4} sent {len(got.pictures):4} decoded  "
        f"{len(sent.sound_times_ms):4} sounds sent {len(got.sound_times_ms):4} decoded  "
        f"{facts.duration_ms / 1000:7.3f} s  {facts.content_type} {facts.video_codec} {facts.audio_codec}"
    )
    origin = min([*sent.moments[:1], *sent.sound_times_ms[:1]])
    assert got.undecodable == 0
    assert [(p.size, p.digest) for p in got.pictures] == [(p.size, p.digest) for p in sent.pictures]
    assert _largest_shift(got.moments, sent.moments, origin) <= 1
    assert _largest_shift(got.sound_times_ms, sent.sound_times_ms, origin) <= 1
    assert facts.frame_count == len(sent.pictures)
    assert facts.gaps == []


@pytest.mark.parametrize("series", ALL)
def test_a_file_says_how_long_it_lasts_and_can_be_sought(series, tmp_path):
    chunks = media.chunks_of(series)
    target = tmp_path / "video"

    facts = remux(enumerate(chunks), target)

    got = media.look_at(target)
    step = 70 if not got.pictures else max(b - a for a, b in zip(got.moments, got.moments[1:], strict=False))
    last = max([*got.moments[-1:], *got.sound_times_ms[-1:]])
    assert last < facts.duration_ms <= last + step + 1
    for moment in got.moments[:: max(1, len(got.moments) // 5)]:
        assert media.shown_at(target, moment / 1000 + 0.001) == moment


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
