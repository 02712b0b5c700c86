"""Images as pixels: decoded, made small, encoded. What their first bytes say: `imageheads`; the proof: `imageproof`."""

import io
import os

from django.conf import settings

# OpenCV reads this once, when it is loaded.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(settings.CAM2BYTES_MAX_PIXELS))

import cv2
import numpy as np
from PIL import Image, ImageOps

from cam2bytes.lib.imageheads import BadImage, sniff

THUMBNAIL_SIDE = 320
THUMBNAIL_QUALITY = 80
REDUCED = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}
FORMATS = ("JPEG", "WEBP", "PNG")
__all__ = ["BadImage", "decode", "decode_small", "encode_jpeg", "make_thumbnail", "shrink"]


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
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # grey of 16 bits, of which Pillow would leave out the upper ones
                upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
            return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])
    except Exception as error:  # Pillow raises many kinds on damaged data
        raise BadImage("The image does not decode; it is cut off or damaged.") from error


def decode_small(data: bytes, width: int, height: int) -> np.ndarray:
    """The same picture in fewer pixels, where that is cheaper; never smaller than a thumbnail. Not the proof that it
    decodes. `width`, `height`: of the picture, in pixels.

    libjpeg leaves out what is not wanted while it decodes, by 2, 4 or 8: Huffman decoding remains, half of the cost.
    """
    factor = next((factor for factor in REDUCED if max(width, height) // factor >= THUMBNAIL_SIDE), 1)
    if factor == 1 or sniff(data) != "image/jpeg":
        return decode(data)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), REDUCED[factor])
    except cv2.error as error:
        raise BadImage("The image does not decode.") from error
    if picture is None:
        raise BadImage("The image does not decode; it is cut off or damaged.")
    return picture


def shrink(picture: np.ndarray) -> np.ndarray:
    """The picture at the size of a thumbnail: at most 320 pixels on the longer side."""
    height, width = picture.shape[:2]
    scale = THUMBNAIL_SIDE / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def make_thumbnail(picture: np.ndarray) -> bytes:
    """JPEG bytes of the BGR array, at most 320 pixels on the longer side, without metadata."""
    return encode_jpeg(shrink(picture), THUMBNAIL_QUALITY)


def encode_jpeg(picture: np.ndarray, quality: int) -> bytes:
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise BadImage("The picture cannot be encoded.")
    return encoded.tobytes()
