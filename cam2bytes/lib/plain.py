"""MediaRecorder's own Matroska taken apart without FFmpeg, in less than half the time.

    EBML  Segment( Info  Tracks  Cluster(Timecode  SimpleBlock ...)  Cluster(...) ... )

Elements of RFC 9559. What is not quite so (lacing, block groups, delays, pictures that are reordered, damage) is
`NotPlain`, and left to FFmpeg, which knows everything that Matroska may be.
"""

import contextlib
import io
from collections.abc import Iterator
from typing import BinaryIO

from cam2bytes.lib.containers import Container
from cam2bytes.lib.demux import Frame, is_described, open_media, picture_and_sound
from cam2bytes.lib.matroska import CLUSTER, SEGMENT, header_length
from cam2bytes.lib.matroska_blocks import LARGEST_ELEMENT, LONGEST_HEAD, NANOSECONDS_PER_TICK, elements, header_facts

CODECS = {"V_VP8", "V_VP9", "V_MPEG4/ISO/AVC", "A_OPUS"}
"""AV1 is left to FFmpeg, which takes out what Matroska should not hold of it."""
SPECIALS = (b"\x56\xaa", b"\x23\xe3\x83", b"\x6d\x80")
"""CodecDelay, DefaultDuration, ContentEncodings: times or payloads are not what the blocks alone say."""
TIMECODE, BLOCK_GROUP = b"\xe7", b"\xa0"
SIMPLE_BLOCK = 0xA3
OPUS_MS = (10, 20, 40, 60) * 3 + (10, 20) * 2 + (2.5, 5, 10, 20) * 4
"""Of a frame, by the five highest bits of its packet."""
BLOCK_HEAD = 4
"""Bytes: the track, its time in the Cluster (two), flags."""
MARKED, KEY, LACING = 0x80, 0x80, 0x06
READ_BYTES = 256 * 1024
LOOK_AHEAD = 1024 * 1024
"""Enough, as a rule, to hold a key frame, which brings H.264's parameter sets."""


class NotPlain(Exception):
    """There is something in it that this reader leaves to FFmpeg."""


class PlainRun:
    """A run of a recording, as `demux.Run`."""

    def __init__(self, head: bytes, source: BinaryIO, media):
        self.header = head[: header_length(head)]
        self.streams = picture_and_sound(media)
        self.start_time = media.start_time
        self._head = head
        self._source = source
        self._indexes = _indexes(self.header, [stream.type for stream in media.streams])

    def frames(self, streams: list) -> Iterator[Frame]:
        """As `demux.Run.frames`; the data are bytes."""
        is_picture = {stream.index: stream.type == "video" for stream in streams}
        latest = 0
        for track, ticks, is_key, data in _blocks(self._pieces()):
            index = self._indexes.get(track)
            if index not in is_picture:
                continue
            if not is_picture[index]:
                yield index, ticks, ticks, opus_ms(data), is_key, data
                continue
            if ticks < latest:
                raise NotPlain
            latest = ticks
            yield index, ticks, ticks, 0, is_key, data

    def _pieces(self) -> Iterator[bytes]:
        yield self._head
        while more := self._source.read(READ_BYTES):
            yield more


@contextlib.contextmanager
def open_plain(source: BinaryIO, container: Container) -> Iterator[PlainRun]:
    """Raises `NotPlain`, as do the run's frames; and what `open_media` raises."""
    if container.name != "webm":
        raise NotPlain
    head = b""
    while len(head) < LOOK_AHEAD and (more := source.read(LOOK_AHEAD - len(head))):
        head += more
    if not header_length(head):
        raise NotPlain
    with open_media(io.BytesIO(head), container) as media:
        if not all(is_described(stream) for stream in picture_and_sound(media)):
            raise NotPlain
        yield PlainRun(head, source, media)


def opus_ms(packet: bytes) -> int:
    """How long a packet sounds (RFC 6716, 3.1), in whole milliseconds."""
    if not packet:
        return 0
    packets = (1, 2, 2, packet[1] & 0x3F if len(packet) > 1 else 0)[packet[0] & 3]
    return int(OPUS_MS[packet[0] >> 3] * packets)


def _indexes(header: bytes, kinds: list[str]) -> dict[int, int]:
    """{the track's number in blocks: its place in the header}; `kinds` are those that FFmpeg found there."""
    tracks, scale = header_facts(header)
    is_plain = all(track.codec in CODECS and 0 < track.number < 127 for track in tracks)
    if not is_plain or scale != NANOSECONDS_PER_TICK or any(special in header for special in SPECIALS):
        raise NotPlain
    indexes = {track.number: index for index, track in enumerate(tracks)}
    if len(indexes) != len(tracks) or [track.kind for track in tracks] != kinds:
        raise NotPlain
    return indexes


def _blocks(pieces: Iterator[bytes]) -> Iterator[tuple[int, int, bool, bytes]]:
    """(track, ticks, is it a key frame, payload) of each whole SimpleBlock.

    It runs some 80 times for each second recorded: sizes of the common lengths are read where they stand.
    """
    data, position, clock = b"", 0, None
    for more in pieces:
        data, position = data[position:] + more, 0
        length = len(data)
        while position + LONGEST_HEAD <= length:
            if data[position] != SIMPLE_BLOCK:
                position, clock, is_whole = _step_over(data, position, clock)
                if is_whole:
                    continue
                break
            body, size = _size(data, position + 1)
            end = body + size
            if end > length:
                if size > LARGEST_ELEMENT:
                    raise NotPlain
                break
            flags = data[body + 3]
            if clock is None or flags & LACING or size < BLOCK_HEAD or not data[body] & MARKED:
                raise NotPlain
            ticks = clock + int.from_bytes(data[body + 1 : body + 3], signed=True)
            if ticks < 0:
                raise NotPlain
            yield data[body] ^ MARKED, ticks, flags >= KEY, data[body + BLOCK_HEAD : end]
            position = end


def _size(data: bytes, position: int) -> tuple[int, int]:
    """(where the body begins, its bytes) for sizes of one to four bytes."""
    first = data[position]
    if first & 0x80:
        return position + 1, first & 0x7F
    if first & 0x40:
        return position + 2, (first & 0x3F) << 8 | data[position + 1]
    if first & 0x20:
        return position + 3, int.from_bytes(data[position : position + 3]) & 0x1F_FFFF
    if first & 0x10:
        return position + 4, int.from_bytes(data[position : position + 4]) & 0x0FFF_FFFF
    raise NotPlain


def _step_over(data: bytes, position: int, clock: int | None) -> tuple[int, int | None, bool]:
    """What is no SimpleBlock: (where to go on, the Cluster's time, was it whole)."""
    element = next(elements(data, position, len(data)), None)
    if element is None or element.id == BLOCK_GROUP:
        raise NotPlain
    if element.id in (SEGMENT, CLUSTER):
        return element.body, None, True
    if element.end is None or element.end - element.start > LARGEST_ELEMENT:
        raise NotPlain
    if element.end > len(data):
        return position, clock, False
    if element.id == TIMECODE:
        clock = int.from_bytes(data[element.body : element.end])
    return element.end, clock, True
