"""Matroska read element by element, without FFmpeg: which tracks there are, and every whole block with its time.

For looking at a recording while it grows. Nothing is decoded, nothing is trusted: what cannot be read is no
element, and the reader stops there.
"""

from dataclasses import dataclass
from typing import NamedTuple

from cam2bytes.lib.matroska import CLUSTER, SEGMENT, TRACKS, element_id_at, size_at

INFO = bytes.fromhex("1549a966")
TIMESTAMP_SCALE = bytes.fromhex("2ad7b1")
TRACK_ENTRY = b"\xae"
TIMECODE = b"\xe7"
SIMPLE_BLOCK = b"\xa3"
BLOCK_GROUP = b"\xa0"
BLOCK = b"\xa1"
REFERENCE_BLOCK = b"\xfb"
NANOSECONDS_PER_TICK = 1_000_000
LACING = 0x06
KEY = 0x80
LONGEST_HEAD = 12
"""Bytes of an element's id and size at most."""
LARGEST_ELEMENT = 16 * 1024 * 1024
"""A larger one is a lie, or nothing that a camera makes: reading goes on at the next Cluster."""


@dataclass(frozen=True)
class Track:
    """What the header says of one track. `private` is its CodecPrivate, b"" where there is none."""

    number: int
    kind: str  # "video", "audio", or "" for anything else
    codec: str  # Matroska's own name: "V_VP8", "A_OPUS"
    private: bytes = b""
    width: int = 0
    height: int = 0
    channels: int = 1


class Block(NamedTuple):
    """One frame of one track. `ticks` is its time, in the header's units, `offset` as much of it as is counted from
    its Cluster; `raw` is the whole element it came in."""

    track: int
    ticks: int
    offset: int
    is_key: bool
    is_laced: bool
    payload: bytes
    raw: bytes


class Cluster(NamedTuple):
    """The blocks from here on count their times from `ticks`."""

    ticks: int


class Element(NamedTuple):
    """`start` is where its head begins, `body` where its content does, `end` the byte behind it (None: unknown)."""

    id: bytes
    start: int
    body: int
    end: int | None


def elements(data: bytes, start: int, end: int):
    """The elements one after another, as far as their heads lie whole in `data[start:end]`."""
    while start < end:
        element_id, after_id = element_id_at(data, start)
        size, body = size_at(data, after_id)
        if not element_id or body is None or body > end:
            return
        found = Element(element_id, start, body, None if size is None else body + size)
        yield found
        if found.end is None:
            return
        start = found.end


def header_facts(header: bytes) -> tuple[list[Track], int]:
    """(the tracks, nanoseconds per tick) of a recording's header; no tracks where it cannot be read."""
    tracks, scale = [], NANOSECONDS_PER_TICK
    for element in inside_segment(header):
        if element.id == TRACKS:
            entries = elements(header, element.body, min(element.end, len(header)))
            tracks = [_track(header, entry) for entry in entries if entry.id == TRACK_ENTRY and entry.end]
        elif element.id == INFO:
            facts = _values(header, element)
            scale = _number(facts.get(TIMESTAMP_SCALE, b"")) or NANOSECONDS_PER_TICK
    return tracks, scale


def inside_segment(header: bytes):
    for element in elements(header, 0, len(header)):
        if element.id == SEGMENT:
            for inner in elements(header, element.body, len(header)):
                if inner.end is not None:
                    yield inner


def _track(header: bytes, entry: Element) -> Track:
    facts = _values(header, entry)
    video = _values_of(facts.get(b"\xe0", b""))
    audio = _values_of(facts.get(b"\xe1", b""))
    return Track(
        number=_number(facts.get(b"\xd7", b"")),
        kind={1: "video", 2: "audio"}.get(_number(facts.get(b"\x83", b"")), ""),
        codec=facts.get(b"\x86", b"").rstrip(b"\0").decode("ascii", "replace"),
        private=facts.get(bytes.fromhex("63a2"), b""),
        width=_number(video.get(b"\xb0", b"")),
        height=_number(video.get(b"\xba", b"")),
        channels=_number(audio.get(b"\x9f", b"")) or 1,
    )


def _values(data: bytes, parent: Element) -> dict[bytes, bytes]:
    end = min(parent.end, len(data))
    return {child.id: data[child.body : child.end] for child in elements(data, parent.body, end) if child.end}


def _values_of(body: bytes) -> dict[bytes, bytes]:
    return _values(body, Element(b"", 0, 0, len(body)))


def _number(raw: bytes) -> int:
    return int.from_bytes(raw[:8])


def read_blocks(data: bytes, cluster_ticks: int | None):
    """Yield (what, end): each whole block or Cluster in `data` and the byte behind it, from an element's start on.

    cluster_ticks   the time of the Cluster that `data` begins in; None: up to the next Cluster nothing has a time

    Stops at the first element that is not whole yet. What is neither block nor Cluster yields (None, end). What
    is no element at all, or larger than any camera makes, yields (None, None): look for the next Cluster.
    """
    position = 0
    while element := next(elements(data, position, len(data)), None):
        found = None
        if element.id == SEGMENT:
            position = element.body
        elif element.id == CLUSTER:
            clock = next(elements(data, element.body, len(data)), None)
            if clock is None or (clock.end or 0) > len(data):
                break
            found = Cluster(_number(data[clock.body : clock.end]) if clock.id == TIMECODE else 0)
            position, cluster_ticks = (clock.end or clock.body), found.ticks
        elif element.end is None or element.end - element.start > LARGEST_ELEMENT:
            yield None, None
            return
        elif element.end > len(data):
            break
        else:
            found = None if cluster_ticks is None else _block(data, element, cluster_ticks)
            position = element.end
        yield found, position
    if len(data) - position >= LONGEST_HEAD and next(elements(data, position, len(data)), None) is None:
        yield None, None


def _block(data: bytes, element: Element, cluster_ticks: int) -> Block | None:
    if element.id == SIMPLE_BLOCK:
        body, is_key = data[element.body : element.end], None
    elif element.id == BLOCK_GROUP:
        inner = _values(data, element)
        body, is_key = inner.get(BLOCK, b""), REFERENCE_BLOCK not in inner
    else:
        return None
    track, start = size_at(body, 0)
    if start is None or track is None or len(body) < start + 3:
        return None
    flags = body[start + 2]
    offset = int.from_bytes(body[start : start + 2], signed=True)
    if cluster_ticks + offset < 0:
        return None
    return Block(
        track=track,
        ticks=cluster_ticks + offset,
        offset=offset,
        is_key=bool(flags & KEY) if is_key is None else is_key,
        is_laced=bool(flags & LACING),
        payload=body[start + 3 :],
        raw=data[element.start : element.end],
    )
