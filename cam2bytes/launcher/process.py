"""One supervised process: started again whenever it ends, its output kept in a log."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable

from cam2bytes.launcher.logs import ProcessLog, say

FIRST_PAUSE = 0.5  # seconds before a dead process is started again; doubled each time
LONGEST_PAUSE = 30
SETTLED_SECONDS = 30  # a process that ran so long has earned a short pause again
STOP_SECONDS = 25  # for requests and tasks under way; then SIGKILL. Rows with leases make that safe.


class Process:
    """`spawn()` starts the program once and returns its Popen, with stdout (and stderr in it) a pipe."""

    def __init__(self, name: str, spawn: Callable[[], subprocess.Popen], log: ProcessLog):
        self.name = name
        self.deaths = 0
        self.popen: subprocess.Popen | None = None
        self._spawn = spawn
        self._log = log
        self._stopping = threading.Event()
        self._spawning = threading.Lock()  # so that `stop` never misses a program just started
        self._keeper = threading.Thread(target=self._keep_running, name=name, daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def _keep_running(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            started_at = time.monotonic()
            how = self._run_once()
            if self._stopping.is_set():
                return
            self.deaths += 1
            if time.monotonic() - started_at > SETTLED_SECONDS:
                pause = FIRST_PAUSE
            self._tell_of_death(how, pause)
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _run_once(self) -> str:
        """Start the program and wait for its end; how it ended, in words."""
        with self._spawning:
            if self._stopping.is_set():
                return ""
            try:
                self.popen = self._spawn()
            except OSError as error:  # no memory, too many processes: that may pass
                return f"not started: {error.strerror}"
        threading.Thread(target=self._copy_output, args=(self.popen.stdout,), daemon=True).start()
        return how_it_ended(self.popen.wait())

    def _copy_output(self, pipe) -> None:
        """To the log, until nobody holds the pipe any more (a child may outlive its parent)."""
        with pipe:
            while piece := os.read(pipe.fileno(), 2**16):
                self._log.feed(piece)

    def _tell_of_death(self, how: str, pause: float) -> None:
        say(f"{self.name:>10} | ended ({how}), starts again in {pause:g} s; its last lines:")
        time.sleep(0.1)  # for the lines still in the pipe
        for line in list(self._log.last_lines):
            say(f"{self.name:>10} |   {line[:300]}")

    def stop(self, hurry: threading.Event) -> None:
        """SIGTERM, patience, SIGKILL. `hurry` ends the patience."""
        self._stopping.set()
        with self._spawning:
            popen = self.popen
        if popen is not None:
            _signal(popen, signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while popen.poll() is None and time.monotonic() < deadline and not hurry.is_set():
                time.sleep(0.05)
            _signal(popen, signal.SIGKILL)
        self._keeper.join()
        self._log.close()


def _signal(popen: subprocess.Popen, number: signal.Signals) -> None:
    """Popen itself makes sure that the process is still ours, not another one with its old id."""
    with contextlib.suppress(ProcessLookupError):
        popen.send_signal(number)


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
