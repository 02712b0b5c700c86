"""How much of a recording with holes comes out: frames salvaged against frames that were possible at all.

A frame is possible when every byte of it arrived and every byte of the frames that it is built on, back to the
last key frame. Run with `-s` to see the table.
"""

import io
from bisect import bisect_right
from itertools import accumulate

import av
import pytest

from cam2bytes.lib.video import header_of, remux
from tests import media

SERIES = {
    "Chromium, VP8, WebM": "webm_vp8_opus_640_kfd2000",
    "Chromium, VP9, WebM": "webm_vp9_opus_640",
    "Chromium, VP9 without sound, WebM": "webm_vp9_video_720",
    "Chromium, AV1, WebM": "size_change_webm_av1",
    "Chromium, H.264, Matroska": "mkv_h264_opus_640_kfd1000",
    "Chromium, H.264 without sound, Matroska": "mkv_h264_video_640_kfd1000",
    "Chromium, H.264, default key frames, Matroska": "webm_h264_opus_640",
    "Chromium, H.264 and sizes that change, Matroska": "size_change_mkv_h264",
    "Chromium, H.264, MP4": "mp4_avc1_opus_640_kfd1000",
    "Firefox, VP8 without sound, WebM": "ff_webm_video_1000",
}
LEAST = 0.97


def lost_chunks(count: int) -> dict[str, set[int]]:
    return {"one": {count // 2}, "three": {2, count // 2, count - 2}, "the first": {0}}


@pytest.mark.parametrize("name", SERIES)
def test_what_arrived_and_can_be_decoded_comes_out(name, tmp_path):
    series = SERIES[name]
    chunks = media.chunks_of(series)
    whole = media.look_at_whole(series)
    for lost, missing in lost_chunks(len(chunks)).items():
        held = [(number, data) for number, data in enumerate(chunks) if number not in missing]

        remux(held, tmp_path / "video", header=header_of(chunks[0]), chunk_count=len(chunks))

        got = media.look_at(tmp_path / "video").pictures
        right = [p for p in got if p.digest in [sent.digest for sent in whole.near(p.time_ms)]]
        possible = count_possible(chunks, missing)
        print(
            f"\n| {name} | {lost} | {len(whole.pictures)} | {possible} | {len(right)} | {len(right) / possible:.0%} |",
            end="",
        )
        assert len(right) == len(got)
        assert possible > len(whole.pictures) // 6
        assert len(right) >= LEAST * possible


def count_possible(chunks: list[bytes], missing: set[int]) -> int:
    """The frames whose bytes lie in chunks that are there, and those of all frames since the last key frame."""
    data, ends = b"".join(chunks), list(accumulate(map(len, chunks)))
    count, place, chain_holds = 0, 0, False
    with av.open(io.BytesIO(data)) as recording:
        for packet in recording.demux(video=0):
            if not packet.size:
                continue
            place = data.index(bytes(packet), place)
            touched = range(bisect_right(ends, place), bisect_right(ends, place + packet.size - 1) + 1)
            chain_holds = missing.isdisjoint(touched) and (packet.is_keyframe or chain_holds)
            count += chain_holds
            place += packet.size
    return count
