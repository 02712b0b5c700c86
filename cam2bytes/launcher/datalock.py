"""One run at a time for a data folder: a lock that every process of the run holds."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cam2bytes.env import WrongSetting

PATIENCE_SECONDS = 15  # for the processes of a run whose supervisor was killed


def take(data_dir: Path, tell: Callable[[str], None]) -> IO:
    """The open lock file, held. Raises WrongSetting while another run uses the folder.

    A run that was killed may take some seconds to end altogether; that is waited for, after a word to `tell`.
    """
    file = open(data_dir / "run.lock", "a+")  # noqa: SIM115 (open as long as the run)
    if _held(file):
        return file
    other = _read(file)
    if _lives(other.get("pid")):
        raise WrongSetting(
            f"cam2bytes is already running on {data_dir}, at {other.get('url')} (process {other['pid']}); "
            "stop it there with Ctrl-C, or give another folder with --data DIR."
        )
    tell("The run before this one was killed; waiting until its processes have ended ...")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if _held(file):
            return file
        time.sleep(0.1)
    raise WrongSetting(
        f"Processes of an earlier run still use {data_dir} (process group {other.get('group')}); "
        "end them, or give another folder with --data DIR."
    )


def describe(file: IO, **facts: object) -> None:
    """Write who holds the lock, for the sentence above."""
    file.seek(0)
    file.truncate()
    file.write(json.dumps({"pid": os.getpid(), **facts}))
    file.flush()


def _held(file: IO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read(file: IO) -> dict:
    file.seek(0)
    with contextlib.suppress(ValueError):
        return json.loads(file.read())
    return {}


def _lives(pid: int | None) -> bool:
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's process
    return True
