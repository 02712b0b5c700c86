"""WebM written around the browser's own blocks: what FFmpeg, as another reader, finds in it."""

import io

import av
import pytest

from cam2bytes.lib.video import remux
from tests import media
from tests.mediarecorder import as_recorded

CUES, CLUSTER = bytes.fromhex("1c53bb6b"), bytes.fromhex("1f43b675")
SECONDS = 100
LONG = as_recorded(media.synthetic(SECONDS, size=(32, 32)))
SOUND = as_recorded(media.synthetic(SECONDS, video=None))


def written(source: bytes, path, expected_seconds: float) -> bytes:
    remux([(0, source)], path, expected_seconds=expected_seconds)
    data = path.read_bytes()
    assert b"cam2bytes" in data[:500], "FFmpeg wrote it"
    return data


def place_of_cues(data: bytes) -> int:
    """Where the SeekHead says that the index stands."""
    entry = data.index(b"\x53\xab\x84" + CUES)
    segment = data.index(bytes.fromhex("18538067")) + 12
    return segment + int.from_bytes(data[entry + 10 : entry + 18])


@pytest.mark.parametrize("source", [LONG, SOUND], ids=["picture and sound", "sound"])
@pytest.mark.parametrize("expected_seconds", [0, SECONDS])
def test_the_index_stands_in_front_if_there_is_room_else_last(source, expected_seconds, tmp_path):
    data = written(source, tmp_path / "video", expected_seconds)

    at = place_of_cues(data)
    assert data[at : at + 4] == CUES
    assert (at < data.index(CLUSTER)) == bool(expected_seconds)
    segment = data.index(bytes.fromhex("18538067")) + 4
    assert int.from_bytes(data[segment : segment + 8]) & ~(1 << 56) == len(data) - segment - 8, "the Segment's size"


@pytest.mark.parametrize("source", [LONG, SOUND], ids=["picture and sound", "sound"])
@pytest.mark.parametrize("expected_seconds", [0, SECONDS])
def test_every_second_can_be_sought(source, expected_seconds, tmp_path):
    data = written(source, tmp_path / "video", expected_seconds)

    with av.open(io.BytesIO(data)) as media_file:
        stream = media_file.streams[0]
        assert abs(media_file.duration / 1_000_000 - SECONDS) < 0.2
        for second in range(SECONDS - 1, 0, -7):
            media_file.seek(round(second / stream.time_base), stream=stream)
            found = next(packet for packet in media_file.demux(stream) if packet.size)
            reach = 1 if stream.type == "video" else 5
            assert found.is_keyframe
            assert second - reach - 0.1 <= float(found.pts * stream.time_base) <= second


def test_no_time_of_a_block_leaves_its_cluster_even_when_sound_comes_late(tmp_path):
    short = as_recorded(media.synthetic(2, audio=None))
    silent_for_a_minute = short.replace(b"\xe7\x88" + (1000).to_bytes(8), b"\xe7\x88" + (61_000).to_bytes(8))
    data = written(silent_for_a_minute, tmp_path / "video", 0)

    with av.open(io.BytesIO(data)) as media_file:
        times = [round(packet.pts * packet.time_base * 1000) for packet in media_file.demux() if packet.size]
    assert times == [*range(0, 1000, 100), *range(61_000, 62_000, 100)]
