"""What happens to a capture session and its frames on the way in: start, keep, close, delete.

A frame is kept in this order: judged by its bytes, object durable in the store, row committed, worker
told, receipt. Only then may the browser forget it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction

from cam2bytes.accounts import tombstones
from cam2bytes.accounts.storemark import require_own_store
from cam2bytes.lib import imageheads, keeping, keys, quarantine
from cam2bytes.lib.digests import sha256_hex
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.receipts import Receipt
from cam2bytes.lib.room import require_room
from cam2bytes.lib.starting import start_once
from capture import arriving, removing, tasks
from capture.models import CaptureSession, Frame
from capture.schemas import CaptureIn, IncomingFrame, Refused


@dataclass
class _Judged:
    """A frame that may be kept: its facts by its own bytes, and the key it will lie under."""

    incoming: IncomingFrame
    sha256: str
    content_type: str
    width: int
    height: int
    key: str = field(default="")


def start_capture(owner, values: CaptureIn, token=None) -> tuple[CaptureSession, bool]:
    """(the capture session, whether it is new); starting again with the same client_id finds the first."""
    require_room(running=False)
    return start_once(CaptureSession, owner, token, values.dict())


def receive_frame(capture: CaptureSession, incoming: IncomingFrame) -> Receipt:
    """Keep one frame; Problem when it is refused."""
    (outcome,) = receive_frames(capture, [incoming])
    if isinstance(outcome, Refused):
        raise outcome.problem
    return outcome


def receive_frames(capture: CaptureSession, incoming: Iterable[IncomingFrame | Refused]) -> list[Receipt | Refused]:
    """Keep frames behind one durable barrier, one transaction and one task; outcomes in the order given.

    What was refused before is passed through. Raises Problem when the capture session as a whole cannot
    take frames (deleted, no room), StoreError when the store cannot keep them: then none is kept.
    """
    judged = [_judge(item) for item in incoming]
    good = [item for item in judged if isinstance(item, _Judged)]
    if good:
        require_own_store()
        require_room(running=True)
    held = _held(capture, good)
    buried = tombstones.buried_frames(capture.pk, [item.incoming.number for item in good])
    new = _first_of_each_number(item for item in good if item.incoming.number not in held.keys() | buried)
    inserted = _keep(capture, new) if new else set()
    if len(inserted) < len(good):
        held |= _held(capture, good)
    return [_outcome(capture, item, inserted, held, buried) for item in judged]


def _keep(capture: CaptureSession, new: list[_Judged]) -> set[str]:
    """Objects, rows, hint; the keys of those whose number was still free."""
    for item in new:
        item.key = keys.frame_key(capture.pk, item.incoming.number, item.sha256, item.content_type)
    ids: list[int] = []
    objects = [(item.key, item.incoming.data) for item in new]
    inserted = keeping.keep(keeping.Upload(capture.pk, objects, commit=lambda: _insert(capture, new, ids)))
    transaction.on_commit(lambda: tasks.enqueue_uploaded(ids), robust=True)
    return inserted


def _judge(item: IncomingFrame | Refused) -> _Judged | Refused:
    """What the bytes say about themselves, or why they are refused."""
    if isinstance(item, Refused):
        return item
    try:
        if not item.data:
            raise Problem("empty")
        if len(item.data) > settings.CAM2BYTES_MAX_FRAME_BYTES:
            raise Problem("too-large", f"A frame may hold at most {settings.CAM2BYTES_MAX_FRAME_BYTES} bytes.")
        sha256 = sha256_hex(item.data)
        if item.sha256 and item.sha256 != sha256:
            raise Problem("digest-mismatch")
        if not imageheads.sniff(item.data):
            raise Problem("unsupported-type", "A frame is a JPEG, WebP or PNG image.")
        return _Judged(item, sha256, *imageheads.read_header(item.data))
    except imageheads.BadImage as bad:
        return Refused(item.number, Problem("bad-image", str(bad)))
    except Problem as problem:
        return Refused(item.number, problem)


def _held(capture: CaptureSession, good: list[_Judged]) -> dict[int, str]:
    """{number: digest} of those numbers that have a row."""
    return arriving.held(capture.pk, [item.incoming.number for item in good])


def _first_of_each_number(items: Iterable[_Judged]) -> list[_Judged]:
    first: dict[int, _Judged] = {}
    for item in items:
        first.setdefault(item.incoming.number, item)
    return list(first.values())


def _insert(capture: CaptureSession, new: list[_Judged], ids: list[int]) -> set[str]:
    """A row for each object whose number is still free, its id collected in `ids`; the keys that got one."""
    # Writers of one capture session wait for each other here, so the numbers seen free stay free.
    if not arriving.lock(capture.pk):
        raise Problem("deleted")
    numbers = [item.incoming.number for item in new]
    taken = _held(capture, new).keys() | tombstones.buried_frames(capture.pk, numbers)
    free = [item for item in new if item.incoming.number not in taken]
    ids[:] = arriving.insert(capture.pk, free) if free else []
    return {item.key for item in free}


def _outcome(
    capture: CaptureSession,
    item: _Judged | Refused,
    inserted: set[str],
    held: dict[int, str],
    buried: set[int],
) -> Receipt | Refused:
    if isinstance(item, Refused):
        return item
    number = item.incoming.number
    if number in buried:
        return Refused(number, Problem("deleted"))
    if item.key not in inserted and held.get(number) != item.sha256:
        quarantine.set_aside(capture.key_prefix, number, item.sha256, item.incoming.data)
        return Refused(number, Problem("number-conflict"))
    return Receipt(number, len(item.incoming.data), item.sha256, 201 if item.key in inserted else 200)


# Afterwards --------------------------------------------------------------------------------------


def delete_capture(capture: CaptureSession) -> None:
    """Gone from every list when this returns; a tombstone stays, so that late uploads get 410. The rows of up to a
    thousand frames go now and their objects right after the commit; the rest of a larger one goes slice by slice."""
    with transaction.atomic():
        if not removing.begin(capture):
            return
        _, tombstone = removing.remove_rows(capture.pk)
        if tombstone:
            transaction.on_commit(lambda: tasks.enqueue_purge(tombstone), robust=True)
        else:
            transaction.on_commit(lambda: tasks.enqueue_removals([capture.pk]), robust=True)


def delete_frame(capture: CaptureSession, number: int) -> None:
    """The row goes now, its objects right after the commit; a tombstone stays, so a late upload gets 410.

    A number that is not held and never was: Problem 404. One that was deleted before: nothing to do.
    """
    with transaction.atomic():
        frame = Frame.objects.select_for_update().filter(capture_id=capture.pk, number=number).first()
        if frame is None:
            if number in tombstones.buried_frames(capture.pk, [number]):
                return
            raise Problem("not-found", "There is no such frame.")
        frame_id = tombstones.frame_id(capture.pk, number)
        starts = keys.frame_starts(capture.pk, number)
        tombstone = tombstones.bury("frame", frame_id, capture.owner, keys=starts)
        frame.delete()
        capture.count_removed(frame)
        transaction.on_commit(lambda: tasks.enqueue_purge(tombstone), robust=True)
