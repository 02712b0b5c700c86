"""One run at a time for a data folder, by two locks.

`run.lock` is held by the launcher alone: taken means that cam2bytes is running there. `processes.lock` is
inherited by every process that it starts: taken without the other means that the launcher was killed and
its processes are still ending. Locks (flock) go with their holders, so nothing is ever left to clean up.
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cam2bytes.env import WrongSetting

MOMENT_SECONDS = 1  # a launcher just killed holds its lock a moment longer
PATIENCE_SECONDS = 8  # for its processes; the guardian gives them five
LAST_SECONDS = 5  # for the system to end what we kill


class DataLock:
    """Both locks, open and held until this process ends."""

    def __init__(self, data_dir: Path, tell: Callable[[str], None]):
        """Take them. Raises WrongSetting while another run uses the folder; tells when that takes a while."""
        self._run = _open(data_dir / "run.lock")
        if not _taken_within(MOMENT_SECONDS, self._run):
            other = _read(self._run)
            raise WrongSetting(
                f"cam2bytes is already running on {data_dir}, at {other.get('url')} (process {other.get('pid')});"
                " stop it there with Ctrl-C, or give another folder with --data DIR."
            )
        self.processes = _open(data_dir / "processes.lock")
        if not _taken_within(0, self.processes):
            tell("The run before this one was killed; waiting until its processes have ended ...")
            group = _read(self._run).get("group")
            if not (_taken_within(PATIENCE_SECONDS, self.processes) or self._taken_by_force(group)):
                raise WrongSetting(
                    f"Processes of an earlier run still use {data_dir} (process group {group});"
                    " end them, or give another folder with --data DIR."
                )

    def _taken_by_force(self, group: int | None) -> bool:
        """End the group of a run whose guardian was killed too.

        Nobody else's group can have that number: whoever holds the lock is in it, and while a group has a
        member its number is not given away.
        """
        if not group:
            return False
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        return _taken_within(LAST_SECONDS, self.processes)

    def describe(self, **facts: object) -> None:
        """Write down who holds the locks, for the sentences above."""
        self._run.seek(0)
        self._run.truncate()
        self._run.write(json.dumps({"pid": os.getpid(), **facts}))
        self._run.flush()


def _open(path: Path) -> IO:
    return open(path, "a+")


def _taken_within(seconds: float, file: IO) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)


def _read(file: IO) -> dict:
    file.seek(0)
    with contextlib.suppress(ValueError):
        return json.loads(file.read())
    return {}
