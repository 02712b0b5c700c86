"""Sprites: small pictures of a whole video on one sheet, and the WebVTT that says which is for when."""

from fractions import Fraction
from typing import BinaryIO, NamedTuple

from PIL import Image

from cam2bytes.lib.containers import BadVideo
from cam2bytes.lib.demux import picture_and_sound
from cam2bytes.lib.pictures import jpeg_of
from cam2bytes.lib.video import open_finished
from cam2bytes.lib.windows import decoded, moment_of, seek

MOST_TILES = 100
COLUMNS = 10
TILE_WIDTH = 160
QUALITY = 75
SHORTEST_STEP_MS = 500
MOST_DECODED = 30
"""Pictures decoded for one tile: a second, in which most recordings have a key frame."""


class Sprite(NamedTuple):
    """`sheet`: a JPEG of tiles of `tile` (width, height) pixels, COLUMNS in a row, one for every `step_ms`."""

    sheet: bytes
    tile: tuple[int, int]
    count: int
    step_ms: int


def make_sprite(file: BinaryIO, duration_ms: int) -> Sprite:
    """Small pictures of a finished file, evenly spread over its time. Raises `BadVideo`."""
    step_ms = max(-(-duration_ms // MOST_TILES), SHORTEST_STEP_MS)
    count = max(-(-duration_ms // step_ms), 1)
    sheet = tile = picture = None
    with open_finished(file) as media:
        source = next((stream for stream in picture_and_sound(media) if stream.type == "video"), None)
        for index in range(count) if source else ():
            middle = Fraction(index * step_ms + step_ms // 2, 1000)
            picture = _picture_near(media, source, middle, *tile or ()) or picture
            if picture is None:
                continue
            if sheet is None:
                tile = picture.size
                sheet = Image.new("RGB", (tile[0] * min(count, COLUMNS), tile[1] * -(-count // COLUMNS)))
            sheet.paste(picture, _place(index, tile))
    if sheet is None:
        raise BadVideo("no picture in it can be decoded")
    return Sprite(jpeg_of(sheet, QUALITY), tile, count, step_ms)


def webvtt(address: str, tile: tuple[int, int], count: int, step_ms: int, duration_ms: int) -> str:
    """Cues that name, for each stretch of the video, a rectangle of the sheet at `address`."""
    cues = ["WEBVTT"]
    for index in range(count):
        end_ms = duration_ms if index == count - 1 else (index + 1) * step_ms
        x, y = _place(index, tile)
        times = f"{_timestamp(index * step_ms)} --> {_timestamp(end_ms)}"
        cues.append(f"{times}\n{address}#xywh={x},{y},{tile[0]},{tile[1]}")
    return "\n\n".join(cues) + "\n"


def _picture_near(media, source, moment: Fraction, width: int = TILE_WIDTH, height: int = 0) -> Image.Image | None:
    """What is shown at `moment`, or a little before it where that is far from a key frame."""
    seek(media, moment)
    found = None
    for number, frame in enumerate(decoded(media, source)):
        if found is not None and (moment_of(frame) > moment or number >= MOST_DECODED):
            break
        found = frame
    if found is None:
        return None
    return found.to_image(width=width, height=height or max(round(found.height * width / found.width), 1))


def _place(index: int, tile: tuple[int, int]) -> tuple[int, int]:
    return index % COLUMNS * tile[0], index // COLUMNS * tile[1]


def _timestamp(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
