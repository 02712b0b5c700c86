"""Power loss, the short form: at every system call, one crash of each kind."""

from collections import Counter

import pytest

from tests.faults.powerloss.crashes import few_crashes
from tests.faults.powerloss.record import record
from tests.faults.powerloss.run import SCENES, crashes_tried
from tests.running import ROOT

FEWEST_STATES = 50  # of a scene; with less it was not played
MOST_TOLD = 5


@pytest.mark.usefixtures("strace")
def test_nothing_that_was_acknowledged_is_lost_when_the_power_goes():
    states: Counter[str] = Counter()
    losses: list[str] = []
    for crash, broken in crashes_tried(record(ROOT), few_crashes):
        states[crash.moment.scene] += 1
        losses += [f"{crash}: {what}" for what in broken]
    assert not losses, f"{len(losses)} losses, the first ones:\n" + "\n".join(losses[:MOST_TOLD])
    assert all(states[scene] >= FEWEST_STATES for scene in SCENES), states
