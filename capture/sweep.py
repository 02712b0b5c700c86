"""The periodic look for forgotten work of capture. It changes states and *returns ids*; tasks enqueue."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cam2bytes.lib import leases
from capture.models import CaptureSession, Frame

FORGOTTEN_AFTER = timedelta(seconds=20)
AT_MOST = 2000
SILENT_INTERVALS = 3


def forgotten_frames() -> list[int]:
    """Ids of frames with work left that nobody holds and that had their time in the queue."""
    waiting = Frame.waiting().filter(
        leases.unleased(),
        leases.is_before("received_at", timezone.now() - FORGOTTEN_AFTER),
        attempts__lt=leases.MAX_ATTEMPTS,
    )
    return list(waiting.order_by("received_at").values_list("pk", flat=True)[:AT_MOST])


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
