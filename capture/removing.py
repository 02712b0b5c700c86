"""Deleting a capture session, however many frames it has.

    marked        gone from every list, its uploads get 410; a tombstone says what has to go
    slice by slice   the rows of up to a thousand frames, those of one folder, in a transaction of their own;
                     after its commit, that folder
    the last slice   takes the row of the capture session too; what is left under its prefix goes by its tombstone

Rows of a hundred thousand frames in one transaction would hold up every upload for seconds. Each slice finds out for
itself where to go on, so it does not matter who dies when, or whether two work at it. Rows go before their objects:
who makes a thumbnail meanwhile finds no row to attach it to, and takes it away.
"""

import logging
from uuid import UUID

from django.db import transaction

from cam2bytes.accounts import tombstones
from cam2bytes.accounts.models import Tombstone
from cam2bytes.lib import keys
from cam2bytes.lib.store import StoreError, get_store
from capture.models import CaptureSession, Frame

log = logging.getLogger(__name__)


def begin(capture: CaptureSession) -> bool:
    """Mark it and write its tombstone, in the caller's transaction; False when somebody was faster."""
    if not capture.mark_deleted():
        return False
    tombstones.bury("capture", capture.pk, capture.owner, prefix=capture.key_prefix, rows_left=True)
    return True


def remove_slice(capture_id: UUID) -> Tombstone | None:
    """Remove the first slice of what is left, rows and objects; the tombstone once no row is left."""
    first_number, tombstone = remove_rows(capture_id)
    if first_number is not None and tombstone is None:  # else all that is left goes at once, by the tombstone
        _remove_objects(capture_id, first_number)
    return tombstone


@transaction.atomic
def remove_rows(capture_id: UUID) -> tuple[int | None, Tombstone | None]:
    """(the first number removed, None where there was none; the tombstone, once no row is left)."""
    capture = CaptureSession.removing().select_for_update().filter(pk=capture_id).first()
    if capture is None:
        return None, tombstones.find(capture_id)
    frames = Frame.objects.filter(capture=capture_id)
    first = _first_number(frames)
    if first is not None:
        folder_end = (first // keys.FOLDER_SIZE + 1) * keys.FOLDER_SIZE
        slice_ = frames.filter(number__lt=folder_end)
        capture.count_slice(slice_._raw_delete(slice_.db))  # nothing refers to frames: no need to load them
    if _first_number(frames) is not None:
        return first, None
    capture.delete()
    return first, tombstones.rows_are_gone(capture_id)


def _first_number(frames) -> int | None:
    return frames.order_by("number").values_list("number", flat=True).first()


def _remove_objects(capture_id: UUID, number: int) -> None:
    """The folders that hold the objects of frame `number` and of those whose rows went with it."""
    try:
        for prefix in keys.frame_folders(capture_id, number):
            get_store().delete_prefix(prefix)
    except StoreError as error:
        log.warning("deleted capture session %s: %s. Its tombstone takes the rest.", capture_id, error)
