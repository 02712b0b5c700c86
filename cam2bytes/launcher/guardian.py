"""Ends everything when the supervisor is killed and cannot do it any more.

Run as a file of its own, standard library only: `python guardian.py LOCK_FILE`. It leads the process group
that all of cam2bytes's processes belong to. Its standard input is a pipe that the supervisor holds open:
when that ends, the supervisor is gone. This works on Linux and macOS alike, for grandchildren too.

The processes also hold the lock on the data folder (an flock that they inherit), so "the lock is free"
means "they have all ended".
"""

import fcntl
import os
import signal
import sys
import time

GRACE_SECONDS = 5


def is_free(path: str) -> bool:
    """Whether nobody holds the lock. Opened anew each time: an flock belongs to one opening of the file."""
    with open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def end_group(lock_path: str) -> None:
    """Ask the whole group to end, wait, then end what is left, this process included."""
    group = os.getpgrp()
    os.killpg(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline:
        if is_free(lock_path):
            return
        time.sleep(0.1)
    os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdout.write("watching\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()
    end_group(sys.argv[1])
