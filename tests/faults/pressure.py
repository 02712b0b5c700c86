"""A disk of its own for a test: a small tmpfs, and a file that fills it."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    """A tmpfs mounted on `folder` where that is allowed (never silently not, as root in CI); else the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        if os.geteuid() == 0 and os.environ.get("CI"):
            pytest.fail(f"no small disk: {done.stderr}")
        yield folder
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Filler:
    """A file that takes room from the disk that it lies on."""

    def __init__(self, folder: Path):
        self._file = folder / "filler"
        self._folder = folder

    def free(self) -> int:
        facts = os.statvfs(self._folder)
        return facts.f_bavail * facts.f_frsize

    def leave(self, free_bytes: int) -> None:
        """Grow or shrink until about so much is free."""
        self._file.touch()
        with self._file.open("r+b") as file:
            size = max(0, self._file.stat().st_size + self.free() - free_bytes)
            file.truncate(min(size, self._file.stat().st_size))
            file.seek(0, os.SEEK_END)
            while (missing := size - file.tell()) > 0:
                file.write(b"\0" * min(missing, 2**16))
