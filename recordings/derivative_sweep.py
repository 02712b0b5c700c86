"""The periodic look for derivatives that are wanted and that nobody makes. It changes states and *returns ids*."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from cam2bytes.lib import leases
from recordings.derivative import Derivative
from recordings.models import Recording

AT_MOST = 50
OFFERED_AGAIN_AFTER = timedelta(seconds=20)
"""A step that waits behind other work must not be offered again and again meanwhile."""


def forgotten_derivatives() -> list[int]:
    """Ids of what can be made now and was not offered lately: new wishes, and what lost its worker."""
    give_up_exhausted()
    renew(Recording.objects.all())
    rested = leases.is_before("offered_at", timezone.now() - OFFERED_AGAIN_AFTER)
    return _offered(Derivative.makeable().filter(rested))


def derivatives_after(recording_id: UUID) -> list[int]:
    """Ids of what can be made for a recording whose video or poster is new."""
    renew(Recording.objects.filter(pk=recording_id))
    return _offered(Derivative.makeable().filter(recording_id=recording_id))


def _offered(rows) -> list[int]:
    free = rows.filter(leases.unleased(), attempts__lt=leases.MAX_ATTEMPTS)
    found = list(free.order_by("offered_at").values_list("pk", flat=True)[:AT_MOST])
    Derivative.objects.filter(pk__in=found).update(offered_at=timezone.now())
    return found


def renew(recordings) -> None:
    """What was made of a video that has been replaced is wanted again; every video with a poster wants a sprite."""
    for derivative in Derivative.stale().filter(recording__in=recordings)[:AT_MOST]:
        derivative.make_again()
    bare = recordings.filter(status=Recording.Status.READY).exclude(poster="")
    bare = bare.exclude(derivatives__kind=Derivative.Kind.SPRITE)
    for recording_id in bare.order_by("-ready_at").values_list("pk", flat=True)[:AT_MOST]:
        Derivative.objects.get_or_create(recording_id=recording_id, kind=Derivative.Kind.SPRITE)


def give_up_exhausted() -> None:
    """What ended every attempt without a result fails with a reason, and so does what nothing can be made from."""
    no_video = Q(recording__status=Recording.Status.FAILED, recording__video="")
    exhausted = Q(attempts__gte=leases.MAX_ATTEMPTS)
    for derivative in Derivative.unfinished().filter(leases.unleased(), no_video | exhausted)[:AT_MOST]:
        if derivative.attempts < leases.MAX_ATTEMPTS:
            derivative.give_up("there is no video")
            continue
        reason = derivative.last_error or "making it stopped the worker each time"
        derivative.give_up(f"given up after {leases.MAX_ATTEMPTS} attempts: {reason}")
