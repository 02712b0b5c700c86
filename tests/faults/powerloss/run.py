"""The trial: every crash state is looked at once, and what was promised must hold in each."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults import trees
from tests.faults.powerloss.crashes import Crash, Moment, few_crashes, many_crashes, moments
from tests.faults.powerloss.database import recovery
from tests.faults.powerloss.promises import Checker
from tests.faults.powerloss.record import record, why_not
from tests.faults.powerloss.timeline import Timeline
from tests.faults.table import Row

SEED = 20261122
SCENES = {
    "frame": "one frame after another, one again, one in conflict",
    "batch": "batches of frames",
    "together": "frames at the same moment",
    "chunk": "chunks of a recording",
    "assemble": "seal, assemble, poster; assemble again",
    "delete": "frame, capture session and recording deleted",
}
Choice = Callable[[Moment, random.Random], Iterator[Crash]]


def crashes_tried(timeline: Timeline, choice: Choice) -> Iterator[tuple[Crash, list[str]]]:
    """Every crash that `choice` picks, each state once, with the promises that do not hold in it."""
    chance = random.Random(SEED)
    seen: set[int] = set()
    with recovery(trees.quick_folder()) as recovered:
        checker = Checker(recovered, meant=timeline.live)
        for moment in moments(timeline):
            for crash in choice(moment, chance):
                fingerprint = crash.fingerprint()
                if fingerprint not in seen:
                    seen.add(fingerprint)
                    yield crash, checker.broken(crash)


def losses(tree: Path) -> Iterator[str]:
    """What the application in `tree` loses when the power goes, a sentence for each promise in each crash."""
    for crash, broken in crashes_tried(record(tree), few_crashes):
        for what in broken:
            yield f"{crash}: {what}"


@dataclass
class Tally:
    """How many states of a scene were tried, how many broke a promise, the first of these, and the time it took."""

    states: int = 0
    broken: int = 0
    first: str = ""
    seconds: float = 0


def long() -> Iterator[Row]:
    """A row for each scene."""
    if reason := why_not():
        yield Row("power loss", "everything", 0, f"not tried: {reason}", False, 0)
        return
    tallies: dict[str, Tally] = {}
    timeline = record(trees.ROOT)
    before = time.monotonic()
    for crash, broken in crashes_tried(timeline, many_crashes):
        tally = tallies.setdefault(crash.moment.scene, Tally())
        tally.states += 1
        if broken:
            tally.broken += 1
            tally.first = tally.first or f"{crash}: {broken[0]}"
        before, tally.seconds = (now := time.monotonic()), tally.seconds + now - before
    for scene, tally in tallies.items():
        found = f"{tally.broken} states break a promise, the first: {tally.first}" if tally.broken else "nothing"
        yield Row("power loss", SCENES[scene], tally.states, found, not tally.broken, tally.seconds)
