"""What can be said of a picture in numbers: how sharp it is, how bright, and what it looks like.

All three are taken from the picture in grey at one fixed scale, 320 pixels on its longer side, so that figures of
different resolutions compare. That is the scale of the thumbnail: blur too fine to be seen there is not measured.

* sharpness: the variance of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy",
  ICPR 2000), 3 x 3 kernel, on grey values 0 to 255. 0 is a plain surface; edges raise it, blur takes it away.
* brightness: the mean of the grey values, 0 to 255 (luma of BT.601, as in JPEG).
* hash: the DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010: of the
  64 lowest frequencies of a 32 x 32 picture, first row and column left out, which lie above their median. Those
  that a camera's noise alone could make count as nothing, or every picture of a dark room would be another one.
  Two pictures that look alike differ in few of its 64 bits.
"""

from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 320
HASH_SIDE = 32
HASH_BITS = 64
NOISE = 2.0  # grey values; a cell of the small picture is the mean of at least 56 pixels


@dataclass(frozen=True)
class Measures:
    """`perceptual_hash`: 16 hexadecimal digits."""

    sharpness: float
    brightness: float
    perceptual_hash: str


def measure(picture: np.ndarray) -> Measures:
    """The measures of a BGR array (height, width, 3) of uint8."""
    grey = at_scale(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    _mean, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    return Measures(round(float(deviation[0, 0]) ** 2, 2), round(cv2.mean(grey)[0], 2), _dct_hash(grey))


def at_scale(picture: np.ndarray) -> np.ndarray:
    """320 pixels on the longer side. What is smaller is enlarged without inventing edges: it holds less detail,
    and its figures say so."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale == 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _dct_hash(grey: np.ndarray) -> str:
    small = cv2.resize(grey, (HASH_SIDE, HASH_SIDE), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[1:9, 1:9]
    low[np.abs(low) < NOISE] = 0
    median = np.partition(low, HASH_BITS // 2 - 1, axis=None)[HASH_BITS // 2 - 1]
    return np.packbits(low > median).tobytes().hex()


def distance(one: str, other: str) -> int:
    """In how many of 64 bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
