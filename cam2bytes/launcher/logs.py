"""A log file for each process, kept small; and the lines about problems also on the terminal."""

import logging
import re
import sys
import time
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE_BYTES = 5 * 2**20
OLDER_FILES = 3
PROBLEM = re.compile(rb"\b(ERROR|CRITICAL)\b")
# At most so many lines of one process on the terminal in so many seconds; the file has them all.
TERMINAL_LINES = 4
TERMINAL_SECONDS = 10
LONGEST_TERMINAL_LINE = 300

logging.raiseExceptions = False  # a full disk must not end the launcher


def say(text: str = "") -> None:
    """A line for the person who started cam2bytes. The terminal may be gone; cam2bytes goes on without it."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = sys.stderr = open("/dev/null", "w")  # noqa: SIM115 (kept for good)


class ProcessLog:
    """Takes a process's output in pieces as they come; keeps its last lines for when it dies."""

    def __init__(self, name: str, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.path = folder / f"{name}.log"
        self.last_lines: deque[str] = deque(maxlen=6)
        self._handler = RotatingFileHandler(self.path, maxBytes=FILE_BYTES, backupCount=OLDER_FILES, delay=True)
        self._rest = b""
        self._shown_at: deque[float] = deque(maxlen=TERMINAL_LINES)

    def feed(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > 2**16:  # no line is that long on purpose
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._take(line)

    def close(self) -> None:
        if self._rest:
            self._take(self._rest)
            self._rest = b""
        self._handler.close()

    def _take(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self._handler.emit(logging.LogRecord(self.name, logging.INFO, "", 0, text, (), None))
        if text:
            self.last_lines.append(text)
        if PROBLEM.search(line) and self._may_show():
            say(f"{self.name:>10} | {text[:LONGEST_TERMINAL_LINE]}")

    def _may_show(self) -> bool:
        now = time.monotonic()
        if len(self._shown_at) == TERMINAL_LINES and now - self._shown_at[0] < TERMINAL_SECONDS:
            return False
        self._shown_at.append(now)
        return True
