"""All processes of one run: in one group, under one guardian, stopped in order."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cam2bytes.launcher.logs import ProcessLog
from cam2bytes.launcher.process import Process


class Supervisor:
    """Starts and stops the processes of one run.

    `lock_file` is the open lock on the data folder. Every process inherits it, so that it stays taken until
    the last of them has ended. They also share a process group, which the guardian (guardian.py) ends if
    this process is killed; `tell_group` learns its number, for the day when the guardian is killed too.
    """

    def __init__(self, folder: Path, log_dir: Path, lock_file: IO, tell_group: Callable[[int], None]):
        self.processes: dict[str, Process] = {}
        self.stopping = threading.Event()
        self.hurry = threading.Event()
        self._folder = folder
        self._log_dir = log_dir
        self._lock_file = lock_file
        self._tell_group = tell_group
        self.group = 0  # 0: the next process starts a new one
        self._guardian: subprocess.Popen | None = None

    def start_guardian(self) -> None:
        """The first process, which leads the group; if it ends, another takes its place."""
        self._guardian = self._new_guardian()
        threading.Thread(target=self._keep_guardian, daemon=True).start()

    def _new_guardian(self) -> subprocess.Popen:
        """A guardian in our group; in a new one if that has gone, with everything in it."""
        try:
            guardian = self._spawn_guardian()
        except OSError:
            self.group = 0
            guardian = self._spawn_guardian()
        self.group = self.group or guardian.pid
        self._tell_group(self.group)
        guardian.stdout.readline()  # from now on signals do not end it
        return guardian

    def _spawn_guardian(self) -> subprocess.Popen:
        return subprocess.Popen(  # it must not hold the lock that it watches, so: no pass_fds
            [sys.executable, str(Path(__file__).with_name("guardian.py")), self._lock_file.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=self.group,
        )

    def _keep_guardian(self) -> None:
        while True:
            self._guardian.wait()
            if self.stopping.is_set():
                return
            self._guardian = self._new_guardian()

    def run(self, *command: str, env: dict[str, str]) -> tuple[int, str]:
        """Run a command to its end, or until all stops: (exit code, its stdout). Its stderr is ours."""
        popen = self._spawn(list(command), env, stderr=None)
        while True:
            try:
                output, _ = popen.communicate(timeout=0.1)
            except subprocess.TimeoutExpired:
                if self.stopping.is_set():
                    popen.terminate()
            else:
                return popen.returncode, output.decode()

    def start(self, name: str, command: list[str], env: dict[str, str]) -> Process:
        """Start a process and keep it running until it is stopped."""
        log = ProcessLog(name, self._log_dir)
        process = Process(name, lambda: self._spawn(command, env, stderr=subprocess.STDOUT), log)
        self.processes[name] = process
        process.start()
        return process

    def _spawn(self, command: list[str], env: dict[str, str], stderr: int | None) -> subprocess.Popen:
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            process_group=self.group,
            pass_fds=(self._lock_file.fileno(),),
        )

    def wait_until(self, ready: Callable[[], bool], process: Process, seconds: float) -> bool:
        """Whether `ready` came true before the time was over, the process ended three times, or all stops."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and process.deaths < 3 and not self.stopping.is_set():
            if ready():
                return True
            self.stopping.wait(0.05)
        return False

    def stop(self, *stages: tuple[str, ...]) -> None:
        """Stop the named processes, one stage after another, and then whatever else belongs to the group."""
        self.stopping.set()
        for names in stages:
            together = [self.processes.pop(name) for name in names if name in self.processes]
            threads = [threading.Thread(target=process.stop, args=(self.hurry,)) for process in together]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self._end_group()

    def stop_one(self, name: str) -> None:
        self.processes.pop(name).stop(self.hurry)

    def _end_group(self) -> None:
        """Children that outlived their parents end here, and the guardian, whose group it is."""
        if self._guardian is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.group, signal.SIGKILL)
            self._guardian.wait()
