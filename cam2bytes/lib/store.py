"""The store: objects kept so that a power cut cannot take them back.

`keep` returns only when the bytes and the folder entries that lead to them are on the disk (or in the
bucket). Django's own storages do not promise that: FileSystemStorage never calls fsync. The order of a
local write, for one object or for many behind one barrier, is

    temp file on the same file system -> data synced -> link under the final name (fails if it exists)
    -> temp name removed -> every folder touched synced, parents that were made included

A file is therefore whole under its final name or not there. Failures raise `StoreFull` (no room) or
`StoreError` (anything else); a failed sync is never tried again on the same file, because the kernel
may have dropped the dirty pages. Reading goes through django-storages' or Django's storage of the same
place, so `FileField`s whose name is a key simply work.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.storage import storages
from django.core.signals import setting_changed

from cam2bytes.lib.s3 import S3Store
from cam2bytes.lib.storeerrors import ObjectMissing, StoreError, StoreFull

__all__ = ["LocalStore", "ObjectMissing", "S3Store", "StoreError", "StoreFull", "get_store"]

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
TEMP_FOLDER = ".incoming"


def get_store():
    """The store that the settings name: a folder, or an S3 bucket."""
    return _store_for(settings.CAM2BYTES_STORAGE, str(settings.MEDIA_ROOT))


@lru_cache
def _store_for(kind: str, media_root: str):
    if kind == "s3":
        return S3Store(storages["default"])
    return LocalStore(Path(media_root))


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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class LocalStore:
    """Objects as files below `root`."""

    def __init__(self, root: Path):
        self.root = Path(root)

    # Writing ---------------------------------------------------------------------------------

    def keep(self, key: str, data: bytes) -> None:
        self.keep_many([(key, data)])

    def keep_many(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Keep every (key, bytes) behind one barrier: all are durable when this returns; on an error, none stays."""
        kept: list[Path] = []
        folders: set[Path] = set()
        with _store_errors():
            try:
                for key, data in objects:
                    temp = self._write_temp(data)
                    kept.append(self._link(temp, key, folders))
                for folder in folders:
                    _sync_folder(folder)
            except BaseException:
                for path in kept:
                    path.unlink(missing_ok=True)
                raise

    def keep_file(self, key: str, path: Path) -> None:
        """Move the file at `path` (on the store's file system, from `temp_path`) under `key`, durably."""
        folders: set[Path] = set()
        with _store_errors():
            with open(path, "rb") as file:
                os.fsync(file.fileno())
            self._link(Path(path), key, folders)
            for folder in folders:
                _sync_folder(folder)

    def temp_path(self, suffix: str = "") -> Path:
        """A name for a file in the making, on the store's file system; the caller removes what it leaves."""
        with _store_errors():
            incoming = self.root / TEMP_FOLDER
            incoming.mkdir(parents=True, exist_ok=True)
            return incoming / f"{secrets.token_hex(12)}{suffix}"

    def _write_temp(self, data: bytes) -> Path:
        temp = self.temp_path()
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        except BaseException:
            temp.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        return temp

    def _link(self, temp: Path, key: str, folders: set[Path]) -> Path:
        """Give the synced temp file its final name; collects in `folders` what must be synced after it."""
        final = self.local_path(key)
        try:
            made = final.parent
            while not made.exists():
                folders.add(made.parent)
                made = made.parent
            final.parent.mkdir(parents=True, exist_ok=True)
            os.link(temp, final)
        finally:
            temp.unlink(missing_ok=True)
        folders.add(final.parent)
        return final

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

    def url(self, key: str, *, content_type: str, filename: str, as_attachment: bool) -> None:
        """No address of its own: local objects are served by cam2bytes."""
        return

    # Removing --------------------------------------------------------------------------------

    def delete(self, key: str) -> None:
        """Remove one object; one that is not there is already removed."""
        with _store_errors():
            self.local_path(key).unlink(missing_ok=True)

    def delete_prefix(self, prefix: str) -> None:
        """Remove every object whose key begins with `prefix`, which must name a folder and end in a slash."""
        if not prefix.strip("/") or not prefix.endswith("/"):
            raise ValueError("a prefix names a folder and ends in a slash")
        with _store_errors():
            if (folder := self.root / prefix).exists():
                shutil.rmtree(folder)
                _sync_folder(folder.parent)

    def free_bytes(self) -> int:
        """Bytes that may still be written, before the reserve is taken off."""
        with _store_errors():
            self.root.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self.root).free
