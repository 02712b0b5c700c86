"""What people and programs ask to be made from a recording, and what they want no longer."""

from decimal import Decimal

from django.db import transaction

from cam2bytes.accounts import tombstones
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.room import require_room
from recordings import tasks
from recordings.derivative import EVERY_PICTURE, Derivative, why_not_applicable
from recordings.models import Recording


def ask_for(recording: Recording, kind: str, fps: Decimal = EVERY_PICTURE) -> tuple[Derivative, bool]:
    """(the derivative, whether it is new). What is there or in work stays as it is; what failed is tried again.

    Problem `not-ready` before there is a video, `not-applicable` where this cannot be made of it.
    """
    if not recording.video:
        raise Problem("not-ready")
    if why_not := why_not_applicable(recording, kind, fps):
        raise Problem("not-applicable", why_not)
    require_room(running=False)
    with transaction.atomic():
        derivative, created = Derivative.objects.get_or_create(recording=recording, kind=kind, fps=fps)
        if derivative.status == Derivative.Status.FAILED:
            derivative.make_again()
            derivative.refresh_from_db()
        if derivative.is_unfinished:
            transaction.on_commit(lambda: tasks.enqueue_derivatives([derivative.pk]), robust=True)
    derivative.refresh_from_db()
    return derivative, created


def discard(derivative: Derivative) -> None:
    """Cancel it, or remove it: the row now, its objects right after the commit."""
    with transaction.atomic():
        name = f"{derivative.recording_id}/derivatives/{derivative.pk}"
        tombstone = tombstones.bury("derivative", name, derivative.recording.owner, prefix=derivative.key_prefix)
        Derivative.objects.filter(pk=derivative.pk).delete()
        transaction.on_commit(lambda: tasks.enqueue_purge(tombstone), robust=True)
