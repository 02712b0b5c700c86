"""Named points of a process's life, and a process that kills itself at one of them.

The application knows nothing of this: the functions that it calls are wrapped from here, in a process just
forked. Before or after the n-th call of one of them (or in the middle of a write) the process sends itself
SIGKILL, and leaves a line in `kills.log` of its data folder first.
"""

import functools
import itertools
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

from celery.app.task import Task
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from gunicorn.http.wsgi import Response

# name -> (where it is looked up, under which name, the most calls before it strikes)
POINTS = {
    "open": (os, "open", 60),
    "write": (os, "write", 30),
    "fsync": (os, "fsync", 40),
    "link": (os, "link", 20),
    "unlink": (os, "unlink", 20),
    "mkdir": (os, "mkdir", 6),
    "statement": (SQLiteCursorWrapper, "execute", 150),
    "commit": (BaseDatabaseWrapper, "_commit", 20),
    "publish": (Task, "apply_async", 15),
    "answer": (Response, "write", 20),
}
MOMENTS = ("before", "after")
LOG = "kills.log"

_open, _write = os.open, os.write  # whatever is wrapped later
_is_armed = False


def arm_children(name: str, armed) -> None:
    """Every process that this one forks kills itself at a point of its own, once armed[0] is true."""
    os.register_at_fork(after_in_child=lambda: _arm(name, armed))


def _arm(name: str, armed) -> None:
    global _is_armed
    if _is_armed:  # a grandchild has inherited a point
        return
    _is_armed = True
    chance = random.Random(os.urandom(8))
    point = chance.choice(sorted(POINTS))
    owner, attribute, most = POINTS[point]
    moment = chance.choice((*MOMENTS, "amid") if point == "write" else MOMENTS)
    at = chance.randint(1, most)
    log = Path(os.environ["CAM2BYTES_DATA_DIR"]) / LOG

    def strike() -> None:
        _write(_open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), f"{name} {moment} {point} {at}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, attribute, _striking(getattr(owner, attribute), armed, moment, at, strike))


def _striking(real: Callable, armed, moment: str, at: int, strike: Callable[[], None]) -> Callable:
    calls = itertools.count(1)  # safe among threads

    @functools.wraps(real)
    def wrapped(*args, **kwargs):
        if not armed[0] or next(calls) != at:
            return real(*args, **kwargs)
        if moment == "amid":
            descriptor, data = args
            real(descriptor, bytes(data[: len(data) // 2]))
        elif moment == "after":
            real(*args, **kwargs)
        return strike()

    return wrapped
