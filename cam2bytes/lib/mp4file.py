"""A plain MP4 with its index in front, written in one pass, in the little memory that the index itself needs.

FFmpeg's own writer keeps some eighty bytes for each packet, and writes a file with its index in front twice.
Here room for the index is left in front of the media. It is filled in at the end, and only where it turns out
too small the media are moved. What the tracks are (codec, size, rotation) FFmpeg describes: those boxes are
taken from an empty file that it writes.
"""

import io
import os
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av

from cam2bytes.lib.avc import is_byte_stream, units_of, with_lengths
from cam2bytes.lib.boxes import box, u32
from cam2bytes.lib.mp4index import TrackIndex, movie

KINDS = box(b"ftyp", b"isom", u32(512), b"isomiso2avc1mp41")
CHUNK_SECONDS = 0.5
"""So much of a track lies together in the file."""
INDEX_BYTES_A_SECOND = 1000
"""Enough for 60 pictures at uneven times and 100 packets of sound."""
LEAST_ROOM = 8 * 1024
MEDIA_HEAD = 16
EMPTY_BOX = 8
BLOCK = 1024 * 1024


class _Track:
    """One track being written; times of packets become ticks of the clock that FFmpeg has chosen for it."""

    def __init__(self, stream: av.stream.Stream, time_base: Fraction, is_byte_stream: bool):
        ratio = time_base / stream.time_base
        self.up, self.down = ratio.numerator, ratio.denominator
        self.index = TrackIndex(stream.time_base, stream.codec_context.codec.canonical_name)
        self.due_after = int(CHUNK_SECONDS / stream.time_base)
        self.is_byte_stream = is_byte_stream
        self.pending: list[av.Packet | bytes] = []
        self.pending_since = 0

    def ticks(self, time: int) -> int:
        return (2 * time * self.up + self.down) // (2 * self.down)

    def add(self, data: av.Packet | bytes, pts: int, dts: int, duration: int, is_key: bool) -> bool:
        """Whether enough is pending now to be written."""
        if self.is_byte_stream:
            data = with_lengths(units_of(bytes(data)))
        pts, dts = self.ticks(pts), self.ticks(dts)
        self.index.add(len(memoryview(data)), pts, dts, self.ticks(duration), is_key)
        if not self.pending:
            self.pending_since = dts
        self.pending.append(data)
        return dts - self.pending_since >= self.due_after

    def flush(self, file: BinaryIO) -> None:
        if self.pending:
            self.index.add_chunk(file.tell(), len(self.pending))
            file.write(b"".join(self.pending))
            self.pending.clear()


class Mp4File:
    """Takes frames, or packets as PyAV's output containers do. What lies at `path` can be read once it is closed.

    expected_seconds   about how long it will be: with that much room for its index nothing has to be moved

    Raises OSError when the disk fails, av.FFmpegError when a track cannot be described, `BadVideo` for packets whose
    times no index can hold.
    """

    def __init__(self, path: Path, expected_seconds: float = 0):
        self._described = io.BytesIO()
        self._description = av.open(self._described, "w", format="mp4", options={"movflags": "empty_moov"})
        self._sources: list[tuple[Fraction, bool]] = []
        self._tracks: list[_Track] = []
        self._room = len(KINDS) + LEAST_ROOM + round(expected_seconds * INDEX_BYTES_A_SECOND)
        self._file = open(path, "w+b", buffering=BLOCK)  # noqa: SIM115 (`close` closes it)
        self._file.seek(self._room + MEDIA_HEAD)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def add_stream_from_template(self, source, opaque: bool | None = None) -> av.stream.Stream:
        """A track for packets of `source`, with times in its `time_base`; all tracks come before the first packet."""
        self._sources.append((source.time_base, is_byte_stream(source.codec_context.extradata or b"")))
        return self._description.add_stream_from_template(source, opaque=opaque)

    def add_track(self, source) -> int:
        """The same for frames: the number by which `write` knows it."""
        return self.add_stream_from_template(source, opaque=True).index

    def mux_one(self, packet: av.Packet) -> None:
        """Take a packet whose `stream` is one of this file's. It must not be changed afterwards."""
        if not self._tracks:
            self.begin()
        times = packet.pts, packet.dts, packet.duration or 0
        self.write(packet.stream_index, packet, *times, packet.is_keyframe)

    def write(self, track: int, data: av.Packet | bytes, pts: int, dts: int, duration: int, is_key: bool) -> None:
        """Take the next frame of a track; its times are in the `time_base` of the track's source."""
        if self._tracks[track].add(data, pts, dts, duration, is_key):
            self._flush()

    def close(self) -> None:
        """Write what is pending, and the index. Without a frame there is no file that could be read."""
        with self._file:
            self._flush()
            self._description.close()
            if any(track.index.sizes for track in self._tracks):
                self._write_front()

    def begin(self) -> None:
        """After the last track, before the first frame."""
        self._description.start_encoding()
        pairs = zip(self._description.streams, self._sources, strict=True)
        self._tracks = [_Track(stream, *source) for stream, source in pairs]

    def _flush(self) -> None:
        for track in self._tracks:
            track.flush(self._file)

    def _write_front(self) -> None:
        file, end = self._file, self._file.seek(0, os.SEEK_END)
        front, shift = self._fitting_front(end)
        if shift:
            _move(file, self._room + MEDIA_HEAD, end, shift)
        file.seek(0)
        for part in front:
            file.write(part)
        if spare := self._room + shift - file.tell():
            file.write(u32(spare) + b"free")
        file.seek(self._room + shift)
        file.write(u32(1) + b"mdat" + (end - self._room).to_bytes(8))

    def _fitting_front(self, end: int) -> tuple[list[bytes], int]:
        """The boxes before the media, in pieces, and by how many bytes the media must be moved for them."""
        shift = 0
        while True:
            indexes = [track.index for track in self._tracks]
            front = [KINDS, *movie(self._described.getvalue(), indexes, shift, is_large=end + shift >= 1 << 32)]
            spare = self._room + shift - sum(map(len, front))
            if spare == 0 or spare >= EMPTY_BOX:
                return front, shift
            shift += EMPTY_BOX - spare


def _move(file: BinaryIO, start: int, end: int, shift: int) -> None:
    """Move the bytes from `start` to `end` on by `shift`; from the back, for they overlap."""
    while end > start:
        length = min(BLOCK, end - start)
        end -= length
        file.seek(end)
        data = file.read(length)
        file.seek(end + shift)
        file.write(data)
