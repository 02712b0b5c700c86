"""Guessing passwords is slowed down: after 20 wrong ones for an account from one address, 15 minutes of rest.

Counted in the database, so that every web process sees the same number. The address is part of the key,
so that nobody can lock somebody else out from afar.
"""

import datetime as dt
import hashlib

from django.db.models import F
from django.utils import timezone

from cam2bytes.accounts.models import WrongSignIns

MOST_WRONG = 20
WINDOW = dt.timedelta(minutes=15)


def seconds_to_wait(account: str, address: str) -> int:
    """0 when another try is allowed, else how long to wait."""
    row = WrongSignIns.objects.filter(key=_key(account, address), count__gte=MOST_WRONG).first()
    if row is None:
        return 0
    return max(0, round((row.since + WINDOW - timezone.now()).total_seconds()))


def count_wrong(account: str, address: str) -> None:
    now = timezone.now()
    key = _key(account, address)
    WrongSignIns.objects.filter(since__lte=now - WINDOW).delete()
    WrongSignIns.objects.get_or_create(key=key, defaults={"since": now})
    WrongSignIns.objects.filter(key=key).update(count=F("count") + 1)


def forget_wrong(account: str, address: str) -> None:
    WrongSignIns.objects.filter(key=_key(account, address)).delete()


def _key(account: str, address: str) -> str:
    named = f"{account.strip().casefold()}\n{address}"
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()
