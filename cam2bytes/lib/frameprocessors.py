"""Frame processors: Python callables of whoever runs cam2bytes that measure frames in their own way.

    def processor(picture: numpy.ndarray, frame: FrameFacts) -> dict | None

`docs/processors.md` tells it to those who write one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime

import numpy as np
from django.utils.module_loading import import_string

from cam2bytes.lib import images

MOST_BYTES = 4096


class WrongProcessor(Exception):
    """It cannot be loaded, or did not do what a processor does; the text says so to its author."""


@dataclass(frozen=True)
class FrameFacts:
    """What a processor is told of a frame. `measures`: what the same processor has measured of it before."""

    capture_id: str
    number: int
    taken_at: datetime | None
    received_at: datetime
    sha256: str
    content_type: str
    width: int
    height: int
    labels: list[str]
    sharpness: float | None
    brightness: float | None
    perceptual_hash: str | None
    capture_name: str
    capture_labels: list[str]
    device_name: str
    external_id: str
    metadata: dict
    measures: dict
    previous: "FrameFacts | None" = None
    image: bytes = field(default=b"", repr=False)

    def picture(self) -> np.ndarray:
        """The image decoded: BGR, uint8, (height, width, 3), upright. Raises `images.BadImage`."""
        if self.sha256 not in _decoded:
            while len(_decoded) > 1:
                del _decoded[next(iter(_decoded))]
            _decoded[self.sha256] = images.decode(self.image)
            _decoded[self.sha256].setflags(write=False)  # the next processor gets the same one
        return _decoded[self.sha256]


_decoded: dict[str, np.ndarray] = {}
"""The last two: the frame before is mostly the one that was measured last."""


def load(path: str) -> Callable[[np.ndarray, FrameFacts], dict | None]:
    """The callable of a dotted path; `WrongProcessor` where there is none."""
    try:
        found = import_string(path)
    except Exception as error:  # whatever its module raises while it is imported
        raise WrongProcessor(f"{type(error).__name__}: {error}") from error
    if not callable(found):
        raise WrongProcessor("it is no callable")
    return found


def run(path: str, frame: FrameFacts) -> dict:
    """What the processor measures, as JSON can keep it; `WrongProcessor` where it returns anything else."""
    measures = load(path)(frame.picture(), frame)
    if measures is None:
        return {}
    if not isinstance(measures, dict):
        raise WrongProcessor(f"It returned {type(measures).__name__}, not a dict.")
    try:
        text = json.dumps(measures, allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise WrongProcessor(f"What it returned is no plain JSON: {error}") from error
    if len(text.encode()) > MOST_BYTES or "\\u0000" in text:
        raise WrongProcessor(f"What it returned is over {MOST_BYTES} bytes as JSON, or holds a zero byte.")
    return json.loads(text)


def _plain(value: object) -> object:
    """numpy's numbers and arrays as Python's."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")


NAMES = tuple(one.name for one in fields(FrameFacts) if one.name not in ("previous", "image"))
TIMES = ("taken_at", "received_at")


def as_json(frame: FrameFacts) -> dict:
    """Without image and predecessor."""
    values = {name: getattr(frame, name) for name in NAMES}
    return values | {name: values[name] and values[name].isoformat() for name in TIMES}


def from_json(values: dict, image: bytes, previous: FrameFacts | None = None) -> FrameFacts:
    times = {name: values[name] and datetime.fromisoformat(values[name]) for name in TIMES}
    return FrameFacts(**values | times, image=image, previous=previous)
