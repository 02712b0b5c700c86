"""SIGKILL of web, workers and broker, at named points and at random times, while clients upload.

The processes kill themselves at named points (points.py); beside that this one kills at random times: a
child of gunicorn or Celery, a whole parent, the broker. What ended is started again, as `./dev run` would,
the clients send again what they are unsure of, and when all is quiet the folder is judged (check.py).
"""

import contextlib
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.faults import check, clients, points
from tests.faults.rig import SERVICES, WORKERS, Rig
from tests.faults.table import Row
from tests.running import Running
from tests.servers import free_port, wait_until

CLIENTS = (clients.take_frames, clients.take_batches, clients.record, clients.record_and_delete)
TARGETS = ["web child", "frames child", "recordings child"] * 3 + ["broker", "beat", "web", *WORKERS]
TRIES_BETWEEN = 6
QUIET_SECONDS = 120  # generous: with short leases everything is done within seconds
KILLS_AN_EPISODE = 400  # of the long form: then a new data folder, so that a finding stays small
LONG_KILLS = 10_000


@dataclass
class Episode:
    """One data folder under fire: what was killed how often, and what was found."""

    kills: Counter = field(default_factory=Counter)  # "web after fsync", "frames child at random", ...
    verdict: check.Verdict = field(default_factory=check.Verdict)
    ledger: clients.Ledger = field(default_factory=clients.Ledger)

    def count(self, *words: str) -> int:
        """Kills whose name holds all of the words."""
        return sum(n for name, n in self.kills.items() if all(word in name for word in words))


def episode(data_dir: Path, kills: int, seconds: float, chance: random.Random) -> Episode:
    """Kill until there were `kills`, a quarter of them at least at named points, or `seconds` are over; then let
    it end, and judge."""
    done, targets = Episode(), shuffled(chance)
    with Rig(data_dir, lease_seconds=3, attempts=100) as rig:
        rig.broker.start()
        rig.start(*SERVICES)
        with rig.kept_running(broker_too=True):
            crowd = clients.Crowd(rig.port, rig.token, CLIENTS)
            wait_until(lambda: crowd.ledger.acknowledged, "the first receipt")
            rig.arm(True)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                named = named_kills(data_dir).total()
                if named >= kills // 4 and named + done.kills.total() >= kills:
                    break
                done.kills[strike(rig, next(targets))] += 1
                wait_for_tries(crowd, TRIES_BETWEEN)
                time.sleep(chance.uniform(0, 0.2))  # the random time
            rig.arm(False)
            done.ledger = crowd.finish()
            try:
                check.wait_until_quiet(data_dir, QUIET_SECONDS)
            except AssertionError as error:
                done.verdict.problems.append(f"{error}; what the processes say: {rig.keep_evidence()}")
                return done
        done.verdict = check.judge(data_dir, done.ledger)
        rig.manage("checkmedia", "--repair", "--older-than", "0", "--level", "digest")
    done.kills += named_kills(data_dir)
    swept = check.judge(data_dir, done.ledger)
    done.verdict.problems += swept.problems + [f"not swept: {key}" for key in swept.orphans]
    return done


def strike(rig: Rig, name: str) -> str:
    """SIGKILL to something that runs; what it was, in words."""
    if name == "broker":
        rig.broker.stop(signal.SIGKILL)
    elif name.endswith(" child"):
        for child in rig.children(name.removesuffix(" child"))[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
    else:
        rig.kill(name)
    return f"{name} at random"


def shuffled(chance: random.Random) -> Iterator[str]:
    """The targets for ever, in another order each time round."""
    while True:
        yield from chance.sample(TARGETS, len(TARGETS))


def wait_for_tries(crowd: clients.Crowd, more: int) -> None:
    """That the clients get somewhere between two kills, however slow the machine is."""
    wanted = crowd.tries() + more
    wait_until(lambda: crowd.tries() >= wanted, "clients go on trying")


def named_kills(data_dir: Path) -> Counter:
    """{"web after fsync": 3, ...} of those that the processes have noted."""
    path = data_dir / points.LOG
    lines = path.read_text().splitlines() if path.exists() else []
    return Counter(line.rpartition(" ")[0] for line in lines)


# Everything at once ------------------------------------------------------------------------------


def whole_episode(data_dir: Path, kills: int, chance: random.Random) -> Episode:
    """SIGKILL to all that `./dev run` started, then `./dev run` on the same folder again; the last run stays
    until all is quiet, and is stopped in order."""
    done, port = Episode(), free_port()
    env = {"DJANGO_SUPERUSER_USERNAME": "ada", "DJANGO_SUPERUSER_PASSWORD": "correct horse battery staple",
           "CAM2BYTES_SWEEP_SECONDS": "2", "CAM2BYTES_RESERVE_BYTES": "1"}  # fmt: skip
    run = Running(data_dir, ("--port", str(port)), env)
    try:
        run.wait_until_ready()
        token = run.manage("create_token", "ada", "--scope", "full")
        crowd = clients.Crowd(port, token, CLIENTS)
        for _ in range(kills):
            receipts = len(crowd.ledger.seconds)
            wait_until(lambda receipts=receipts: len(crowd.ledger.seconds) > receipts, "uploads go on")
            time.sleep(chance.uniform(0, 2))  # the random time
            run.kill_everything()
            done.kills["everything"] += 1
            run = Running(data_dir, ("--port", str(port)), env)
            run.wait_until_ready()
        done.ledger = crowd.finish()
        let_time_pass(data_dir)
        check.wait_until_quiet(data_dir, QUIET_SECONDS)
        code = run.stop()
    finally:
        run.stop()
    done.verdict = check.judge(data_dir, done.ledger)
    if code:
        done.verdict.problems.append(f"./dev run ended with exit code {code}")
    return done


def let_time_pass(data_dir: Path) -> None:
    """What the workers held when they were killed is theirs until the lease ends: let it be over."""
    database = sqlite3.connect(data_dir / "db.sqlite3", timeout=30)
    with contextlib.closing(database), database:
        for table in ("capture_frame", "recordings_recording", "recordings_derivative"):
            database.execute(f"UPDATE {table} SET lease_until = '2026-01-01' WHERE lease_until IS NOT NULL")  # noqa: S608
        database.execute(
            "UPDATE capture_frame SET received_at = '2026-01-01' WHERE status = 'stored' OR thumbnail = ''"
        )
        database.execute("UPDATE recordings_derivative SET offered_at = '2026-01-01'")
        database.execute("UPDATE recordings_recording SET ready_at = '2026-01-01' WHERE poster = ''")
        database.execute("UPDATE accounts_tombstone SET deleted_at = '2026-01-01', tried_at = NULL")


def long(minutes: float | None = None) -> Iterator[Row]:
    """10,000 kills, or as many as the minutes allow."""
    began, chance, total = time.monotonic(), random.Random(), Episode()
    lost, found, acknowledged, orphans = 0, [], 0, 0
    until = began + minutes * 60 if minutes else float("inf")
    while total.kills.total() < LONG_KILLS and time.monotonic() < until:
        print(f"{total.kills.total():,} kills so far, {len(found)} problems", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="c2b-kills-") as name:
            left = min(KILLS_AN_EPISODE, LONG_KILLS - total.kills.total())
            done = episode(Path(name), left, max(10, min(600, until - time.monotonic())), chance)
        total.kills += done.kills
        found += done.verdict.problems
        lost += done.verdict.lost_bytes
        acknowledged += done.verdict.acknowledged_bytes
        orphans += len(done.verdict.orphans)
    named = sum(n for name, n in total.kills.items() if "at random" not in name)
    what = (
        f"SIGKILL of web, workers, beat and broker, {named:,} at named points, {total.kills.total() - named:,} "
        f"at random times; {acknowledged / 1e6:,.0f} MB acknowledged, {orphans:,} objects without a row swept"
    )
    said = f"{len(found)} problems, {lost:,} bytes lost: {'; '.join(found[:5])}" if found else "nothing"
    yield Row("kills", what, total.kills.total(), said, not found, time.monotonic() - began)
