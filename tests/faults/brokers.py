"""The broker stopped, killed and flushed while clients upload: the rows are the queue, messages are hints."""

import contextlib
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import check, clients
from tests.faults.rig import SERVICES, Rig
from tests.faults.table import Row
from tests.servers import wait_until

CLIENTS = (clients.take_frames, clients.take_batches, clients.record)
LONG_FAULTS = 100
OUTAGES = {
    "stopped": lambda broker: broker.stop(),
    "killed": lambda broker: broker.stop(signal.SIGKILL),
    "flushed": lambda broker: broker.flush(),
}


@dataclass
class Outage:
    """One fault of the broker, with uploads before, during and after."""

    statuses: set[int] = field(default_factory=set)
    unknown: int = 0
    upload_seconds: list[float] = field(default_factory=list)
    back_to_quiet: float = 0  # seconds from its return until everything is processed
    ledger: clients.Ledger = field(default_factory=clients.Ledger)


def outage(rig: Rig, fault: Callable, *, uploads: int, seconds: float = 60) -> Outage:
    """Do that to the broker while clients upload; `uploads` more answers, then it returns."""
    crowd = clients.Crowd(rig.port, rig.token, CLIENTS)
    _wait_for_answers(crowd, uploads // 2)
    fault(rig.broker)
    _wait_for_answers(crowd, uploads)
    if rig.broker.process.poll() is not None:
        rig.broker.start()
    back = time.monotonic()
    ledger = crowd.finish()
    check.wait_until_quiet(rig.data_dir, seconds)
    return Outage(set(ledger.answers), ledger.unknown, ledger.seconds, time.monotonic() - back, ledger)


def _wait_for_answers(crowd: clients.Crowd, more: int) -> None:
    wanted = len(crowd.ledger.seconds) + more
    wait_until(lambda: len(crowd.ledger.seconds) >= wanted, "uploads are answered", 120)


def long(minutes: float | None = None) -> Iterator[Row]:
    """100 faults with the real leases and the real sweep, or as many as the minutes allow."""
    began, chance = time.monotonic(), random.Random()
    until = began + minutes * 60 if minutes else float("inf")
    answers, returns, found, faults = [], [], [], 0
    folder = tempfile.TemporaryDirectory(prefix="c2b-broker-")
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(folder)
        rig = stack.enter_context(Rig(Path(name), lease_seconds=0, env={"CAM2BYTES_SWEEP_SECONDS": "10"}))
        rig.broker.start()
        rig.start(*SERVICES)
        stack.enter_context(rig.kept_running(broker_too=False))
        while faults < LONG_FAULTS and time.monotonic() < until:
            done = outage(rig, chance.choice(list(OUTAGES.values())), uploads=200, seconds=300)
            faults += 1
            answers += done.upload_seconds
            returns.append(done.back_to_quiet)
            found += check.judge(Path(name), done.ledger).problems
            found += [f"answer {status}" for status in done.statuses - {200, 201}]
    slow = sorted(answers)[int(len(answers) * 0.99)]
    late = sorted(returns)[int(len(returns) * 0.99)]
    held = not found and slow < 2.5 and late <= 60
    what = "broker stopped, killed or flushed while uploading"
    said = (
        f"{len(found)} problems; {len(answers):,} uploads answered, 99 % within {slow:.2f} s; "
        f"all processed {late:.0f} s after its return (99 %)"
    )
    yield Row("broker", what, faults, said, held, time.monotonic() - began)
