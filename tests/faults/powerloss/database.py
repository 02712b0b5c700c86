"""What SQLite makes of its files after a crash: it recovers them itself, and the rows are read."""

import contextlib
import functools
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.faults.powerloss.filesystem import ROOT, Image
from tests.faults.powerloss.timeline import SHARED_MEMORY

NAME = "db.sqlite3"
TABLES = {
    "captures": "capture_capturesession",
    "frames": "capture_frame",
    "recordings": "recordings_recording",
    "chunks": "recordings_chunk",
    "tombstones": "accounts_tombstone",
    "marks": "accounts_storemark",
}

Rows = dict[str, list[sqlite3.Row]]
"""The rows of each of TABLES."""


class DatabaseBroken(Exception):
    """SQLite cannot read it, or says itself that it is broken."""


class Recovery:
    """Opens crashed databases in one folder, one after another."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._rows = functools.lru_cache(maxsize=64)(self._recover)

    def rows(self, image: Image) -> Rows:
        """Raises DatabaseBroken."""
        found = {name: inode for name, inode in image.folders[ROOT].items() if name.startswith(NAME)}
        found.pop(NAME + SHARED_MEMORY, None)
        return self._rows(tuple((name, image.files.get(inode, b"")) for name, inode in sorted(found.items())))

    def _recover(self, files: tuple[tuple[str, bytes], ...]) -> Rows:
        for path in self._folder.iterdir():
            path.unlink()
        for name, data in files:
            (self._folder / name).write_bytes(data)
        try:
            with contextlib.closing(sqlite3.connect(self._folder / NAME)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # no shared memory: quicker
                verdict = [row[0] for row in connection.execute("PRAGMA integrity_check")]
                if verdict != ["ok"]:
                    raise DatabaseBroken("; ".join(verdict))
                if connection.execute("PRAGMA foreign_key_check").fetchone():
                    raise DatabaseBroken("a foreign key leads nowhere")
                return {
                    name: connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 (our own names)
                    for name, table in TABLES.items()
                }
        except sqlite3.Error as error:
            raise DatabaseBroken(str(error)) from error


@contextlib.contextmanager
def recovery(parent: str | None) -> Iterator[Recovery]:
    folder = Path(tempfile.mkdtemp(prefix="c2b-power-db-", dir=parent))
    try:
        yield Recovery(folder)
    finally:
        shutil.rmtree(folder)
