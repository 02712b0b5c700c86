"""The long form of tests/lib/test_hostile.py: thousands of files that mean harm."""

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests import hostile
from tests.faults.table import Row

LONG_CASES = 3_000


def long(minutes: float | None = None) -> Iterator[Row]:
    """3,000 files, or as many as the minutes allow; each round with other dice."""
    began, chance, cases, made, grown, found = time.monotonic(), random.Random(), 0, 0, 0, []
    until = began + minutes * 60 if minutes else float("inf")
    while cases < LONG_CASES and time.monotonic() < until:
        seed = chance.randrange(1 << 32)
        with tempfile.TemporaryDirectory(prefix="c2b-hostile-") as name:
            done = hostile.run(seed, Path(name))
        cases += len(done.given)
        made += sum(reason is None for reason in done.reasons.values())
        grown = max(grown, done.grown_kb)
        wrong = [done.died, *(f"opened {path}" for path in done.opened), *done.called]
        if grown > hostile.LARGEST_GROWTH_MB * 1024:
            wrong.append(f"grew by {grown:,} kB")
        found += [f"seed {seed}: {what}" for what in wrong if what]
    what = f"nonsense, mutations, playlists and lies; {made:,} became videos, the others have a reason"
    said = "; ".join(found[:5]) or f"nothing; no file opened, nobody called, {grown / 1024:,.0f} MB more at most"
    yield Row("hostile media", what, cases, said, not found, time.monotonic() - began)
