"""Syncing: what returns from here is on the disk, as far as the disk tells the truth.

Linux's fsync(2) also empties the drive's cache. macOS's does not: there it takes F_FULLFSYNC (its fsync(2)
page says so), which some file systems lack; those get the fsync they have.
"""

import contextlib
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from pathlib import Path

THREADS = 8
WORTH_THREADS = 4
FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)


def sync(descriptor: int) -> None:
    """The file's bytes, or the folder's entries, are durable when this returns; OSError when they may not be.

    Never call it again after it failed: the kernel may have dropped the dirty pages, and would say yes.
    """
    if FULL_SYNC is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, FULL_SYNC)
            return
    os.fsync(descriptor)


def write_file(path: Path, data: bytes, made: list[Path]) -> None:
    """A new file that holds `data`, synced; its entry in the folder is not. Noted in `made` once it is there.

    OSError when there is one already, or when this one may not be whole.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    made.append(path)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        sync(descriptor)
    finally:
        os.close(descriptor)


def write_files(files: list[tuple[Path, bytes]], made: list[Path]) -> None:
    """The same for all of them, several at a time: a disk does what is asked for at the same moment together, so 30
    small files take half the time of one after the other. Nobody writes any more when this returns or raises."""
    if len(files) < WORTH_THREADS:
        _write_each(files, made)
        return
    shares = [files[place::THREADS] for place in range(min(THREADS, len(files)))]
    written = [_threads().submit(_write_each, share, made) for share in shares]
    wait(written)
    for each in written:
        each.result()


def _write_each(files: list[tuple[Path, bytes]], made: list[Path]) -> None:
    for path, data in files:
        write_file(path, data, made)


@lru_cache
def _threads() -> ThreadPoolExecutor:
    """Of this process, for as long as it lives: making them anew costs as much as what they do."""
    return ThreadPoolExecutor(THREADS, "disk")


os.register_at_fork(after_in_child=_threads.cache_clear)  # a child has none of its parent's threads


def sync_file(path: Path) -> None:
    _open_and_sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    _open_and_sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _open_and_sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
