"""A WebM that can be sought, written around the blocks of a MediaRecorder's WebM (RFC 9559).

FFmpeg's writer would do, at three times the cost. Here the index stands in front, where room for it was left, and
the tracks stay described as the browser described them. All times are milliseconds.
"""

import os
import struct
from pathlib import Path

from cam2bytes.lib.matroska import CLUSTER, EBML, SEGMENT, TRACKS
from cam2bytes.lib.matroska_blocks import INFO, NANOSECONDS_PER_TICK, header_facts, inside_segment

CUES, SEEK_HEAD, VOID, SIMPLE_BLOCK = b"\x1c\x53\xbb\x6b", b"\x11\x4d\x9b\x74", b"\xec", b"\xa3"
KEY, NO_FLAGS = b"\x80", b"\0"
LONG_HEAD = 12
"""Bytes before the body of an element with an id of four bytes and a size of eight."""
VOID_HEAD = 9
BLOCK_OVERHEAD = 5
"""Bytes before a SimpleBlock's body."""
CUES_BYTES_A_SECOND = 30
"""A point takes 23, and there is at most about one each second."""
LEAST_ROOM = 256
CLUSTER_BYTES = 5 * 1024 * 1024
CLUSTER_MS, LEAST_CLUSTER_MS = 5_000, 1_000
FARTHEST_BACK_MS = -30_000
"""The time of a block in its Cluster has 16 bits."""
BLOCK = 1024 * 1024
WRITER = b"cam2bytes"


def _long(element_id: bytes, *parts: bytes) -> bytes:
    """An element whose size is written in eight bytes."""
    body = b"".join(parts)
    return element_id + _long_size(len(body)) + body


def _long_size(size: int) -> bytes:
    return ((1 << 56) | size).to_bytes(8)


def _short(element_id: bytes, *parts: bytes) -> bytes:
    """One of less than 127 bytes."""
    body = b"".join(parts)
    return element_id + bytes([0x80 | len(body)]) + body


HEADER = _short(
    EBML,
    _short(b"\x42\x86", b"\x01"),  # EBMLVersion
    _short(b"\x42\xf7", b"\x01"),  # EBMLReadVersion
    _short(b"\x42\xf2", b"\x04"),  # EBMLMaxIDLength
    _short(b"\x42\xf3", b"\x08"),  # EBMLMaxSizeLength
    _short(b"\x42\x82", b"webm"),
    _short(b"\x42\x87", b"\x04"),  # DocTypeVersion
    _short(b"\x42\x85", b"\x02"),  # DocTypeReadVersion
)


class WebmFile:
    """Takes frames. What lies at `path` can be read once it is closed.

    header             the recording's first bytes, which describe the tracks
    expected_seconds   about how long it will be: with that much room for the index it stands in front

    Raises OSError when the disk fails.
    """

    def __init__(self, path: Path, header: bytes, expected_seconds: float = 0):
        self._described = _element_of(header, TRACKS)
        self._known = header_facts(header)[0]
        self._tracks: list = []
        self._room = LEAST_ROOM + round(expected_seconds * CUES_BYTES_A_SECOND)
        self._cues: list[bytes] = []
        self._blocks: list[bytes] = []
        self._block_bytes = self._begun = self._end = 0
        self._is_cued = False
        self._file = open(path, "w+b", buffering=BLOCK)  # noqa: SIM115 (`close` closes it)
        self._media_start = len(self._front(0, 0)) + self._room

    def add_track(self, stream) -> int:
        """The number by which `write` knows the track of that stream, one of the header's."""
        self._tracks.append(self._known[stream.index])
        return len(self._tracks) - 1

    def begin(self) -> None:
        """After the last track, before the first frame."""
        self._file.seek(self._media_start)

    def write(self, track: int, data: bytes, pts: int, dts: int, duration: int, is_key: bool) -> None:
        """Take the next frame; `dts` is what `pts` is, nothing is reordered."""
        number, is_picture = self._tracks[track].number, self._tracks[track].kind == "video"
        since = pts - self._begun
        is_full = since >= CLUSTER_MS or since < FARTHEST_BACK_MS or self._block_bytes >= CLUSTER_BYTES
        if not self._blocks or is_full or (is_picture and is_key and since >= LEAST_CLUSTER_MS):
            self._flush()
            self._begun, since, self._is_cued = max(pts, 0), 0, False
        if is_key and not self._is_cued and (is_picture or len(self._tracks) == 1):
            self._add_cue(pts, number)
        size = len(data) + 4
        self._blocks += (
            b"\xa3" + (0x1000_0000 | size).to_bytes(4) + bytes((0x80 | number,)) + since.to_bytes(2, signed=True),
            KEY if is_key else NO_FLAGS,
            data,
        )
        self._block_bytes += size + BLOCK_OVERHEAD
        if pts + duration > self._end:
            self._end = pts + duration

    def close(self) -> None:
        """Write what is pending, the index, and how long it lasts."""
        with self._file as file:
            self._flush()
            end = file.seek(0, os.SEEK_END)
            cues, cues_at = _long(CUES, *self._cues), self._media_start - self._room
            spare = self._room - len(cues)
            if spare < VOID_HEAD:  # no room for it: then it comes last
                cues_at, end = end, end + len(cues)
                file.write(cues)
                cues, spare = b"", self._room
            file.seek(0)
            file.write(self._front(end, cues_at) + cues + _long(VOID, bytes(spare - VOID_HEAD)))

    def _add_cue(self, pts: int, number: int) -> None:
        self._is_cued = True
        place = _short(b"\xf1", (self._file.tell() - _SEGMENT_START).to_bytes(8))
        where = _short(b"\xb7", _short(b"\xf7", bytes([number])), place)
        self._cues.append(_short(b"\xbb", _short(b"\xb3", max(pts, 0).to_bytes(4)), where))

    def _flush(self) -> None:
        """Write what is pending as one Cluster."""
        if self._blocks:
            time = _short(b"\xe7", self._begun.to_bytes(8))
            head = CLUSTER + _long_size(len(time) + self._block_bytes) + time
            self._file.write(b"".join((head, *self._blocks)))  # the media are copied once, not twice
            self._blocks.clear()
            self._block_bytes = 0

    def _front(self, end: int, cues_at: int) -> bytes:
        """All before the index, of the same length whatever is in it."""
        info = _long(
            INFO,
            _short(b"\x2a\xd7\xb1", NANOSECONDS_PER_TICK.to_bytes(4)),
            _short(b"\x44\x89", struct.pack(">d", self._end)),
            _short(b"\x4d\x80", WRITER),
            _short(b"\x57\x41", WRITER),
        )
        after = _SEGMENT_START + len(_seek_head(0, 0, 0))
        seek_head = _seek_head(after, after + len(info), cues_at)
        size = max(end - _SEGMENT_START, 0)
        return HEADER + SEGMENT + _long_size(size) + seek_head + info + self._described


_SEGMENT_START = len(HEADER) + LONG_HEAD


def _seek_head(info_at: int, tracks_at: int, cues_at: int) -> bytes:
    found = ((INFO, info_at), (TRACKS, tracks_at), (CUES, cues_at))
    places = ((element_id, max(at - _SEGMENT_START, 0)) for element_id, at in found)
    return _long(
        SEEK_HEAD,
        *(_short(b"\x4d\xbb", _short(b"\x53\xab", kind), _short(b"\x53\xac", at.to_bytes(8))) for kind, at in places),
    )


def _element_of(header: bytes, wanted: bytes) -> bytes:
    return next(header[found.start : found.end] for found in inside_segment(header) if found.id == wanted)
