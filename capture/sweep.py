"""The periodic look for forgotten work of capture. It changes states and *returns ids*; tasks enqueue."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cam2bytes.lib import leases
from capture.models import CaptureSession, Frame

FORGOTTEN_AFTER = timedelta(seconds=20)
AT_MOST = 2000
SILENT_INTERVALS = 3


def forgotten_frames() -> list[int]:
    """Ids of frames not judged yet that nobody holds and that had their time in the queue."""
    return _forgotten(Frame.waiting())


def underived_frames() -> list[int]:
    """The same of ready frames of which not all is made that can be made again."""
    return _forgotten(Frame.underived())


def _forgotten(frames: QuerySet[Frame]) -> list[int]:
    free = frames.filter(
        leases.unleased(),
        leases.is_before("received_at", timezone.now() - FORGOTTEN_AFTER),
        attempts__lt=leases.MAX_ATTEMPTS,
    )
    return list(free.order_by("received_at").values_list("pk", flat=True)[:AT_MOST])


def unprocessed_frames() -> list[int]:
    """Ids of frames on which the frame processors are still to run."""
    return _forgotten(Frame.unprocessed())


def forgotten_removals() -> list[UUID]:
    """Ids of deleted capture sessions of which frames are left, and which nobody removes now."""
    return CaptureSession.forgotten_removals(FORGOTTEN_AFTER)


def give_up_unprocessed_frames() -> int:
    """Frames that stopped the worker each time are processed no more; how many."""
    exhausted = Frame.unprocessed().filter(leases.unleased(), attempts__gte=leases.MAX_ATTEMPTS)
    failure = {"failure": f"Given up after {leases.MAX_ATTEMPTS} attempts."}
    outcomes = dict.fromkeys(settings.CAM2BYTES_FRAME_PROCESSORS, failure)
    return exhausted.update(processed=outcomes, to_process=False, attempts=0, lease_until=None)


def captures_in_doubt() -> list[UUID]:
    """Ids of capture sessions with frames of which it is to be said whether they are near-duplicates."""
    return list(Frame.unjudged().order_by().values_list("capture", flat=True).distinct()[:AT_MOST])


def give_up_exhausted_frames() -> int:
    """Frames whose every attempt ended without a result are rejected with a reason; how many."""
    exhausted = Frame.objects.filter(leases.unleased(), status=Frame.Status.STORED, attempts__gte=leases.MAX_ATTEMPTS)
    count = 0
    for frame in exhausted[:AT_MOST]:
        reason = frame.last_error or "Decoding it stopped the worker each time."
        with transaction.atomic():
            count += frame.mark_rejected(f"Given up after {leases.MAX_ATTEMPTS} attempts. {reason}")
    return count


def close_silent_captures() -> int:
    """Close open capture sessions whose page has been silent: for the abandoned time, or for three of
    their own intervals where those are longer; how many."""
    now = timezone.now()
    patience = timedelta(seconds=settings.CAM2BYTES_ABANDONED_AFTER)
    is_silent = leases.is_before("alive_at", now - patience)
    silent = CaptureSession.objects.filter(is_silent, status=CaptureSession.Status.OPEN)
    count = 0
    for capture in silent.order_by("alive_at")[:AT_MOST]:
        interval = timedelta(seconds=1 / capture.requested_fps) if capture.requested_fps else timedelta()
        if abs(now - capture.alive_at) > max(patience, SILENT_INTERVALS * interval):  # either way: the clock may be set
            count += capture.close("abandoned")
    return count
