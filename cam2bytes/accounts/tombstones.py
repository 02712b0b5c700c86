"""Deleting for good: a tombstone is written with the deletion of the row, the objects go after the commit.

    with transaction.atomic():
        recording.delete()
        grave = tombstones.bury("recording", recording.pk, recording.owner, prefix=recording.key_prefix)
        transaction.on_commit(lambda: purge.delay([grave.pk]), robust=True)

Whatever the hint's fate, the sweep finds every tombstone whose objects still lie there. The order matters:
a crash between row and objects leaves objects that a tombstone names, never a row whose object is gone.
"""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db.models import F, Q
from django.utils import timezone

from cam2bytes.accounts.models import Tombstone
from cam2bytes.lib.keys import LOST_PREFIX
from cam2bytes.lib.leases import is_before
from cam2bytes.lib.statements import ask, marks
from cam2bytes.lib.store import StoreError, get_store


def bury(
    kind: str, object_id: uuid.UUID | str, owner, prefix: str = "", keys: Iterable[str] = (), *, rows_left: bool = False
) -> Tombstone:
    """Write the tombstone, in the caller's transaction. Burying twice leaves the first one as it is.

    What goes: all below `prefix`, and every object whose key begins with one of `keys`; with `rows_left` not before
    `rows_are_gone` is called, as rows that are still to be removed speak of them.
    """
    grave, _ = Tombstone.objects.get_or_create(
        object_id=str(object_id),
        defaults={
            "kind": kind,
            "owner": owner,
            "prefix": prefix,
            "keys": [key for key in keys if key],
            "rows_left": rows_left,
        },
    )
    return grave


def find(object_id: uuid.UUID | str) -> Tombstone | None:
    return Tombstone.objects.filter(object_id=str(object_id)).first()


def rows_are_gone(object_id: uuid.UUID | str) -> Tombstone | None:
    """From now on its objects may be purged; call it in the transaction that deletes the last row."""
    Tombstone.objects.filter(object_id=str(object_id)).update(rows_left=False)
    return find(object_id)


def is_buried(object_id: uuid.UUID | str, user=None) -> bool:
    """Was it deleted? With `user`: and may that account know (its owner, or staff)?"""
    graves = Tombstone.objects.filter(object_id=str(object_id).lower())
    if user is not None and not user.is_staff:
        graves = graves.filter(owner=user)
    return graves.exists()


def frame_id(capture_id: uuid.UUID, number: int) -> str:
    """What a deleted frame is called on its tombstone."""
    return f"{capture_id}/frames/{number}"


def buried_frames(capture_id: uuid.UUID, numbers: Iterable[int]) -> set[int]:
    """Those of `numbers` whose frame of this capture session was deleted; one query."""
    by_id = {frame_id(capture_id, number): number for number in numbers}
    if not by_id:
        return set()
    sql = f"SELECT object_id FROM {Tombstone._meta.db_table} WHERE object_id IN {marks(by_id)}"  # noqa: S608
    return {by_id[object_id] for (object_id,) in ask(sql, list(by_id))}


def unpurged(older_than: dt.timedelta, limit: int = 500) -> list[int]:
    """Tombstones whose objects may still lie there, neither made nor tried within `older_than`, oldest first."""
    before = timezone.now() - older_than
    waiting = Tombstone.objects.filter(is_before("deleted_at", before), purged_at=None, rows_left=False)
    waiting = waiting.filter(Q(tried_at=None) | is_before("tried_at", before)).order_by("deleted_at")
    return list(waiting.values_list("pk", flat=True)[:limit])


def purge(tombstone_id: int) -> bool:
    """Delete the objects of one tombstone; True when nothing of it is left. Safe to do twice.

    The attempt is counted before the store is touched. It never gives up: what was deleted must go,
    however long the store is away.
    """
    grave = Tombstone.objects.filter(pk=tombstone_id).first()
    if grave is None or grave.purged_at:
        return True
    if grave.rows_left:
        return False
    row = Tombstone.objects.filter(pk=grave.pk)
    row.update(attempts=F("attempts") + 1, tried_at=timezone.now())
    store = get_store()
    try:
        for place in ("", LOST_PREFIX):  # what the sweep set aside goes too
            if grave.prefix:
                store.delete_prefix(place + grave.prefix)
            for start in grave.keys:
                for found in list(store.objects(place + start)):
                    store.delete(found.key)
    except StoreError as error:
        row.update(last_error=str(error)[:500])
        return False
    # The keys hold digests of what is gone; only the fact of the deletion stays.
    row.update(purged_at=timezone.now(), keys=[], last_error="")
    return True
