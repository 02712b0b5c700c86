"""What browsers write as Matroska, taken apart without FFmpeg, is what FFmpeg reads; the rest is left to FFmpeg."""

import io
import re

import av
import pytest

from cam2bytes.lib.containers import container_of, header_of
from cam2bytes.lib.demux import open_run
from cam2bytes.lib.plain import NotPlain, open_plain
from cam2bytes.lib.video import remux
from tests import media
from tests.mediarecorder import as_recorded, element

PLAIN = [
    "cr_pause_vp8", "ff_webm_video_1000", "mkv_h264_opus_640_kfd1000", "size_change_mkv_h264", "video_ends_mkv_h264",
    "webm_audio_opus", "webm_h264_opus_640", "webm_vp8_opus_640", "webm_vp9_opus_640", "webm_vp9_video_720",
]  # fmt: skip
WITH_ALPHA = "size_change_webm_vp8"
AV1 = "size_change_webm_av1"


def whole(series: str) -> bytes:
    return b"".join(media.chunks_of(series))


def frames(source: bytes, open_it) -> dict[int, list[tuple]]:
    """Of each stream: time, is it a key frame, bytes, and how long it sounds."""
    found = {}
    with open_it(io.BytesIO(source), container_of(source)) as run:
        sounds = {stream.index for stream in run.streams if stream.type == "audio"}
        for index, pts, _, duration, is_key, data in run.frames(run.streams):
            found.setdefault(index, []).append((pts, is_key, bytes(data), duration if index in sounds else 0))
    return found


def packets(path) -> list[tuple]:
    with av.open(str(path)) as source:
        found = [(packet.stream_index, packet.pts, packet.is_keyframe, bytes(packet)) for packet in source.demux()]
    return sorted(packet for packet in found if packet[3])


@pytest.mark.parametrize("series", PLAIN)
def test_the_frames_are_those_that_ffmpeg_reads(series):
    by_ffmpeg = frames(whole(series), open_run)

    assert frames(whole(series), open_plain) == by_ffmpeg
    assert all(by_ffmpeg.values())


@pytest.mark.parametrize("series", [WITH_ALPHA, AV1, "mp4_avc1_opus_640"])
def test_what_it_does_not_know_is_left_to_ffmpeg(series):
    with pytest.raises(NotPlain):
        frames(whole(series), open_plain)


def as_chromium() -> bytes:
    return as_recorded(media.synthetic(2))


def with_block(changed) -> bytes:
    """A recording, in whose second Cluster the first block with sound has been changed."""
    source = as_chromium()
    cluster = source.index(b"\x1f\x43\xb6\x75", source.index(b"\x1f\x43\xb6\x75") + 4)
    at = re.compile(rb"\xa3\x10...\x82", re.DOTALL).search(source, cluster).start()
    size = int.from_bytes(source[at + 1 : at + 5]) & 0x0FFF_FFFF
    return source[:at] + changed(source[at + 5 : at + 5 + size]) + source[at + 5 + size :]


@pytest.mark.parametrize(
    "changed",
    [
        lambda block: element(b"\xa3", block[:3], bytes([block[3] | 0x02]), block[4:]),
        lambda block: element(b"\xa0", element(b"\xa1", block)),
        lambda block: element(b"\xa3", block[:1], b"\x80\x00", block[3:]),
        lambda block: b"\0" * (len(block) + 5),
    ],
    ids=["laced", "in a group", "before the beginning", "zeroed"],
)
def test_what_is_unusual_on_the_way_is_left_to_ffmpeg(changed, tmp_path):
    source = with_block(changed)
    with pytest.raises(NotPlain):
        frames(source, open_plain)

    by_us = remux([(0, source)], tmp_path / "ours")
    by_ffmpeg = remux(iter([(0, source)]), tmp_path / "ffmpegs")
    assert by_us.duration_ms == by_ffmpeg.duration_ms
    assert packets(tmp_path / "ours") == packets(tmp_path / "ffmpegs")


def test_reordered_pictures_and_delayed_sound_are_left_to_ffmpeg():
    reordered = media.synthetic(2, container="matroska", video="libx264", audio=None)
    delayed = media.synthetic(2)
    assert b"\x56\xaa" in header_of(delayed), "libopus delays"

    for source in (reordered, delayed):
        with pytest.raises(NotPlain):
            frames(source, open_plain)


def test_the_last_block_may_be_cut():
    source = as_chromium()
    cut = frames(source[:-10], open_plain)

    kept = frames(source, open_plain)
    assert sum(map(len, cut.values())) == sum(map(len, kept.values())) - 1


@pytest.mark.parametrize("series", ["webm_vp8_opus_640", "mkv_h264_opus_640_kfd1000"])
@pytest.mark.parametrize("missing", [(), (0,), (3,), (2, 3, 4)], ids=str)
def test_a_recording_with_holes_is_woven_alike(series, missing, tmp_path):
    chunks = media.chunks_of(series)
    held = [(number, data) for number, data in enumerate(chunks) if number not in missing]
    known = {"header": header_of(chunks[0]), "chunk_count": len(chunks)}

    by_us = remux(held, tmp_path / "ours", **known)
    by_ffmpeg = remux(iter(held), tmp_path / "ffmpegs", **known)

    assert packets(tmp_path / "ours") == packets(tmp_path / "ffmpegs")
    assert by_us.gaps == by_ffmpeg.gaps
    assert by_us.frame_count == by_ffmpeg.frame_count
