"""Images: what the bytes are, what the header says, whether they decode, and thumbnails.

The declared type of an upload is never believed: magic bytes and the header decide. Limits are checked
on the header, before any pixel is decoded, because a 48 kB PNG can hold 400 megapixels.
"""

import io
import os

from django.conf import settings

# OpenCV reads this once, when it is loaded.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(settings.CAM2BYTES_MAX_PIXELS))

import cv2
import numpy as np
from PIL import Image, ImageOps

MAX_SIDE = 16_384
THUMBNAIL_SIDE = 320
THUMBNAIL_QUALITY = 80
FORMATS = {"JPEG": "image/jpeg", "WEBP": "image/webp", "PNG": "image/png"}
ACCEPTED = tuple(FORMATS.values())


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
        with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
            (width, height), frames = image.size, getattr(image, "n_frames", 1)
    except Exception as error:  # Pillow raises many kinds on hostile headers
        raise BadImage("The header of the image cannot be read.") from error
    if width * height > settings.CAM2BYTES_MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise BadImage(f"The image is too large: {width} x {height} pixels.")
    if frames > 1:
        raise BadImage("The image is animated; send single images.")
    return content_type, width, height


def decode(data: bytes) -> np.ndarray:
    """The picture as a BGR array (height, width, 3) of uint8, turned upright by its EXIF orientation.

    JPEG goes through OpenCV, which refuses a cut file; PNG and WebP through Pillow, which does so there.
    """
    if sniff(data) == "image/jpeg":
        try:
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        except cv2.error as error:
            raise BadImage("The image does not decode.") from error
        if picture is None:
            raise BadImage("The image does not decode; it is cut off or damaged.")
        return picture
    try:
        with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
            return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])
    except Exception as error:  # Pillow raises many kinds on damaged data
        raise BadImage("The image does not decode; it is cut off or damaged.") from error


def make_thumbnail(picture: np.ndarray) -> bytes:
    """JPEG bytes of the BGR array, at most 320 pixels on the longer side, without metadata."""
    height, width = picture.shape[:2]
    scale = min(1.0, THUMBNAIL_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    return encode_jpeg(small, THUMBNAIL_QUALITY)


def encode_jpeg(picture: np.ndarray, quality: int) -> bytes:
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise BadImage("The picture cannot be encoded.")
    return encoded.tobytes()
