"""From system calls to what they did to the data folder: changes, syncs, and what the client sent and heard.

A call that changes the folder in a way that is not understood here raises `NotModelled`: the model must be
taught then, it never guesses.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.powerloss.filesystem import Change, Image, Relink, Resize, Write
from tests.faults.powerloss.trace import Call

STDOUT = 1
MODELLED = ("openat", "close", "read", "write", "pwrite64", "lseek", "ftruncate", "fsync", "fdatasync",
            "fcntl", "mkdir", "mkdirat", "rmdir", "link", "linkat", "unlink", "unlinkat", "rename", "renameat",
            "renameat2")  # fmt: skip
NOT_MODELLED = (
    "open", "openat2", "creat", "dup", "dup2", "dup3", "writev", "pwritev", "pwritev2", "truncate", "fallocate",
    "symlink", "symlinkat", "mknod", "mknodat", "copy_file_range", "sendfile", "splice", "sync_file_range", "mmap",
)  # fmt: skip
SHARED_MEMORY = "-shm"  # SQLite's map of its WAL: made anew after a crash, never synced


class NotModelled(Exception):
    """The application did something to its data folder that the model of the file system does not know."""


@dataclass(frozen=True, eq=False)
class Sync:
    """From here on everything is durable that was done to that inode before that line of the trace."""

    inode: int
    before: int


@dataclass(frozen=True, eq=False)
class Told:
    """What the client sent or heard."""

    what: dict


@dataclass(frozen=True, eq=False)
class Event:
    """`line` is where in the trace it happened: a call took effect where it ended, the client heard where one began."""

    line: int
    what: Change | Sync | Told


@dataclass
class _Open:
    inode: int
    position: int = 0


class Timeline:
    """Follows the calls of one process and its threads on the tree `base` below `root`.

    `events` is what they did, in order; `live` the tree as the process sees it at the end.
    """

    def __init__(self, root: Path, base: Image, calls: Iterable[Call]):
        self.base, self.live = base, base.copy()
        self._root = str(root)
        self._events: list[Event] = []
        self._open: dict[int, _Open] = {}
        self._next_inode = max([*base.files, *base.folders]) + 1
        for call in calls:
            if call.result >= 0:
                self._follow(call)
        self.events = sorted(self._events, key=lambda event: event.line)

    def _follow(self, call: Call) -> None:
        if call.name in NOT_MODELLED:
            self._refuse_in_root(call)
            return
        what = getattr(self, f"_{call.name}")(call)
        if isinstance(what, Told):
            self._events.append(Event(call.began, what))
        elif what is not None:
            for done in what if isinstance(what, list) else [what]:
                if not isinstance(done, Sync):
                    self.live.apply(done)
                self._events.append(Event(call.ended, done))

    # Files: each gives what the call did, or None ---------------------------------------------

    def _openat(self, call: Call):
        self._open.pop(call.result, None)
        path, flags = self._path(call, 1, folder=0), call.arguments[2].split("|")
        if path is None or path.endswith(SHARED_MEMORY):
            return None
        if "O_APPEND" in flags:
            raise NotModelled(f"{path} opened to append")
        inode, done = self.live.find(path), None
        if "O_TMPFILE" in flags:
            inode = self._new_inode()  # without a name
        elif inode is None:
            inode = self._new_inode()
            done = self._relinked(path, inode)
        elif "O_TRUNC" in flags:
            done = Resize(inode, 0)
        self._open[call.result] = _Open(inode)
        return done

    def _close(self, call: Call):
        self._open.pop(call.number(0), None)

    def _fcntl(self, call: Call):
        if call.arguments[1].startswith("F_DUPFD") and (file := self._opened(call)):
            self._open[call.result] = file

    def _read(self, call: Call):
        if file := self._open.get(call.number(0)):
            file.position += call.result

    def _write(self, call: Call):
        if call.number(0) == STDOUT:
            return Told(json.loads(call.data(1)))
        if file := self._opened(call):
            file.position += call.result
            return Write(file.inode, file.position - call.result, call.data(1)[: call.result])
        return None

    def _pwrite64(self, call: Call):
        file = self._opened(call)
        return file and Write(file.inode, call.number(3), call.data(1)[: call.result])

    def _lseek(self, call: Call):
        if file := self._opened(call):
            file.position = call.result

    def _ftruncate(self, call: Call):
        file = self._opened(call)
        return file and Resize(file.inode, call.number(1))

    def _fsync(self, call: Call):
        file = self._opened(call)
        return file and Sync(file.inode, call.began)  # what was still under way then need not be in it

    _fdatasync = _fsync  # it leaves out times only, not the size

    # Names ------------------------------------------------------------------------------------

    def _mkdir(self, call: Call):
        return self._made_folder(self._path(call, 0))

    def _mkdirat(self, call: Call):
        return self._made_folder(self._path(call, 1, folder=0))

    def _made_folder(self, path: str | None):
        if path is None:
            return None
        inode = self._new_inode()
        # It is a folder from the beginning, empty; whether a name leads to it is what may be lost.
        self.live.folders[inode], self.base.folders[inode] = {}, {}
        return self._relinked(path, inode)

    def _link(self, call: Call):
        return self._linked(self._path(call, 0), self._path(call, 1))

    def _linkat(self, call: Call):
        return self._linked(self._path(call, 1, folder=0), self._path(call, 3, folder=2))

    def _linked(self, old: str | None, new: str | None):
        return new and self._relinked(new, self.live.find(old))

    def _unlink(self, call: Call):
        return self._removed(self._path(call, 0))

    _rmdir = _unlink

    def _unlinkat(self, call: Call):
        return self._removed(self._path(call, 1, folder=0))

    def _removed(self, path: str | None):
        return None if path is None or path.endswith(SHARED_MEMORY) else self._relinked(path, None)

    def _rename(self, call: Call):
        return self._renamed(self._path(call, 0), self._path(call, 1))

    def _renameat(self, call: Call):
        return self._renamed(self._path(call, 1, folder=0), self._path(call, 3, folder=2))

    def _renameat2(self, call: Call):
        if "RENAME_EXCHANGE" in call.arguments[4]:
            raise NotModelled("two files that exchange their names")
        return self._renameat(call)

    def _renamed(self, old: str | None, new: str | None):
        """Within a folder both names change at once. Between two, each folder's change is on its own, which is more
        than any file system does to an application that syncs both."""
        if old is None and new is None:
            return None
        inode = self.live.find(old)
        if os.path.dirname(old) == os.path.dirname(new):
            folder = self.live.find(os.path.dirname(old))
            return Relink(folder, ((os.path.basename(old), None), (os.path.basename(new), inode)))
        return [self._relinked(new, inode), self._relinked(old, None)]

    def _relinked(self, path: str, inode: int | None) -> Relink:
        folder, name = os.path.split(path)
        return Relink(self.live.find(folder), ((name, inode),))

    # Arguments --------------------------------------------------------------------------------

    def _new_inode(self) -> int:
        inode, self._next_inode = self._next_inode, self._next_inode + 1
        return inode

    def _opened(self, call: Call) -> _Open | None:
        """The file of the data folder behind the call's descriptor; None for any other."""
        file = self._open.get(call.number(0))
        path = call.descriptor_path(0)
        if file is None and path and self._in_root(path) is not None and not path.endswith(SHARED_MEMORY):
            raise NotModelled(f"{call.name} on {path}, which was not seen to be opened")
        return file

    def _path(self, call: Call, place: int, *, folder: int | None = None) -> str | None:
        """A path argument relative to the root, or None when it leads elsewhere."""
        path = call.path(place)
        if not path.startswith("/"):
            above = call.descriptor_path(folder) if folder is not None else None
            if above is None:
                raise NotModelled(f"{call.name} on {path}, which begins in a folder that is not known")
            path = os.path.join(above, path)
        return self._in_root(path)

    def _in_root(self, path: str) -> str | None:
        below = os.path.relpath(path, self._root)
        if below == ".":
            return ""
        return None if below == ".." or below.startswith("../") else below

    def _refuse_in_root(self, call: Call) -> None:
        if call.name == "mmap" and not {"PROT_WRITE", "MAP_SHARED"} <= set("|".join(call.arguments).split("|")):
            return
        paths = [call.descriptor_path(place) for place in range(len(call.arguments))]
        paths += [call.path(place) for place, text in enumerate(call.arguments) if text.startswith('"\\x2f')]
        for path in filter(None, paths):
            if self._in_root(path) is not None and not path.endswith(SHARED_MEMORY):
                raise NotModelled(f"{call.name} on {path}")
