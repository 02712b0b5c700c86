"""The proof that bytes are an image: they are decoded, by decoders that complain.

JPEG    libjpeg-turbo at an eighth of the size, where every warning counts as damage: a cut file, a missing end marker,
        a stretch of zeros. All of the file is read for that (Huffman decoding cannot be left out), few pixels are made.
        OpenCV and Pillow notice the first two at most.
PNG     the checksum of every chunk, then Pillow decodes it.
WebP    the length it says it has, then Pillow decodes it. It has no checksums: damage in the middle may go unseen.

What nobody can see in the bytes (a flipped bit that still decodes) shows only in a digest made by who sent them.
"""

import io
import struct
import zlib

import simplejpeg
from PIL import Image

from cam2bytes.lib.imageheads import BadImage, jpeg_frame, read_header

MOST_SCANS = 64  # a progressive JPEG has about ten, and each may cost a pass over all of its pixels
DAMAGED = "The image does not decode; it is cut off or damaged."
FORMATS = ("JPEG", "WEBP", "PNG")
EXIF_WITHIN = 256 * 1024  # of the front of a JPEG
ORIENTATION = 0x0112
LYING = (5, 6, 7, 8)  # orientations in which width and height change places
PNG_FRONT, WEBP_FRONT = 8, 8  # bytes before the first chunk; before the counted part


def prove(data: bytes) -> tuple[int, int]:
    """(width, height) in pixels of the picture turned upright; BadImage, with a sentence, when it is none."""
    content_type, width, height = read_header(data)
    orientation = _PROOFS[content_type](data)
    return (height, width) if orientation in LYING else (width, height)


def _prove_jpeg(data: bytes) -> int:
    frame = jpeg_frame(data)
    if frame.is_progressive and data.count(b"\xff\xda") > MOST_SCANS:
        raise BadImage("The image is made of too many scans.")
    try:
        simplejpeg.decode_jpeg(data, "CMYK" if frame.components == 4 else "GRAY", min_height=1, min_width=1)
    except Exception as error:  # ValueError for damage, and others for what its own tables lack
        raise BadImage(DAMAGED) from error
    if data.find(b"Exif\0\0", 0, EXIF_WITHIN) < 0:
        return 1
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return image.getexif().get(ORIENTATION, 1)
    except Exception:  # Pillow raises many kinds on EXIF that makes no sense; the picture is good
        return 1


def _prove_png(data: bytes) -> int:
    place, kind = PNG_FRONT, b""
    try:
        while kind != b"IEND":
            length, kind = struct.unpack_from(">I4s", data, place)
            (checksum,) = struct.unpack_from(">I", data, place + 8 + length)
            if zlib.crc32(memoryview(data)[place + 4 : place + 8 + length]) != checksum:
                raise BadImage(DAMAGED)
            place += 12 + length
    except struct.error:
        raise BadImage(DAMAGED) from None
    return _decode(data)


def _prove_webp(data: bytes) -> int:
    (length,) = struct.unpack_from("<I", data, 4)
    if WEBP_FRONT + length > len(data):
        raise BadImage(DAMAGED)
    return _decode(data)


def _decode(data: bytes) -> int:
    """All of its pixels, by Pillow; its orientation."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise BadImage("The image is animated; send single images.")
            image.load()
            return image.getexif().get(ORIENTATION, 1)
    except BadImage:
        raise
    except Exception as error:  # Pillow raises many kinds on damaged data
        raise BadImage(DAMAGED) from error


_PROOFS = {"image/jpeg": _prove_jpeg, "image/png": _prove_png, "image/webp": _prove_webp}
