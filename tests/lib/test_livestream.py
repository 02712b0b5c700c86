"""Streams that grow are read by hand, from strangers: what is damaged is left out, and nothing else goes wrong."""

import random
import time

import pytest

from cam2bytes.lib.containers import header_of
from cam2bytes.lib.livestream import live_stream
from tests import media

SERIES = ["mkv_h264_opus_640_kfd1000", "webm_vp9_opus_640", "mp4_avc1_opus_640_kfd1000", "size_change_mp4_avc3"]
LONGEST_SECONDS = 30  # for all cases of one series; a lie that makes the reader work for ever takes longer


def whole(series: str) -> bytes:
    if series == "ogg":
        return media.synthetic(4, container="ogg", video=None, page_duration="400000")
    return b"".join(media.chunks_of(series)[:4])


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Some bytes other than they were: anywhere, or among the first, where sizes and counts are."""
    damaged = bytearray(data)
    for _ in range(dice.choice([1, 4, 40])):
        damaged[dice.randrange(dice.choice([300, 3000, len(data)]))] = dice.choice(
            [0, 1, 0x7F, 0xFF, dice.randrange(256)]
        )
    start = dice.choice([0, 0, dice.randrange(len(damaged))])
    return bytes(damaged[start:])


@pytest.mark.parametrize("series", [*SERIES, "ogg"])
def test_damaged_streams_become_pieces_or_nothing(series):
    data, dice, begun = whole(series), random.Random(1), time.monotonic()
    stream, read = live_stream(header_of(data)), 0
    for _ in range(60):
        damaged = mutated(data, dice)
        live_stream(damaged[: dice.choice([100, 1500, 5000])])
        reading = stream.read(damaged, dice.choice([None, 0, 5000]))
        sets = stream.parameter_sets(reading.frames)
        if reading.frames and (sets or not stream.needs_sets):
            read += 1
            assert stream.piece(7, reading.frames)
            assert stream.content_type(sets) and stream.init(sets)
            assert len(stream.times_ms(reading.frames)) == len(reading.frames)
        assert 0 <= reading.pending_bytes <= len(damaged)
    assert read > 20, "most of a stream is still there"
    assert time.monotonic() - begun < LONGEST_SECONDS


def test_a_stream_is_read_the_same_however_it_is_cut():
    for series in ["mp4_avc1_opus_640_kfd1000", "ogg"]:
        data, dice = whole(series), random.Random(2)
        stream = live_stream(header_of(data))
        frames, rest, clock, place = [], b"", None, 0
        while place < len(data):
            size = dice.choice([1, 30, 3000, 60_000])
            reading = stream.read(rest + data[place : place + size], clock)
            rest = (rest + data[place : place + size])[
                len(rest) + len(data[place : place + size]) - reading.pending_bytes :
            ]
            frames, clock, place = frames + reading.frames, reading.clock, place + size
        assert frames == stream.read(data, None).frames
