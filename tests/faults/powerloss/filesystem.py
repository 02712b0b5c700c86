"""Files and folders as inodes, and the single changes that a power cut may or may not let through."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

SECTOR = 512
ROOT = 0


@dataclass(frozen=True, eq=False)
class Write:
    """Bytes into a file; a disk writes them sector by sector, in any order."""

    inode: int
    offset: int
    data: bytes

    def sectors(self) -> list[tuple[int, bytes]]:
        """(offset, bytes) of the parts that lie in different sectors."""
        start, end = self.offset, self.offset + len(self.data)
        cuts = [start, *range((start // SECTOR + 1) * SECTOR, end, SECTOR), end]
        return [(a, self.data[a - start : b - start]) for a, b in itertools.pairwise(cuts)]


@dataclass(frozen=True, eq=False)
class Resize:
    inode: int
    size: int


@dataclass(frozen=True, eq=False)
class Relink:
    """Names in one folder: each leads to that inode from now on, or (None) nowhere. All of them or none."""

    inode: int
    names: tuple[tuple[str, int | None], ...]


Change = Write | Resize | Relink


@dataclass
class Image:
    """What is on a disk: the bytes of files and the names in folders. Bytes are never changed in place."""

    files: dict[int, bytes] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> "Image":
        """The tree below `folder`, which becomes inode 0."""
        image = cls(folders={ROOT: {}})
        inodes = {str(folder): ROOT}
        for path, folders, files in os.walk(folder):
            for name in folders + files:
                inode = inodes[os.path.join(path, name)] = len(inodes)
                image.folders[inodes[path]][name] = inode
                if name in folders:
                    image.folders[inode] = {}
                else:
                    image.files[inode] = Path(path, name).read_bytes()
        return image

    def copy(self) -> "Image":
        return Image(dict(self.files), {inode: dict(names) for inode, names in self.folders.items()})

    def apply(self, change: Change) -> None:
        if isinstance(change, Relink):
            names = self.folders[change.inode]
            for name, inode in change.names:
                if inode is None:
                    names.pop(name, None)
                else:
                    names[name] = inode
        elif isinstance(change, Write):
            self.write(change.inode, change.offset, change.data)
        else:
            self.files[change.inode] = self.files.get(change.inode, b"")[: change.size].ljust(change.size, b"\0")

    def write(self, inode: int, offset: int, data: bytes) -> None:
        held = self.files.get(inode, b"")
        self.files[inode] = held[:offset].ljust(offset, b"\0") + data + held[offset + len(data) :]

    def find(self, path: PurePath | str) -> int | None:
        """The inode at a path relative to the root, or None."""
        inode: int | None = ROOT
        for name in PurePath(path).parts:
            inode = self.folders.get(inode, {}).get(name)
            if inode is None:
                return None
        return inode

    def paths(self, folder: int = ROOT, start: str = "") -> Iterator[tuple[str, int]]:
        """(path, inode) of every file that can be reached."""
        for name, inode in self.folders.get(folder, {}).items():
            if inode in self.folders:
                yield from self.paths(inode, f"{start}{name}/")
            else:
                yield start + name, inode
