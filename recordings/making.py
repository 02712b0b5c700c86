"""The worker's side of derivatives: a part at a time, then the whole.

One call makes one part of a long derivative, or joins the parts: whatever else waits for the worker comes in
between, no time limit is met, and who goes on after a crash has lost one part. The claim commits the attempt
before a byte is read; what is made counts only if the row is still this turn's, and its video still the same.
"""

import logging
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av

from cam2bytes.lib import keys, leases, mp4slices, stills
from cam2bytes.lib.renewal import LeaseLost, lease_renewed
from cam2bytes.lib.sprites import make_sprite
from cam2bytes.lib.store import StoreError, get_store
from cam2bytes.lib.video import BadVideo, probe
from cam2bytes.lib.windows import Window
from recordings.derivative import Derivative

log = logging.getLogger(__name__)

PART_MS = 10_000
PROGRESS_SECONDS = 1
Kind = Derivative.Kind


def make(derivative_id: int) -> bool:
    """Go one step on; whether there is another to take at once."""
    row = Derivative.claim(derivative_id)
    if row is None:
        return False
    try:
        with lease_renewed(row, leases.RECORDING_LEASE) as lost:
            return _step(row, lost)
    except BadVideo as bad:
        row.mark_failed(str(bad))
    except LeaseLost:
        log.info("derivative %s: cancelled, or another goes on", derivative_id)
    except StoreError as error:
        row.release(f"the store failed: {error}")
    except (av.FFmpegError, OSError) as error:
        row.release(f"the disk or the encoder failed: {error.strerror}")
    return False


def _step(row: Derivative, lost: threading.Event) -> bool:
    if row.source != row.recording.video.name:
        _remove(row.begin(row.recording.video.name))
    if row.kind == Kind.SPRITE:
        _make_sprite(row)
        return False
    if row.kind == Kind.MP4 and "plan" not in row.facts:
        with get_store().open(row.source) as file:
            row.note_plan(mp4slices.prepare(file))
    number = row.parts.count()
    if number < _part_count(row):
        return _make_part(row, number, lost)
    _join(row, lost)
    return False


def _make_sprite(row: Derivative) -> None:
    with get_store().open(row.source) as file:
        sprite = make_sprite(file, row.recording.duration_ms)
    key = keys.derivative_key(row.key_prefix, "image/jpeg")
    get_store().keep(key, sprite.sheet)
    facts = {"tile": sprite.tile, "count": sprite.count, "step_ms": sprite.step_ms}
    _publish(row, key, "image/jpeg", len(sprite.sheet), facts)


# Parts -------------------------------------------------------------------------------------------


def _part_count(row: Derivative) -> int:
    if row.kind == Kind.MP4 and not mp4slices.needs_slices(row.facts["plan"]):
        return 0
    return max(-(-row.recording.duration_ms // PART_MS), 1)


def _window(row: Derivative, number: int) -> Window:
    end_ms = min((number + 1) * PART_MS, row.recording.duration_ms)
    return Window(Fraction(number * PART_MS, 1000), Fraction(end_ms, 1000))


def _make_part(row: Derivative, number: int, lost: threading.Event) -> bool:
    store = get_store()
    window, progress = _window(row, number), _Progress(row, lost)
    before = row.parts.order_by("-number").values_list("facts", flat=True).first() or {}
    temp = store.temp_path()
    try:
        with store.open(row.source) as file:
            facts = _write_part(row, file, temp, window, before, progress)
        size_bytes, key = temp.stat().st_size, keys.derivative_part_key(row.key_prefix, number)
        store.keep_file(key, temp)
    finally:
        temp.unlink(missing_ok=True)
    if row.add_part(number, key, size_bytes, facts, int(window.end * 1000), progress.worked_ms):
        return True
    store.delete(key)
    return False


def _write_part(row: Derivative, file: BinaryIO, path: Path, window: Window, before: dict, progress) -> dict:
    if row.kind == Kind.MP4:
        return mp4slices.write_slice(file, path, row.facts["plan"], window, before, progress.tick)
    return stills.write_slice(file, path, float(row.fps), window, before, progress.tick)


class _Progress:
    """Tells the row how far its part has come; stops the work once the row is somebody else's, or gone."""

    def __init__(self, row: Derivative, lost: threading.Event):
        self._row, self._lost = row, lost
        self._begun = self._said = time.monotonic()
        self._done_ms = row.done_ms

    @property
    def worked_ms(self) -> int:
        return self._row.worked_ms + round((time.monotonic() - self._begun) * 1000)

    def tick(self, moment: Fraction) -> None:
        """Raises `LeaseLost`."""
        if self._lost.is_set():
            raise LeaseLost
        now = time.monotonic()
        if now - self._said < PROGRESS_SECONDS:
            return
        self._said, self._done_ms = now, max(self._done_ms, int(moment * 1000))
        if not self._row.note_progress(self._done_ms, self.worked_ms):
            raise LeaseLost


# The whole ---------------------------------------------------------------------------------------


def _join(row: Derivative, lost: threading.Event) -> None:
    store = get_store()
    temp = store.temp_path()
    try:
        if row.kind == Kind.MP4:
            with store.open(row.source) as file:
                mp4slices.join(file, _parts(row, lost), temp, row.facts["plan"])
            content_type, facts = probe(temp).content_type, {}
        else:
            stills.join((file for file, _ in _parts(row, lost)), temp)
            last = row.parts.order_by("-number").values_list("facts", flat=True).first()
            content_type, facts = "application/zip", {"count": last["count"]}
        size_bytes, key = temp.stat().st_size, keys.derivative_key(row.key_prefix, content_type)
        store.keep_file(key, temp)
    finally:
        temp.unlink(missing_ok=True)
    _publish(row, key, content_type, size_bytes, facts)


def _parts(row: Derivative, lost: threading.Event) -> Iterator[tuple[BinaryIO, dict]]:
    """Each part, open for as long as it is the one that is read, and its facts."""
    for key, facts in list(row.parts.order_by("number").values_list("file", "facts")):
        if lost.is_set():
            raise LeaseLost
        with get_store().open(key) as file:
            yield file, facts


def _publish(row: Derivative, key: str, content_type: str, size_bytes: int, facts: dict) -> None:
    """Make the object the row's file, if the row is still ours; remove what nobody needs any more."""
    gone = row.mark_ready(key, content_type, size_bytes, facts)
    _remove([key] if gone is None else gone)


def _remove(gone: list[str]) -> None:
    store = get_store()
    try:
        for key in gone:
            store.delete(key)
    except StoreError as error:  # checkmedia finds what stays behind
        log.warning("not removed: %s", error)
