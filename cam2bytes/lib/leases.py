"""Work as rows: claim, lease, fence.

A row that can be worked on has `attempts`, `lease_until` and `last_error`. A worker claims it by a
conditional update that counts the attempt, and that update is committed *before* anything dangerous is
done with the row's bytes; a row that kills its worker is thus counted, and after `MAX_ATTEMPTS` it is
given up with a reason. The result is written by an update that asks for the same attempt number again
(the fence): a worker that lost its lease finds that nothing matches, and removes only what it made.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

MAX_ATTEMPTS = 3
# What a killed worker held waits until its lease is over; with the sweep after it, that stays within a minute.
FRAME_LEASE = timedelta(seconds=30)
RECORDING_LEASE = timedelta(seconds=30)  # renewed while the work goes on
POSTER_LEASE = timedelta(seconds=150)  # above the time limit of its task
FIRST_BACK_OFF = timedelta(seconds=20)
FAR_AHEAD = timedelta(minutes=10)  # further than any lease or rest reaches


def back_off(attempts: int) -> datetime:
    """Until when a row rests after its failed attempt number `attempts`: 20 s, 1 min, then 3 min. Trouble that
    passes, such as a store that is away for a moment, must not use up every attempt at once."""
    return timezone.now() + FIRST_BACK_OFF * 3 ** min(attempts - 1, 2)


def is_before(field: str, moment: datetime) -> Q:
    """Rows whose time in `field` lies before `moment`, or so far ahead that the clock has been set back since it
    was written: nothing may wait for a time that only a wrong clock has seen."""
    far_ahead = timezone.now() + FAR_AHEAD
    return Q(**{f"{field}__lt": moment}) | Q(**{f"{field}__gt": far_ahead})


def unleased() -> Q:
    """Rows that nobody works on now."""
    return Q(lease_until=None) | is_before("lease_until", timezone.now())


def claim(rows: QuerySet, lease: timedelta, **changes) -> int:
    """Take the free rows of `rows` for the length of `lease`, counting the attempt; how many were won."""
    return rows.filter(unleased(), attempts__lt=MAX_ATTEMPTS).update(
        attempts=F("attempts") + 1, lease_until=timezone.now() + lease, **changes
    )
