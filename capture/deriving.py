"""What follows `ready`: everything about a frame that can be made again from its image."""

import numpy as np
from django.conf import settings

from cam2bytes.lib import images, keys, measures
from cam2bytes.lib.store import StoreError, get_store
from capture import measuring
from capture.models import Frame


def ensure_derived(frame_id: int) -> None:
    """Give one `ready` frame its thumbnail and its measures.

    Doing it twice is fine: who finds nothing to claim leaves. Who fails gives the frame back, and the sweep offers
    it again after a rest; the frame stays `ready`, whatever becomes of this.
    """
    frame = Frame.claim_derivation(frame_id)
    if frame is None:
        return
    try:
        _derive(frame, images.decode_small(get_store().read(frame.image.name), frame.width, frame.height))
    except images.BadImage as bad:
        frame.release(str(bad))
    except StoreError as error:
        frame.release(f"The store could not be read: {error}")


def _derive(frame: Frame, picture: np.ndarray) -> None:
    """Thumbnail and measures of a claimed frame. `picture`: BGR, uint8, upright, at least as large as a thumbnail."""
    store, small = get_store(), images.shrink(picture)
    key = keys.thumbnail_key(frame.capture_id, frame.number)
    try:
        store.keep(key, images.make_thumbnail(small))
    except StoreError as error:
        frame.release(f"The thumbnail could not be kept: {error}")
        return
    if not frame.attach_derived(key, measures.measure(small), bool(settings.CAM2BYTES_FRAME_PROCESSORS)):
        store.delete(key)  # a twin was faster, or the frame was deleted


def measure_again(frame: Frame) -> bool:
    """Measure a frame that has its thumbnail already; whether it could be read."""
    try:
        picture = images.decode_small(get_store().read(frame.image.name), frame.width, frame.height)
    except (images.BadImage, StoreError):
        return False
    return frame.attach_measures(measures.measure(images.shrink(picture)))


def settle(frame_ids: list[int]) -> None:
    """Say of frames that were derived together which are near-duplicates; once for all of them, as it takes the rows
    of their capture sessions. Where a worker dies before it, the sweep does it."""
    measuring.judge(Frame.unjudged().filter(pk__in=frame_ids).values_list("capture", flat=True).distinct())
