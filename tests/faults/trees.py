"""Source trees on trial: this one, or a copy of it with a mistake in it; and programs run with their application."""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.running import ROOT, clean_environment

SECONDS = 300
MOST_WORDS = 5000
LEFT_OUT = shutil.ignore_patterns(".*", "var", "docs", "samples", "benchmarks", "*.pyc.*")
"""What the application does not need to run: git's folders, the tools', the virtual environment and Python's own
half-written files among it."""


def quick_folder() -> str | None:
    """Where temporary files cost least: in memory, where the system has such a place."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


@contextlib.contextmanager
def copy_of_tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="c2b-tree-") as folder:
        yield Path(shutil.copytree(ROOT, Path(folder, "tree"), ignore=LEFT_OUT)).resolve()


@functools.cache
def prepared() -> Path:
    """A folder with a migrated data folder `data`, and what else `prepare` makes. It goes when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="c2b-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "data").mkdir()
    run(ROOT, folder / "data", "prepare", str(folder))
    return folder


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """A data folder of its own, as `prepare` made it."""
    with tempfile.TemporaryDirectory(prefix="c2b-data-", dir=quick_folder()) as folder:
        yield Path(shutil.copytree(prepared() / "data", Path(folder, "data"))).resolve()


def run(tree: Path, data: Path, program: str, *arguments: str, before: tuple[str, ...] = ()) -> None:
    """Run a program of tests/faults with the application in `tree` on the folder `data`; `before` goes in front of
    the command. AssertionError with its last words when it fails."""
    process = subprocess.Popen(
        [*before, *command(program, *arguments)],
        cwd=tree, env=environment(tree, data), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        _, last_words = process.communicate(timeout=SECONDS)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)  # what strace traces does not end with it
        process.communicate()
        raise
    if process.returncode:
        raise AssertionError(f"{program}: exit code {process.returncode}\n{last_words[-MOST_WORDS:]}")


def command(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"tests.faults.{program}", *arguments]


def environment(tree: Path, data: Path, **more: str) -> dict[str, str]:
    """For a process of the application in `tree` with the data folder `data`; its broker is in its own memory."""
    return clean_environment() | {
        "PYTHONPATH": str(tree),
        "CAM2BYTES_DATA_DIR": str(data),
        "CAM2BYTES_PLAIN_STATIC": "1",
        "CAM2BYTES_RESERVE_BYTES": "1",
        "CELERY_BROKER_URL": "memory://",
        **more,
    }
