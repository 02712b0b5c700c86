"""Tasks of the accounts app. Ids only; the tombstones themselves say what is to be done."""

import datetime as dt

from celery import shared_task

from cam2bytes.accounts import tombstones
from cam2bytes.lib.hints import offer

OVERDUE = dt.timedelta(seconds=20)
AT_ONCE = 50


@shared_task(name="accounts.purge")
def purge(tombstone_ids: list[int]) -> None:
    """Delete the objects of what was deleted."""
    for tombstone_id in tombstone_ids:
        tombstones.purge(tombstone_id)


@shared_task(name="accounts.sweep")
def sweep() -> None:
    """Find deletions whose objects still lie there, because the hint was lost or the store was away."""
    overdue = tombstones.unpurged(OVERDUE)
    for start in range(0, len(overdue), AT_ONCE):
        offer(purge, overdue[start : start + AT_ONCE])
