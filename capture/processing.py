"""The worker's side of a frame: decoding is the proof that it is an image. What is made from it: `deriving`."""

import logging
import time

from django.db import transaction
from django.db.models import F

from cam2bytes.lib import imageproof
from cam2bytes.lib.imageheads import BadImage
from cam2bytes.lib.store import ObjectMissing, StoreError, get_store
from capture.models import CaptureSession, Frame

log = logging.getLogger(__name__)


def ensure_judged(frame_ids: list[int], enough_seconds: float) -> list[int]:
    """Bring frames to ready, or to rejected with a reason; the ids that there was no time for.

    Doing it twice is fine: who finds nothing to claim leaves. The attempt is committed before any byte is touched, so
    a frame that kills its worker is counted and given up in the end. Frames that nobody has tried go together, behind
    two commits; who was tried before goes alone. So a poisonous frame takes its neighbours along once at most.
    """
    until = time.monotonic() + enough_seconds
    untried = Frame.claim_untried(frame_ids)
    unreached = _judge_together(untried, until)
    if len(untried) < len(frame_ids):
        for frame_id in Frame.tried_before(frame_ids):
            if unreached or time.monotonic() > until:
                unreached.append(frame_id)
            elif frame := Frame.claim(frame_id):
                _judge_together([frame], until)
    return unreached


def _judge_together(frames: list[Frame], until: float) -> list[int]:
    """Judge claimed frames, the first in any case; the ids of those given back unjudged."""
    good: list[Frame] = []
    unreached: list[Frame] = []
    for place, frame in enumerate(frames):
        if place and time.monotonic() > until:
            unreached = frames[place:]
            break
        if _is_proven(frame):
            good.append(frame)
    if good:
        with transaction.atomic():
            Frame.mark_ready(good)
    if unreached:
        Frame.give_back(unreached)
    return [frame.pk for frame in unreached]


def _is_proven(frame: Frame) -> bool:
    """Whether it decodes; its width and height are then those of the upright picture. Else it is rejected here, or
    given back for a rest."""
    try:
        frame.width, frame.height = imageproof.prove(get_store().read(frame.image.name))
        return True
    except BadImage as bad:
        _reject(frame, str(bad))
    except ObjectMissing:
        _reject(frame, "The file is missing from the store.")
    except StoreError as error:
        frame.release(f"The store could not be read: {error}")
    except Exception as error:  # its neighbours have done nothing wrong
        log.exception("frame %s could not be judged", frame.pk)
        frame.release(f"{type(error).__name__}: {error}")
    return False


def _reject(frame: Frame, reason: str) -> None:
    with transaction.atomic():
        frame.mark_rejected(reason)


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
