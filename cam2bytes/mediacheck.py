"""Rows against objects, objects against rows: what `manage.py checkmedia` and the periodic looks do.

    a row whose object is missing, has another size or another digest    the store has lost something
    an object that no row speaks of, and that is no longer young          an upload or a task died half way

Objects are listed before rows are read: an object that came in between is young, and a row whose object is not in
the list is asked about once more. So it may run beside everything else. Nothing without a row is deleted; it goes
to lost+found under its old key, and from there after a week.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.utils import timezone

import capture.holdings
import recordings.holdings
from cam2bytes.accounts import tombstones
from cam2bytes.lib import keys
from cam2bytes.lib.holdings import Holding, Room, existing, recent_run_ids, run_ids
from cam2bytes.lib.objects import Found
from cam2bytes.lib.store import ObjectMissing, get_store

ROOMS: tuple[Room, ...] = (capture.holdings, recordings.holdings)
LEVELS = ("presence", "size", "digest")
YOUNG = timedelta(hours=1)  # an object without a row may belong to an upload or a task under way
LOST_FOR = timedelta(days=7)
BLOCK_BYTES = 2**20

Place = tuple[int, str]  # where a check stands: a room or what comes after, and a name in it; they only rise
AFTER_ROOMS = len(ROOMS) * 2


@dataclass(frozen=True)
class Finding:
    """`kind`: missing, size, digest (a row's object), orphan (no row), leftover (of what was deleted), expired."""

    kind: str
    key: str
    what: str
    done: str = ""

    @property
    def is_loss(self) -> bool:
        return self.kind in ("missing", "size", "digest")


@dataclass
class MediaCheck:
    """One look at the store.

    level:      how closely each object of a row is looked at
    mend_rows:  rows whose object is lost say so afterwards, and what can be made again is
    tidy:       what has no row goes to lost+found, and what was there for a week goes
    young:      objects without a row that came later than that are left alone
    """

    level: str = "size"
    mend_rows: bool = False
    tidy: bool = False
    young: timedelta = YOUNG
    objects: int = 0
    size_bytes: int = 0
    runs: dict[str, int] = field(default_factory=lambda: {room.RUN: 0 for room in ROOMS})
    findings: int = 0
    losses: int = 0

    def steps(self, after: Place | None = None) -> Iterator[tuple[Place, Callable[[], Iterator[Finding]]]]:
        """(place, look) over the whole store, from behind `after` on; call each look, and go through its findings."""
        for place, look in self._all_steps():
            if after is None or place > after:
                yield place, partial(self._counted, look)

    def steps_of_recent(self, hours: float) -> Iterator[Callable[[], Iterator[Finding]]]:
        """The looks at those runs only that bytes came for lately."""
        for room in ROOMS:
            for run_id in recent_run_ids(room, hours):
                yield partial(self._counted, partial(self._look_at_run, room, run_id))

    def _all_steps(self) -> Iterator[tuple[Place, Callable[[], Iterator[Finding]]]]:
        for index, room in enumerate(ROOMS):
            for run_id in run_ids(room):
                yield (2 * index, str(run_id)), partial(self._look_at_run, room, run_id)
            for folder in get_store().folders(room.PREFIX):
                yield (2 * index + 1, folder), partial(self._look_for_strangers, room, folder)
        yield (AFTER_ROOMS, keys.TEMP_PREFIX), self._look_at_temps
        yield (AFTER_ROOMS, keys.LOST_PREFIX), self._look_at_lost

    def _counted(self, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
        for finding in look():
            self.findings += 1
            self.losses += finding.is_loss
            yield finding

    # One run: its rows and its objects -------------------------------------------------------

    def _look_at_run(self, room: Room, run_id: UUID) -> Iterator[Finding]:
        prefix = keys.run_prefix(room.PREFIX, run_id)
        there = {found.key: found for found in get_store().objects(prefix)}
        self.runs[room.RUN] += 1
        self.objects += len(there)
        self.size_bytes += sum(found.size_bytes for found in there.values())
        for holding in room.holdings(run_id):
            found = there.pop(holding.key, None)
            if fault := self._fault_of(holding, found):
                yield from self._tell_loss(room, run_id, holding, fault)
        if not existing(room, [run_id]):
            return  # deleted while we looked
        for found in there.values():
            if not found.key.startswith(f"{prefix}{keys.QUARANTINE}/") and self._is_old(found):
                yield self._tell_orphan(found)

    def _fault_of(self, holding: Holding, found: Found | None) -> str:
        try:
            size_bytes = found.size_bytes if found else get_store().size(holding.key)
            if self.level == "presence":
                return ""
            if holding.size_bytes is not None and size_bytes != holding.size_bytes:
                return "size"
            if self.level == "digest" and holding.sha256 and digest_of(holding.key) != holding.sha256:
                return "digest"
        except ObjectMissing:
            return "missing"
        return ""

    def _tell_loss(self, room: Room, run_id: UUID, holding: Holding, fault: str) -> Iterator[Finding]:
        if not room.still_holds(holding):
            return  # deleted or replaced while we looked
        done = room.give_up(run_id, holding, REASONS[fault]) if self.mend_rows else ""
        yield Finding(fault, holding.key, f"{holding.what} of {room.RUN} {run_id}", done)

    # What no row speaks of -------------------------------------------------------------------

    def _look_for_strangers(self, room: Room, folder: str) -> Iterator[Finding]:
        """Objects of runs that have no row at all."""
        names = {name: as_uuid(name) for name in get_store().folders(f"{room.PREFIX}{folder}/")}
        known = existing(room, filter(None, names.values()))
        for name, run_id in names.items():
            if run_id in known:
                continue
            prefix = f"{room.PREFIX}{folder}/{name}/"
            if run_id and tombstones.is_buried(run_id):
                yield from self._tell_leftovers(prefix)
            else:
                yield from (self._tell_orphan(found) for found in get_store().objects(prefix) if self._is_old(found))

    def _tell_leftovers(self, prefix: str) -> Iterator[Finding]:
        """Of what was deleted nothing may stay."""
        found = [found for found in get_store().objects(prefix) if self._is_old(found)]
        if found and self.tidy:
            get_store().delete_prefix(prefix)
        for one in found:
            yield Finding("leftover", one.key, "of something deleted", "deleted" if self.tidy else "")

    def _look_at_temps(self) -> Iterator[Finding]:
        for found in get_store().objects(keys.TEMP_PREFIX):
            if self._is_old(found):
                yield self._tell_orphan(found)

    def _tell_orphan(self, found: Found) -> Finding:
        if self.tidy:
            get_store().move(found.key, keys.LOST_PREFIX + found.key)
        return Finding("orphan", found.key, "no row speaks of it", "moved to lost+found" if self.tidy else "")

    def _look_at_lost(self) -> Iterator[Finding]:
        for found in get_store().objects(keys.LOST_PREFIX):
            if found.modified_at < timezone.now() - LOST_FOR and self.tidy:
                get_store().delete(found.key)
                yield Finding("expired", found.key, "in lost+found for a week", "deleted")

    def _is_old(self, found: Found) -> bool:
        return found.modified_at <= timezone.now() - self.young


REASONS = {
    "missing": "The file is missing from the store.",
    "size": "The file in the store has another size than was kept.",
    "digest": "The file in the store has other bytes than were kept.",
}


def digest_of(key: str) -> str:
    """SHA-256 of an object, hex; read block by block."""
    digest = hashlib.sha256()
    with get_store().open(key) as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def as_uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
