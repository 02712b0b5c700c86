"""The index of a plain MP4 (ISO/IEC 14496-12, clause 8): where each packet of each track lies, and when it is shown.

It is kept as the file will have it: four bytes for the size of each packet, and the rest as runs of equal values.
An hour with sound takes some two megabytes.
"""

import copy
import sys
from array import array
from fractions import Fraction
from math import ceil

from cam2bytes.lib.boxes import box, boxes_in, full_box, nested, u16, u32
from cam2bytes.lib.containers import BadVideo

MOVIE_TIMESCALE = 1000
UNDEFINED_LANGUAGE = b"\x55\xc4"
NO_MEDIA = 0xFFFF_FFFF
RATE_ONE = 0x0001_0000
OPUS_PREROLL = Fraction(8, 100)
"""Seconds of sound that a decoder needs before it sounds as it should (RFC 7845, 4.6)."""
CONTAINERS = {b"mdia", b"minf"}


class Runs:
    """Whole numbers in order, kept as how often each came in a row."""

    def __init__(self):
        self.counts = array("I")
        self.values = array("I")
        self._last: int | None = None

    def add(self, value: int) -> None:
        if value == self._last:
            self.counts[-1] += 1
        else:
            self.counts.append(1)
            self.values.append(value)
            self._last = value

    def table(self) -> bytes:
        """Their number, then pairs of count and value."""
        pairs = array("I", bytes(8 * len(self.counts)))
        pairs[::2], pairs[1::2] = self.counts, self.values
        return u32(len(self.counts)) + big_endian(pairs)


class TrackIndex:
    """What there is to know of one track's packets. Times are whole numbers in units of `time_base`."""

    def __init__(self, time_base: Fraction, codec: str):
        self.time_base = time_base
        self.codec = codec
        self.sizes = array("I")
        self.steps = Runs()
        self.delays = Runs()
        self.keys = array("I")
        self.chunk_starts = array("Q")
        self.chunk_lengths = Runs()
        self.first_dts = self.last_dts = self.last_duration = 0
        self.shown_from = self.shown_until = 0

    def add(self, size: int, pts: int, dts: int, duration: int, is_key: bool) -> None:
        """The next packet in the order of decoding; `pts` is not before `dts`, which does not fall. Raises `BadVideo`
        for what no index can say."""
        if not self.sizes:
            self.first_dts, self.shown_from, self.last_dts = dts, pts, dts
        step, delay = dts - self.last_dts, pts - dts
        if (step | delay | duration) >> 32:
            raise BadVideo("its packets are more than a day apart")
        if self.sizes:
            self.steps.add(step)
        self.last_dts, self.last_duration = dts, duration
        if pts < self.shown_from:
            self.shown_from = pts
        if pts + duration > self.shown_until:
            self.shown_until = pts + duration
        self.sizes.append(size)
        self.delays.add(delay)
        if is_key:
            self.keys.append(len(self.sizes))

    def add_chunk(self, start: int, packets: int) -> None:
        """The last `packets` lie together from byte `start` on."""
        self.chunk_starts.append(start)
        self.chunk_lengths.add(packets)

    @property
    def media_duration(self) -> int:
        return self.last_dts - self.first_dts + self.last_duration

    @property
    def end(self) -> int:
        """In the movie's time."""
        return self.in_movie(self.shown_until)

    def in_movie(self, ticks: int) -> int:
        return round(ticks * self.time_base * MOVIE_TIMESCALE)

    def edits(self) -> bytes:
        """The track's place in the movie: nothing up to its first picture, then the media from there on; what lies
        before the movie begins (AAC's priming) is skipped."""
        visible_from = max(self.shown_from, 0)
        start, skipped = self.in_movie(visible_from), visible_from - self.first_dts
        if not start and not skipped:
            return b""
        entries = [u32(start, NO_MEDIA, RATE_ONE)] if start else []
        entries.append(u32(self.end - start, skipped, RATE_ONE))
        return box(b"edts", full_box(b"elst", 0, 0, u32(len(entries)), *entries))

    def media_header(self) -> bytes:
        """Version 1: 48 hours of sound have more ticks than 32 bits can count."""
        rate = self.time_base.denominator
        lasting = u32(rate) + self.media_duration.to_bytes(8)
        return full_box(b"mdhd", 1, 0, bytes(16), lasting, UNDEFINED_LANGUAGE, u16(0))

    def tables(self, shift: int, is_large: bool) -> list[bytes]:
        """The boxes of stbl but stsd. `shift` is added to the chunks' places, which need 64 bits if `is_large`."""
        starts = array("Q" if is_large else "I", (start + shift for start in self.chunk_starts))
        found = [full_box(b"stts", 0, 0, self._lasting().table())]
        if any(self.delays.values):
            found.append(full_box(b"ctts", 0, 0, self.delays.table()))
        if len(self.keys) < len(self.sizes):
            found.append(full_box(b"stss", 0, 0, u32(len(self.keys)), big_endian(self.keys)))
        return [
            *found,
            full_box(b"stsc", 0, 0, self._chunk_table()),
            full_box(b"stsz", 0, 0, u32(0, len(self.sizes)), big_endian(self.sizes)),
            full_box(b"co64" if is_large else b"stco", 0, 0, u32(len(starts)), big_endian(starts)),
            *self._preroll(),
        ]

    def _lasting(self) -> Runs:
        """How long each packet lasts: until the next, but for the last."""
        runs = copy.deepcopy(self.steps)
        runs.add(self.last_duration)
        return runs

    def _chunk_table(self) -> bytes:
        entries, first = array("I"), 1
        for count, packets in zip(self.chunk_lengths.counts, self.chunk_lengths.values, strict=True):
            entries.extend((first, packets, 1))
            first += count
        return u32(len(entries) // 3) + big_endian(entries)

    def _preroll(self) -> list[bytes]:
        """Opus in ISOBMFF, 4.3.6.2: how many packets before the wanted one decoding has to begin."""
        step = self._lasting().values[0]
        if self.codec != "opus" or not step:
            return []
        packets = ceil(OPUS_PREROLL / (step * self.time_base))
        described = full_box(b"sgpd", 1, 0, b"roll", u32(2, 1), (-packets).to_bytes(2, signed=True))
        return [described, full_box(b"sbgp", 0, 0, b"roll", u32(1, len(self.sizes), 1))]


def big_endian(numbers: array) -> bytes:
    if sys.byteorder == "little":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def movie(described: bytes, indexes: list[TrackIndex], shift: int, *, is_large: bool) -> list[bytes]:
    """The moov, in pieces, for tracks that an empty file, `described`, describes in the same order. Tracks without a
    packet are left out. `shift` and `is_large` as in `TrackIndex.tables`."""
    end = max((index.end for index in indexes), default=0)
    parts, left = [], iter(indexes)
    for kind, body in _inside(_only(described, b"moov")):
        if kind == b"mvhd":
            parts.append(box(kind, body[:12], u32(MOVIE_TIMESCALE, end), body[20:]))
        elif kind == b"trak" and (index := next(left)).sizes:
            parts += nested(kind, _track(body, index, shift, is_large))
    return nested(b"moov", parts)


def _track(described: bytes, index: TrackIndex, shift: int, is_large: bool) -> list[bytes]:
    """The described boxes, those that speak of time and packets replaced."""
    parts = []
    for kind, body in _inside(described):
        if kind == b"tkhd":
            parts += [box(kind, body[:20], u32(index.end), body[24:]), index.edits()]
        elif kind == b"mdhd":
            parts.append(index.media_header())
        elif kind == b"stbl":
            parts += nested(kind, [box(b"stsd", _only(body, b"stsd")), *index.tables(shift, is_large)])
        elif kind in CONTAINERS:
            parts += nested(kind, _track(body, index, shift, is_large))
        else:
            parts.append(box(kind, body))
    return parts


def _inside(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(kind, data[start + 8 : start + size]) for kind, start, size in boxes_in(data)]


def _only(data: bytes, wanted: bytes) -> bytes:
    return next(body for kind, body in _inside(data) if kind == wanted)
