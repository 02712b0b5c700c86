"""Every moment at which the power may go, and what may then be on the disk.

What was synced is there. Of what was not, any part may be: nothing, all, one change alone, all but one, and
random parts, in which single sectors of a write may be missing too.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.faults.powerloss.filesystem import Change, Image, Write
from tests.faults.powerloss.timeline import Sync, Timeline, Told

SHARES = (0.2, 0.5, 0.8)  # of the unsynced changes, how many survive
RANDOM_PARTS = 80  # for each moment, in the long form


@dataclass
class Moment:
    """Right after one event.

    scene:   what was being played
    line:    of the trace
    told:    what the client had sent and heard until then
    durable: what is on the disk for sure
    pending: changes that may be there or not, in order
    """

    scene: str
    line: int
    told: list[dict]
    durable: Image
    pending: list[Change]


@dataclass
class Crash:
    """One thing that can be on the disk after a power cut at `moment`."""

    moment: Moment
    how: str
    image: Image

    def __str__(self) -> str:
        unsynced = len(self.moment.pending)
        return f"{self.moment.scene}, line {self.moment.line}: {self.how} of {unsynced} unsynced changes survived"

    def fingerprint(self) -> int:
        """The same for crashes that leave the same files behind the same promises."""
        files = frozenset((path, hash(self.image.files.get(inode, b""))) for path, inode in self.image.paths())
        return hash((files, len(self.moment.told)))


def moments(timeline: Timeline) -> Iterator[Moment]:
    """One for each event. They share `told` and `durable`: done with one before asking for the next."""
    durable, told = timeline.base.copy(), []
    pending: list[tuple[int, Change]] = []
    scene = ""
    for event in timeline.events:
        if isinstance(event.what, Told):
            told.append(event.what.what)
            scene = event.what.what.get("scene", scene)
        elif isinstance(event.what, Sync):
            synced = [item for item in pending if item[1].inode == event.what.inode and item[0] < event.what.before]
            for _, change in synced:
                durable.apply(change)
            pending = [item for item in pending if item not in synced]
        else:
            pending.append((event.line, event.what))
        yield Moment(scene, event.line, told, durable, [change for _, change in pending])


def many_crashes(moment: Moment, chance: random.Random) -> Iterator[Crash]:
    """None, all, each alone, all but each of what is pending; and random parts."""
    changes = moment.pending
    yield _crash(moment, "none", [])
    yield _crash(moment, "all", changes)
    for place in range(len(changes)):
        yield _alone(moment, place)
        yield _without(moment, place)
    for _ in range(RANDOM_PARTS):
        yield _random_part(moment, chance)


def few_crashes(moment: Moment, chance: random.Random) -> Iterator[Crash]:
    """None, all, and one of each other kind."""
    yield _crash(moment, "none", [])
    yield _crash(moment, "all", moment.pending)
    if moment.pending:
        yield _alone(moment, chance.randrange(len(moment.pending)))
        yield _without(moment, chance.randrange(len(moment.pending)))
        yield _random_part(moment, chance)


def _alone(moment: Moment, place: int) -> Crash:
    return _crash(moment, f"only number {place}", [moment.pending[place]])


def _without(moment: Moment, place: int) -> Crash:
    return _crash(moment, f"all but number {place}", moment.pending[:place] + moment.pending[place + 1 :])


def _random_part(moment: Moment, chance: random.Random) -> Crash:
    """Any part; a write that survives may be torn."""
    share = chance.choice(SHARES)
    survivors = [change for change in moment.pending if chance.random() < share]
    return _crash(moment, f"{len(survivors)} at random", survivors, torn=lambda: chance.random() < share)


def _crash(moment: Moment, how: str, survivors: list[Change], torn: Callable[[], bool] | None = None) -> Crash:
    """`torn` says of each sector after the first draw whether it was written."""
    image = moment.durable.copy()
    for change in survivors:
        if torn and isinstance(change, Write) and torn():
            for offset, data in change.sectors():
                if torn():
                    image.write(change.inode, offset, data)
        else:
            image.apply(change)
    return Crash(moment, how, image)
