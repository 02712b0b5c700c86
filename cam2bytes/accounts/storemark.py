"""The mark that says which database a store belongs to.

A folder that is not mounted, a bucket that was swapped, a database restored beside other media: bytes would go
where nobody finds them again, and the look for objects without rows would take all for forgotten. So the store
holds an object `cam2bytes` with an id that the database knows too, made with the first upload, and nothing is
kept or swept where the two do not agree.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from cam2bytes.accounts.models import StoreMark
from cam2bytes.lib.leases import is_before
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.store import ObjectMissing, StoreError, get_store

KEY = "cam2bytes"
ROOMS = ("captures/", "recordings/")
CHECKED_EVERY = timedelta(days=1)
TRUSTED_SECONDS = 30  # in a bucket, where looking costs a request, a mark that was seen is trusted for that long


class ForeignStore(StoreError):
    """The store belongs to another database, or is not the one that this database's rows speak of."""


@dataclass
class _Seen:
    """The mark that this process saw last, on both sides, and until when it need not look again."""

    store: object = None
    mark: uuid.UUID | None = None
    trusted_until: float = 0.0


_seen = _Seen()


def require_own_store() -> None:
    """Mark a new store, or find the mark; Problem 503 where the store is not ours, StoreError where it is away."""
    global _seen
    store, now = get_store(), time.monotonic()
    if _seen.store is store and (now < _seen.trusted_until or mark_of_store() == _seen.mark):
        return
    try:
        mark = ensure_own_store()
    except ForeignStore as foreign:
        raise Problem("unavailable", str(foreign)) from None
    is_far = store.local_path(KEY) is None
    _seen = _Seen(store, mark, now + TRUSTED_SECONDS if is_far else 0)


def ensure_own_store() -> uuid.UUID:
    """The mark that both know; ForeignStore with a sentence for the operator when they cannot."""
    mark, is_known_to_both = agreed_mark()
    return mark if is_known_to_both else _mark(mark or uuid.uuid4())


def agreed_mark() -> tuple[uuid.UUID | None, bool]:
    """(the mark, whether both know it already); changes nothing. ForeignStore where they do not agree."""
    ours, theirs = StoreMark.objects.values_list("mark", flat=True).first(), mark_of_store()
    if ours and ours == theirs:
        return ours, True
    if ours:
        raise ForeignStore(
            "The store is not the one that belongs to this database: it has another mark."
            if theirs
            else "The store is not the one that belongs to this database: it has no mark. Is its disk mounted?"
        )
    if theirs and holds_media():
        raise ForeignStore("The store holds the media of another database. Restore that database beside it.")
    return theirs, False


def check_is_due() -> bool:
    """Whether all of the store was last looked at a day ago, or never. A store without a mark holds nothing."""
    a_day_ago = timezone.now() - CHECKED_EVERY
    return StoreMark.objects.filter(Q(checked_at=None) | is_before("checked_at", a_day_ago)).exists()


def note_check() -> None:
    """All of the store was looked at."""
    StoreMark.objects.update(checked_at=timezone.now())


def mark_of_store() -> uuid.UUID | None:
    try:
        return uuid.UUID(get_store().read(KEY).decode())
    except ObjectMissing:
        return None
    except ValueError:
        raise ForeignStore(f"The object {KEY} in the store is not a mark of cam2bytes.") from None


def holds_media() -> bool:
    store = get_store()
    return any(next(store.objects(room), None) for room in ROOMS)


def adopt_store() -> uuid.UUID:
    """Take the store as it is for this database's: after a restore, when the operator says so."""
    theirs = mark_of_store()
    StoreMark.objects.all().delete()
    return _mark(theirs or uuid.uuid4())


def _mark(mark: uuid.UUID) -> uuid.UUID:
    """The object first, then the row: a crash in between leaves a marked store without media, which is adopted."""
    if mark_of_store() is None:
        try:
            get_store().keep(KEY, str(mark).encode())
        except StoreError:  # another process was faster, or the store is away
            mark = mark_of_store()
            if mark is None:
                raise
    try:
        with transaction.atomic():
            StoreMark.objects.create(pk=StoreMark.ONLY, mark=mark)
    except IntegrityError:  # another process was faster: with the same mark, since the store has only one
        return ensure_own_store()
    return mark
