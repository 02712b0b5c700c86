"""The containers that a recording may arrive in, told apart by their first bytes and by nothing else."""

from collections.abc import Callable
from typing import NamedTuple

from cam2bytes.lib import isobmff, matroska, ogg


class BadVideo(Exception):
    """These bytes are no video or sound that can be used. The text says why, as the end of a sentence:
    "No video could be made: ..."."""


class Unreadable(BadVideo):
    """A stretch of bytes that FFmpeg gave up on; others of the same recording may do."""


class Container(NamedTuple):
    """How one container is read: FFmpeg's name for its demuxer, and what `matroska`, `isobmff`, `ogg` know of it."""

    name: str
    demuxer: str
    header_length: Callable
    find_entry: Callable
    entry_tail: int


CONTAINERS = {
    "webm": Container("webm", "matroska", matroska.header_length, matroska.find_entry, matroska.ENTRY_TAIL),
    "mp4": Container("mp4", "mov", isobmff.header_length, isobmff.find_entry, isobmff.ENTRY_TAIL),
    "ogg": Container("ogg", "ogg", ogg.header_length, ogg.find_entry, ogg.ENTRY_TAIL),
}
NOT_A_RECORDING = "the bytes are no WebM, Matroska, MP4 or Ogg recording"


def sniff_container(head: bytes) -> str | None:
    """ "webm" (and Matroska), "mp4" or "ogg" by the magic bytes at the front of `head`; None for anything else."""
    if head.startswith(matroska.EBML):
        return "webm"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith(ogg.PAGE):
        return "ogg"
    return None


def can_begin(first: bytes) -> bool:
    """Whether a recording may begin with these bytes; the first chunk of one can be as short as one byte.

    Chromium hands over the first byte of an element before the rest of it, and looks at its clock at each of the two.
    Where the camera or the encoder takes longer than a timeslice to begin, the first chunk is that byte alone.
    """
    if sniff_container(first):
        return True
    # An MP4 begins with the size of its first box, which is small.
    beginnings = (matroska.EBML, ogg.PAGE, b"\x00\x00\x00" + first[3:4] + b"ftyp")
    return any(magic.startswith(first) for magic in beginnings)


def container_of(head: bytes) -> Container:
    """The container whose magic bytes `head` begins with; raises `BadVideo`."""
    name = sniff_container(head)
    if name is None:
        raise BadVideo(NOT_A_RECORDING)
    return CONTAINERS[name]


def header_of(first_bytes: bytes, limit: int = 65536) -> bytes:
    """The header at the front of a recording's first bytes, b"" if it is not whole there or over `limit` bytes.

    It comes once, in the first chunk, and without it no other byte can be read: keep a copy.
    """
    name = sniff_container(first_bytes)
    length = name and CONTAINERS[name].header_length(first_bytes)
    return first_bytes[:length] if length and length <= limit else b""
