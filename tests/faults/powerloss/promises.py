"""What cam2bytes had promised by the time the power went, and whether it was kept.

A promise begins when the client has heard it and ends when the client asks for the deletion: from then until the
answer either is right. Next to what was said there are the rows: each speaks of an object, and it must be there.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from tests.faults.powerloss.crashes import Crash
from tests.faults.powerloss.database import DatabaseBroken, Recovery, Rows
from tests.faults.powerloss.filesystem import Image

MEDIA = "media/"
MARK = "cam2bytes"
ROOMS = ("captures/", "recordings/")
UPLOAD = re.compile(r"/(?:frames|chunks)/\d+")
STARTED, KEPT, CONFLICT, GONE = 201, (200, 201), 409, 204


@dataclass
class Promises:
    """What the client has heard. A thing is called by its path below /api/v1.

    started:   captures and recordings
    kept:      frames and chunks -> (digest, size)
    set_aside: frames and chunks whose other bytes are in quarantine -> digest
    sealed:    recordings -> number of chunks
    deleted:   anything
    """

    started: set[str] = field(default_factory=set)
    kept: dict[str, tuple[str, int]] = field(default_factory=dict)
    set_aside: dict[str, str] = field(default_factory=dict)
    sealed: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, told: list[dict]) -> "Promises":
        promises = cls()
        for what in told:
            if request := what.get("asked"):
                if request["method"] == "DELETE":
                    promises._forget(_thing(request))
            elif answer := what.get("answered"):
                promises._hear(_thing(answer), answer, json.loads(answer["body"] or "null"))
        return promises

    def _forget(self, thing: str) -> None:
        self.started.discard(thing)
        self.sealed.pop(thing, None)
        for heard in (self.kept, self.set_aside):
            for path in [path for path in heard if f"{path}/".startswith(f"{thing}/")]:
                del heard[path]

    def _hear(self, thing: str, answer: dict, body) -> None:
        method, status = answer["method"], answer["status"]
        if method == "DELETE" and status == GONE:
            self.deleted.add(thing)
        elif method == "PUT" and status in KEPT:
            self.kept[thing] = answer["sha256"], answer["size_bytes"]
        elif method == "PUT" and status == CONFLICT:
            self.set_aside[thing] = answer["sha256"]
        elif thing.endswith("/seal") and status in KEPT:
            self.sealed[thing.removesuffix("/seal")] = body["chunk_count"]
        elif thing.endswith("/frames") and status in KEPT:
            for receipt in body["receipts"]:
                if receipt["status"] in KEPT:
                    self.kept[f"{thing}/{receipt['number']}"] = receipt["sha256"], receipt["size_bytes"]
        elif method == "POST" and status == STARTED:
            self.started.add(f"{thing}/{body['id']}")


def _thing(request: dict) -> str:
    return request["path"].removeprefix("/api/v1/")


class Checker:
    """Compares what is on the disk with what was promised. `meant` has the files as the application wrote them."""

    def __init__(self, recovery: Recovery, meant: Image):
        self._recovery, self._meant = recovery, meant

    def broken(self, crash: Crash) -> list[str]:
        """What does not hold, a sentence each."""
        try:
            rows = self._recovery.rows(crash.image)
        except DatabaseBroken as broken:
            return [f"the database is broken: {broken}"]
        objects = {path.removeprefix(MEDIA): inode for path, inode in crash.image.paths() if path.startswith(MEDIA)}
        look = _Look(rows, objects, crash.image, self._meant)
        promises = Promises.of(crash.moment.told)
        return [*look.rows_without_objects(), *look.lost(promises), *look.come_back(promises), *look.store_refused()]


@dataclass
class _Look:
    rows: Rows
    objects: dict[str, int]
    image: Image
    meant: Image

    def _bytes(self, key: str) -> bytes | None:
        inode = self.objects.get(key)
        return None if inode is None else self.image.files.get(inode, b"")

    def _is_whole(self, key: str) -> bool:
        """As the application wrote it, to the last byte."""
        return key in self.objects and self._bytes(key) == self.meant.files[self.objects[key]]

    def rows_without_objects(self) -> Iterator[str]:
        originals = [(row["image"], row) for row in self.rows["frames"]]
        originals += [(row["file"], row) for row in self.rows["chunks"]]
        for key, row in originals:
            data = self._bytes(key)
            if data is None or (len(data), _sha256(data)) != (row["size_bytes"], row["sha256"]):
                yield f"a row without its object: {key} is {_state(data)}"
        for row in self.rows["recordings"]:
            if row["video"] and not (
                self._is_whole(row["video"]) and len(self._bytes(row["video"])) == row["video_size_bytes"]
            ):
                yield f"a recording ({row['status']}) without its video: it is {_state(self._bytes(row['video']))}"
            if row["status"] == "ready" and not row["video"]:
                yield "a ready recording that names no video"
        derived = [row["thumbnail"] for row in self.rows["frames"]] + [row["poster"] for row in self.rows["recordings"]]
        for key in filter(None, derived):
            if not self._is_whole(key):
                yield f"a row without its picture: {key} is {_state(self._bytes(key))}"

    def lost(self, promises: Promises) -> Iterator[str]:
        held = self._held()
        for thing in promises.started - held.keys():
            yield f"started and lost: {thing}"
        for thing, (digest, size) in promises.kept.items():
            row = held.get(thing)
            if row is None or (row["sha256"], row["size_bytes"]) != (digest, size):
                yield f"a receipt, and no row of it: {thing}"
        for thing, count in promises.sealed.items():
            if thing not in held or held[thing]["chunk_count"] != count:
                yield f"sealed, and open again: {thing}"
        for thing, digest in promises.set_aside.items():
            folder = UPLOAD.sub("/quarantine/", thing)
            aside = [key for key in self.objects if _path_of(key).startswith(folder)]
            if not any(_sha256(self._bytes(key)) == digest for key in aside):
                yield f"said to be a conflict, and not set aside: {thing}"

    def _held(self) -> dict:
        """What has a row, by its path below /api/v1."""
        held = {f"{room}/{UUID(row['id'])}": row for room in ("captures", "recordings") for row in self.rows[room]}
        held |= {f"captures/{UUID(row['capture_id'])}/frames/{row['number']}": row for row in self.rows["frames"]}
        return held | {
            f"recordings/{UUID(row['recording_id'])}/chunks/{row['number']}": row for row in self.rows["chunks"]
        }

    def come_back(self, promises: Promises) -> Iterator[str]:
        held = self._held()
        graves = {row["object_id"]: row for row in self.rows["tombstones"]}
        for thing in promises.deleted:
            if thing in held:
                yield f"deleted and there again: {thing}"
            if thing.partition("/")[2] not in graves:
                yield f"deleted, and forgotten that it was: {thing}"
        for name, grave in graves.items():
            left = [key for key in self.objects if _belongs(key, name)] if grave["purged_at"] else []
            if left:
                yield f"noted as purged, and its objects are there again: {left}"

    def store_refused(self) -> Iterator[str]:
        """The next start would not take the store for its own, and refuse every upload."""
        ours = [str(UUID(row["mark"])).encode() for row in self.rows["marks"]]
        theirs = self._bytes(MARK)
        if ours and theirs != ours[0]:
            yield f"the database knows its store's mark, and in the store it is {_state(theirs)}"
        elif MARK in self.objects and not self._is_whole(MARK):
            yield "the store's mark cannot be read"
        elif MARK in self.objects and not ours and any(key.startswith(ROOMS) for key in self.objects):
            yield "the store is marked and holds media, and the database does not know the mark"


def _belongs(key: str, name: str) -> bool:
    """Is this an object of what was deleted: <uuid>, or <uuid>/frames/12?"""
    owner, _, number = name.partition("/frames/")
    return f"/{owner}/" in key and (not number or f"/{int(number):09d}-" in key)


def _path_of(key: str) -> str:
    """A key without the folder of three letters that spreads the owners."""
    room, _, rest = key.partition("/")
    return f"{room}/{rest.partition('/')[2]}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _state(data: bytes | None) -> str:
    return "missing" if data is None else f"{len(data)} other bytes"
