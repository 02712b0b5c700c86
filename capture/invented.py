"""Frames that no camera took, to try a size before one has it: real rows, and real objects if they are wanted.

The objects are few pictures under many names: hard links, which take folder entries but no room. So this is for a store
that is a folder. Nothing here is synced: what was made up need not survive a power cut.
"""

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
from django.db import transaction
from django.utils import timezone

from cam2bytes.lib import images, keys
from cam2bytes.lib.digests import sha256_hex
from cam2bytes.lib.statements import Insert
from cam2bytes.lib.store import get_store
from capture.models import CaptureSession, Frame

WIDTH, HEIGHT = 1280, 720
LABEL = "made up"
ROWS_AT_ONCE = 2000
NAMES_OF_A_FILE = 60_000  # ext4 gives a file 65,000 at most
NEAR_DUPLICATES = 0.3  # of all frames
DICE = random.Random()  # noqa: S311 - nothing secret

_insert = Insert(
    Frame, "capture", "number", "status", "image", "thumbnail", "content_type", "size_bytes", "sha256", "width",
    "height", "taken_at", "received_at", "sharpness", "brightness", "perceptual_hash", "near_duplicate",
)  # fmt: skip


class Pictures:
    """One picture and its thumbnail, put under as many keys as are asked for; without `with_files` only named."""

    def __init__(self, with_files: bool):
        rising = np.tile(np.linspace(40, 220, WIDTH, dtype=np.uint8), (HEIGHT, 1))
        picture = np.dstack([rising, np.full_like(rising, 128), 255 - rising])
        self.image = images.make_thumbnail(images.shrink(picture))  # a small file does: what is tried is their number
        self.sha256 = sha256_hex(self.image)
        self._with_files = with_files
        self._source = Path()
        self._names_left = 0

    def put(self, key: str) -> str:
        if self._with_files:
            path = get_store().local_path(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._link(path)
        return key

    def _link(self, path: Path) -> None:
        if self._names_left == 0:
            path.write_bytes(self.image)
            self._source, self._names_left = path, NAMES_OF_A_FILE
        else:
            os.link(self._source, path)
        self._names_left -= 1


def invent(owner, frames: int, captures: int, fps: float, with_files: bool) -> Iterator[int]:
    """Make so many frames, spread evenly over so many capture sessions of `owner`, one after the other up to now.
    Yields how many there are so far, after each transaction."""
    pictures, made = Pictures(with_files), 0
    sizes = [frames // captures + (place < frames % captures) for place in range(captures)]
    begin = timezone.now() - timedelta(seconds=frames / fps + captures)
    for place, size in enumerate(sizes):
        for made_here in _one(owner, f"Made up {place + 1}", begin, size, fps, pictures):
            yield made + made_here
        made += size
        begin += timedelta(seconds=size / fps + 1)


def _one(owner, name: str, begin: datetime, size: int, fps: float, pictures: Pictures) -> Iterator[int]:
    end = begin + timedelta(seconds=max(size - 1, 0) / fps)
    capture = CaptureSession.objects.create(
        owner=owner, name=name, device_name="no camera", labels=[LABEL], requested_fps=fps, width=WIDTH, height=HEIGHT,
        content_type="image/jpeg", status=CaptureSession.Status.CLOSED, started_at=begin, alive_at=end, closed_at=end,
        end_reason="stopped", expected_frame_count=size, dropped_count=0,
    )  # fmt: skip
    rows = (_row(capture, number, begin + timedelta(seconds=number / fps), pictures) for number in count())
    for start in range(0, size, ROWS_AT_ONCE):
        some = [next(rows) for _ in range(min(ROWS_AT_ONCE, size - start))]
        with transaction.atomic():
            _insert(some)
            done = start + len(some)
            CaptureSession.objects.filter(pk=capture.pk).update(
                frame_count=done, ready_count=done, size_bytes=done * len(pictures.image),
                first_taken_at=begin, last_taken_at=some[-1][10],
            )  # fmt: skip
        yield done


def _row(capture: CaptureSession, number: int, taken_at: datetime, pictures: Pictures) -> tuple:
    """In the order of `_insert`."""
    return (
        capture.pk, number, Frame.Status.READY,
        pictures.put(keys.frame_key(capture.pk, number, pictures.sha256, "image/jpeg")),
        pictures.put(keys.thumbnail_key(capture.pk, number)),
        "image/jpeg", len(pictures.image), pictures.sha256, WIDTH, HEIGHT, taken_at,
        taken_at + timedelta(milliseconds=300),
        DICE.lognormvariate(5, 1), DICE.uniform(40, 200), f"{DICE.getrandbits(64):016x}",
        DICE.random() < NEAR_DUPLICATES,
    )  # fmt: skip
