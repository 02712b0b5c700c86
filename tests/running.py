"""The real thing for tests: `./dev run` in a process of its own.

with running_cam2bytes(tmp_path) as cam2bytes:
    requests to cam2bytes.url, cam2bytes.manage("create_token", ...), ...
"""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90
LAST_LINE = "  Ctrl-C stops it."  # of what is printed when all runs
STOP_SECONDS = 120  # three stages, each with 25 s for what is under way, and a busy machine
# What the tests' own environment (tests/conftest.py) must not hand on to the real thing.
OWN_SETTINGS = re.compile(r"CAM2BYTES_|CELERY_|FLOWER_|DATABASE_URL|REDIS_URL|DJANGO_|GUNICORN_|PYTEST_")


class Running:
    """A started cam2bytes. `link` is the one-time sign-in link, or None where somebody can sign in already.
    `root` is the source tree that it runs from."""

    def __init__(self, data_dir: Path, arguments: tuple[str, ...], env: dict[str, str], root: Path = ROOT):
        self.data_dir = data_dir
        self.root = root
        self.env = clean_environment() | {"CAM2BYTES_DATA_DIR": str(data_dir)} | env
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [root / "dev", "run", "--port", "0", *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while LAST_LINE not in self.lines:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"./dev run did not start:\n{self.output}")
            time.sleep(0.05)

    def _said(self, word: str) -> str:
        return re.search(rf"^  {word} +(\S+)", self.output, re.MULTILINE).group(1)

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return re.match(r"https?://[^/]+", self._said("Open")).group()

    @property
    def flower_url(self) -> str:
        return self._said("Flower").rstrip("/")

    @property
    def link(self) -> str | None:
        opened = self._said("Open")
        return opened if "/link/" in opened else None

    def manage(self, *arguments: str) -> str:
        """stdout of `./dev manage ...` on the same data folder."""
        done = subprocess.run(
            [self.root / "dev", "manage", *arguments], env=self.env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise AssertionError(f"manage {arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for it, the launcher first."""
        try:
            launcher = psutil.Process(self.process.pid)
            return [launcher, *launcher.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill_everything(self) -> None:
        """SIGKILL to each process, as fast as it goes; returns when all are gone."""
        processes = self.processes()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(STOP_SECONDS)
        assert_gone(processes)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it as a person or the system would; its exit code. Asserts that nothing is left."""
        processes = self.processes()
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(STOP_SECONDS)
        self._reader.join(5)
        assert_gone(processes)
        return code


def assert_gone(processes: list[psutil.Process], seconds: float = 10) -> None:
    """All of them end within that time; what does not is killed, and is the failure."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    commands = []
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            commands.append(process.cmdline())
            process.kill()
    assert not commands, f"left running: {commands}"


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not OWN_SETTINGS.match(name)}


@contextlib.contextmanager
def running_cam2bytes(
    data_dir: Path, *arguments: str, env: dict[str, str] | None = None, root: Path = ROOT
) -> Iterator[Running]:
    """Start `./dev run` on a free port, wait until it says it is running, stop it at the end."""
    running = Running(Path(data_dir), arguments, env or {}, root)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()
