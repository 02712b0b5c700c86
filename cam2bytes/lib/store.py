"""The store: objects kept so that a power cut cannot take them back.

`keep` returns only when the bytes and the folder entries that lead to them are on the disk (or in the
bucket). Django's own storages do not promise that: FileSystemStorage never calls fsync. The order of a
local write is

    one     temp file on the same file system, synced -> link under the final name (fails if it exists)
            -> temp name removed -> every folder touched synced, and those above it that may be new
    many    each under its final name (fails if it exists), synced, several at a time -> the folders, once for all

A failed write leaves nothing. Failures raise `StoreFull` (no room) or
`StoreError` (anything else); a failed sync is never tried again on the same file, because the kernel
may have dropped the dirty pages. Reading goes through django-storages' or Django's storage of the same
place, so `FileField`s whose name is a key simply work.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from cam2bytes.lib.durable import sync_file, sync_folder, write_file, write_files
from cam2bytes.lib.keys import TEMP_PREFIX
from cam2bytes.lib.objects import Found
from cam2bytes.lib.storeerrors import ObjectMissing, StoreError, StoreFull

__all__ = ["LocalStore", "ObjectMissing", "StoreError", "StoreFull", "get_store"]

# By name: what a bucket needs takes a third of a second to import, and most keep their media in a folder.
STORES = {"local": "cam2bytes.lib.store.LocalStore", "s3": "cam2bytes.lib.s3.S3Store"}
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
MOST_FOLDERS_REMEMBERED = 10_000


def get_store():
    """The store that the settings name: a folder, or an S3 bucket."""
    return _store_for(settings.CAM2BYTES_STORAGE, str(settings.MEDIA_ROOT))


@lru_cache
def _store_for(kind: str, media_root: str):
    return import_string(STORES[kind]).from_settings()


def _forget_store(*, setting: str, **kwargs) -> None:
    if setting in ("CAM2BYTES_STORAGE", "MEDIA_ROOT", "STORAGES"):
        _store_for.cache_clear()


setting_changed.connect(_forget_store)


@contextlib.contextmanager
def _store_errors():
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing(str(error)) from error
    except OSError as error:
        raise (StoreFull if error.errno in NO_ROOM else StoreError)(os.strerror(error.errno or 0)) from error


def _link(temp: Path, final: Path) -> None:
    """Give a synced file its final name; fails if there is one."""
    final.parent.mkdir(parents=True, exist_ok=True)
    os.link(temp, final)
    temp.unlink()


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


class LocalStore:
    """Objects as files below `root`."""

    @classmethod
    def from_settings(cls) -> "LocalStore":
        return cls(Path(settings.MEDIA_ROOT))

    def __init__(self, root: Path):
        self.root = Path(root)
        self._durable_folders: dict[Path, int] = {}  # folder -> inode whose entry above it is known to be synced

    # Writing ---------------------------------------------------------------------------------

    def keep(self, key: str, data: bytes) -> None:
        """Keep one object, under a name that others may look for: it is whole or not there."""
        temp, final = self.temp_path(), self.local_path(key)
        made: list[Path] = []
        with _store_errors():
            try:
                write_file(temp, data, made)
                _link(temp, final)
                made.append(final)
                self._sync_folders_of([final])
            except BaseException:
                _remove(made)
                raise

    def keep_many(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Keep every (key, bytes) behind one barrier: all are durable when this returns; on an error, none stays.

        They are written under their own names at once, which only rows will tell: after a crash the sweep finds some
        of them, whole or not, and no row speaks of them.
        """
        files = [(self.local_path(key), data) for key, data in objects]
        made: list[Path] = []
        with _store_errors():
            try:
                for folder in {path.parent for path, _ in files}:
                    folder.mkdir(parents=True, exist_ok=True)
                write_files(files, made)
                self._sync_folders_of(made)
            except BaseException:
                _remove(made)
                raise

    def keep_file(self, key: str, path: Path) -> None:
        """Move the file at `path` (on the store's file system, from `temp_path`) under `key`, durably."""
        final = self.local_path(key)
        with _store_errors():
            sync_file(path)
            _link(path, final)
            self._sync_folders_of([final])

    def temp_path(self, suffix: str = "") -> Path:
        """A name for a file in the making, on the store's file system; the caller removes what it leaves."""
        with _store_errors():
            incoming = self.root / TEMP_PREFIX
            incoming.mkdir(parents=True, exist_ok=True)
            return incoming / f"{secrets.token_hex(12)}{suffix}"

    def _sync_folders_of(self, files: Iterable[Path]) -> None:
        """Sync the folders of `files`, and each folder above whose own entry may not be on the disk yet.

        That a folder is there does not say so: another writer may have made it a moment ago, and not have come to
        the sync. So each process syncs above every folder that it meets, once; the data folder itself included.
        """
        folders = {path.parent for path in files}
        met: dict[Path, int] = {}
        for folder in folders:
            for child in (folder, *folder.parents[:-1]):
                inode = child.stat().st_ino
                if child in met or self._durable_folders.get(child) == inode:
                    break
                met[child] = inode
        for folder in folders:
            sync_folder(folder)
        for folder in {child.parent for child in met} - folders:
            # What lies above the store was made by somebody with other rights, and need not be ours to open.
            with contextlib.suppress(PermissionError):
                sync_folder(folder)
        if len(self._durable_folders) > MOST_FOLDERS_REMEMBERED:
            self._durable_folders = {}
        self._durable_folders.update(met)

    # Reading ---------------------------------------------------------------------------------

    def local_path(self, key: str) -> Path:
        return self.root / key

    def open(self, key: str) -> BinaryIO:
        with _store_errors():
            return open(self.local_path(key), "rb")

    def read(self, key: str) -> bytes:
        with self.open(key) as file:
            return file.read()

    def size(self, key: str) -> int:
        with _store_errors():
            return self.local_path(key).stat().st_size

    def exists(self, key: str) -> bool:
        return self.local_path(key).is_file()

    def objects(self, start: str) -> Iterator[Found]:
        """The objects whose keys begin with `start`, in no order; those that go meanwhile may be left out."""
        folder = start.rpartition("/")[0]
        return (found for found in self._walk(self.root / folder) if found.key.startswith(start))

    def _walk(self, folder: Path) -> Iterator[Found]:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(Path(entry.path))
                else:
                    with contextlib.suppress(FileNotFoundError):
                        facts = entry.stat(follow_symlinks=False)
                        modified_at = datetime.fromtimestamp(facts.st_mtime, UTC)
                        yield Found(str(Path(entry.path).relative_to(self.root)), facts.st_size, modified_at)

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right below `prefix` (which ends in a slash), in order."""
        with contextlib.suppress(FileNotFoundError), os.scandir(self.root / prefix) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        return []

    def url(self, key: str, *, content_type: str, filename: str, as_attachment: bool) -> None:
        """No address of its own: local objects are served by cam2bytes."""
        return

    # Removing --------------------------------------------------------------------------------

    def move(self, key: str, new_key: str) -> None:
        """Give an object another key, durably; its time becomes now."""
        old, new = self.local_path(key), self.local_path(new_key)
        with _store_errors():
            os.utime(old)
            new.parent.mkdir(parents=True, exist_ok=True)
            if not (new.exists() and new.samefile(old)):  # else somebody died half way
                os.link(old, new)
            self._sync_folders_of([new])
            old.unlink()
            sync_folder(old.parent)

    def delete(self, key: str) -> None:
        """Remove one object, durably; one that is not there is already removed."""
        path = self.local_path(key)
        with _store_errors():
            path.unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError):  # nor is its folder there
                sync_folder(path.parent)

    def delete_prefix(self, prefix: str) -> None:
        """Remove every object whose key begins with `prefix`, which must name a folder and end in a slash."""
        if not prefix.strip("/") or not prefix.endswith("/"):
            raise ValueError("a prefix names a folder and ends in a slash")
        folder = self.root / prefix
        with _store_errors():
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(folder)
            self._durable_folders = {}  # a new folder of the same name is another one
            with contextlib.suppress(FileNotFoundError):  # nor is the folder above it there
                sync_folder(folder.parent)

    def free_bytes(self) -> int:
        """Bytes that may still be written, before the reserve is taken off."""
        with _store_errors():
            self.root.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self.root).free
