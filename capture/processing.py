"""The worker's side of a frame: decoding is the proof that it is an image; the thumbnail follows."""

import logging

from django.db import transaction
from django.db.models import F

from cam2bytes.lib import images, keys
from cam2bytes.lib.store import ObjectMissing, StoreError, get_store
from capture.models import CaptureSession, Frame

log = logging.getLogger(__name__)


def ensure_processed(frame_id: int) -> None:
    """Bring one frame to ready with a thumbnail, or to rejected with a reason.

    Doing it twice is fine: who finds nothing to claim leaves. The attempt is committed before the bytes
    are touched, so a frame that kills its worker is counted and given up in the end.
    """
    frame = Frame.claim(frame_id)
    if frame is None:
        return
    try:
        picture = images.decode(get_store().read(frame.image.name))
    except images.BadImage as bad:
        with transaction.atomic():
            frame.mark_rejected(str(bad))
        return
    except ObjectMissing:
        with transaction.atomic():
            frame.mark_rejected("The file is missing from the store.")
        return
    except StoreError as error:
        frame.release(f"The store could not be read: {error}")
        return
    height, width = picture.shape[:2]
    with transaction.atomic():
        frame.mark_ready(width, height)
    _attach_thumbnail(frame, picture)


def _attach_thumbnail(frame: Frame, picture) -> None:
    store = get_store()
    key = keys.thumbnail_key(frame.capture_id, frame.number)
    try:
        store.keep(key, images.make_thumbnail(picture))
    except StoreError as error:
        frame.release(f"The thumbnail could not be kept: {error}")
        return
    if not frame.attach_thumbnail(key):
        store.delete(key)  # a twin was faster, or the frame was deleted


def forget_results(frame_ids: list[int]) -> int:
    """ready, rejected -> stored, so that the frames are judged anew; how many."""
    count = 0
    for frame in Frame.objects.filter(pk__in=frame_ids).exclude(status=Frame.Status.STORED):
        with transaction.atomic():
            own = Frame.objects.filter(pk=frame.pk, status=frame.status)
            if own.update(status=Frame.Status.STORED, reason="", attempts=0, lease_until=None, last_error=""):
                name = f"{frame.status}_count"
                CaptureSession.objects.filter(pk=frame.capture_id).update(**{name: F(name) - 1})
                count += 1
    Frame.objects.filter(pk__in=frame_ids, status=Frame.Status.STORED).update(attempts=0, lease_until=None)
    return count
