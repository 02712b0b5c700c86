"""What the first bytes of an image say: its kind, its size in pixels, and whether it moves. No pixel is decoded.

The declared type of an upload is never believed: magic bytes and the header decide. Limits are checked here, because
a 48 kB PNG can hold 400 megapixels. Sources: ITU-T T.81 (JPEG) annex B, the PNG specification (third edition, with the
animation chunks), and Google's WebP container specification.
"""

import struct
from typing import NamedTuple

from django.conf import settings

ACCEPTED = ("image/jpeg", "image/webp", "image/png")
MAX_SIDE = 16_384
UNREADABLE = "The header of the image cannot be read."

_STANDALONE = {0x01, *range(0xD0, 0xD8)}  # JPEG markers without a length: TEM, RST0 to RST7
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: what browsers show
_PROGRESSIVE = 0xC2
_OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_SCAN, _END = 0xDA, 0xD9
_MOVES = 0x02  # in the flags of a WebP


class BadImage(Exception):
    """Not an image that we take; the text says why, for a person."""


def sniff(data: bytes) -> str | None:
    """The content type by magic bytes; None when it is none of the accepted ones."""
    head = bytes(data[:12])
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def read_header(data: bytes) -> tuple[str, int, int]:
    """(content type, width, height) in pixels as stored; BadImage when it is none, too large or animated."""
    content_type = sniff(data)
    if not content_type:
        raise BadImage("This is not a JPEG, WebP or PNG image.")
    try:
        width, height = _READERS[content_type](data)
    except (struct.error, IndexError):
        raise BadImage(UNREADABLE) from None
    if not (width and height):
        raise BadImage(UNREADABLE)
    if width * height > settings.CAM2BYTES_MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise BadImage(f"The image is too large: {width} x {height} pixels.")
    return content_type, width, height


class JpegFrame(NamedTuple):
    """What the frame header of a JPEG says. `components`: 1 grey, 3 colours, 4 as for printing (CMYK)."""

    width: int
    height: int
    components: int
    is_progressive: bool


def jpeg_frame(data: bytes) -> JpegFrame:
    """Raises BadImage for what browsers do not show, struct.error or IndexError where the bytes end."""
    place = 2
    while True:
        if data[place] != 0xFF:
            raise BadImage(UNREADABLE)
        while (marker := data[place]) == 0xFF:  # any number of fill bytes
            place += 1
        place += 1
        if marker in _FRAMES:
            break
        if marker in _OTHER_FRAMES:
            raise BadImage("This is a rare kind of JPEG; send a baseline or progressive one.")
        if marker in (_SCAN, _END):
            raise BadImage(UNREADABLE)
        if marker not in _STANDALONE:
            place += max(2, struct.unpack_from(">H", data, place)[0])
    bits, height, width, components = struct.unpack_from(">xxBHHB", data, place)
    if bits != 8 or components not in (1, 3, 4):
        raise BadImage(f"This is a JPEG of {bits} bits and {components} colours; send one of 8 bits and 1, 3 or 4.")
    return JpegFrame(width, height, components, marker == _PROGRESSIVE)


def _jpeg(data: bytes) -> tuple[int, int]:
    return jpeg_frame(data)[:2]


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    place, is_first = 8, True
    while True:
        length, kind = struct.unpack_from(">I4s", data, place)
        if is_first != (kind == b"IHDR"):
            raise BadImage(UNREADABLE)
        if kind == b"IDAT":
            return width, height
        if kind == b"acTL" and struct.unpack_from(">I", data, place + 8)[0] > 1:
            raise BadImage("The image is animated; send single images.")
        place, is_first = place + 12 + length, False


def _webp(data: bytes) -> tuple[int, int]:
    kind = bytes(data[12:16])
    if kind == b"VP8X":
        flags, low, high = struct.unpack_from("<B3xIH", data, 20)
        if flags & _MOVES:
            raise BadImage("The image is animated; send single images.")
        return 1 + (low & 0xFFFFFF), 1 + (low >> 24 | high << 8)
    if kind == b"VP8L":
        signature, size = struct.unpack_from("<BI", data, 20)
        if signature == 0x2F:
            return 1 + (size & 0x3FFF), 1 + (size >> 14 & 0x3FFF)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise BadImage(UNREADABLE)


_READERS = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
