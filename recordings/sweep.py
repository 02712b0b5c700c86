"""The periodic look for forgotten work of recordings. It changes states and *returns ids*; tasks enqueue."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from cam2bytes.lib import leases
from recordings.models import LivePiece, Recording, silent_since

AT_MOST = 200
POSTER_WAIT = timedelta(seconds=20)


def seal_silent_recordings() -> int:
    """Seal open recordings whose page is gone, with what is held; how many."""
    silent = Recording.objects.filter(leases.is_before("alive_at", silent_since()), status=Recording.Status.OPEN)
    count = 0
    for recording in silent.order_by("alive_at")[:AT_MOST]:
        chunk_count = 0 if recording.highest_number is None else recording.highest_number + 1
        count += recording.seal(chunk_count, "abandoned", by=Recording.SealedBy.SWEEP)
    return count


def assemblable_recordings() -> list[UUID]:
    """Ids of recordings whose assembly may begin, or began and lost its worker."""
    ready = Recording.assemblable(silent_since()).filter(leases.unleased(), attempts__lt=leases.MAX_ATTEMPTS)
    return list(ready.order_by("sealed_at").values_list("pk", flat=True)[:AT_MOST])


def give_up_exhausted_recordings() -> int:
    """Recordings whose every attempt ended without a result fail with a reason; how many."""
    tried = Q(status__in=[Recording.Status.ASSEMBLING, Recording.Status.SEALED])
    exhausted = Recording.objects.filter(leases.unleased(), tried, attempts__gte=leases.MAX_ATTEMPTS)
    count = 0
    for recording in exhausted[:AT_MOST]:
        reason = recording.last_error or "putting the chunks in order stopped the worker each time"
        count += recording.give_up(f"given up after {leases.MAX_ATTEMPTS} attempts: {reason}")
    return count


def recordings_with_leftover_pieces() -> list[UUID]:
    """Recordings that nobody watches live any more, and still have live pieces."""
    over = LivePiece.objects.filter(recording__status__in=[Recording.Status.READY, Recording.Status.FAILED])
    return list(over.values_list("recording_id", flat=True).order_by("recording_id").distinct()[:AT_MOST])


def recordings_without_poster() -> list[UUID]:
    """Ready recordings with a picture track whose poster was forgotten, or failed and has rested."""
    waiting = Recording.without_poster().filter(leases.is_before("ready_at", timezone.now() - POSTER_WAIT))
    return list(waiting.order_by("ready_at").values_list("pk", flat=True)[:AT_MOST])
