"""What must be true of a data folder afterwards: rows against files, files against rows, receipts against both.

Only sqlite3 and files are looked at, nothing of cam2bytes is used, so that it can be measured by it.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.clients import Ledger
from tests.servers import wait_until

UNFINISHED = (
    "capture_frame WHERE status = 'stored' OR status = 'ready' AND thumbnail = ''",
    "recordings_recording WHERE status NOT IN ('ready', 'failed')"
    " OR status = 'ready' AND poster = '' AND video_codec != ''",
    "recordings_recording AS r WHERE status = 'ready' AND poster != ''"
    " AND NOT EXISTS (SELECT * FROM recordings_derivative d WHERE d.recording_id = r.id AND d.kind = 'sprite')",
    "recordings_derivative WHERE status NOT IN ('ready', 'failed')",
    "accounts_tombstone WHERE purged_at IS NULL",
)
MARK, SET_ASIDE = "cam2bytes", "lost+found/"
LEFTOVER = re.compile(
    r"\.incoming/[0-9a-f]{24}(\.\w+)?"
    r"|(captures|recordings)/[0-9a-f]{3}/[0-9a-f-]{36}/(frames|thumbnails|chunks|video|poster|derivatives|quarantine)/.*[0-9a-f]{12}\.\w+"
)


@dataclass
class Verdict:
    """`problems` must be empty; `orphans` are files that no row names, each of a shape that a crash leaves."""

    problems: list[str] = field(default_factory=list)
    acknowledged_bytes: int = 0
    lost_bytes: int = 0
    rows: int = 0
    orphans: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        shown = "; ".join(self.problems[:10])
        return f"{len(self.problems)} problems: {shown}" if self.problems else "nothing"


class Folder:
    """A data folder to look at."""

    def __init__(self, data_dir: Path):
        self.media = data_dir / "media"
        self._database = sqlite3.connect(data_dir / "db.sqlite3", timeout=30)
        self._database.row_factory = sqlite3.Row

    def rows(self, query: str) -> list[sqlite3.Row]:
        return self._database.execute(query).fetchall()

    def unfinished(self) -> int:
        """How many frames, recordings and deletions have work left."""
        return sum(self.rows(f"SELECT count(*) FROM {rows}")[0][0] for rows in UNFINISHED)  # noqa: S608

    def left(self) -> list[dict]:
        """Their rows."""
        return [dict(row) for rows in UNFINISHED for row in self.rows(f"SELECT * FROM {rows}")]  # noqa: S608

    def close(self) -> None:
        self._database.close()


def wait_until_quiet(data_dir: Path, seconds: float) -> None:
    """No frame, no recording and no deletion has work left; in `seconds` there must always be some progress."""
    folder = Folder(data_dir)
    try:
        while left := folder.unfinished():
            wait_until(lambda left=left: folder.unfinished() < left, f"{left} things: one is processed", seconds)
    except AssertionError as error:
        raise AssertionError(f"{error}; left: {folder.left()[:5]}") from error
    finally:
        folder.close()


def judge(data_dir: Path, ledger: Ledger) -> Verdict:
    """Everything that the promises say, once all is quiet."""
    folder, verdict = Folder(data_dir), Verdict()
    try:
        verdict.problems += ledger.wrong
        named = dict(_named_objects(folder))
        _look_at_objects(folder, named, verdict)
        _look_at_receipts(folder, ledger, verdict)
        _look_at_ends(folder, ledger, verdict)
        _look_at_deleted(folder, ledger, verdict)
        _look_at_counts(folder, verdict)
        _look_for_orphans(folder, named, verdict)
        if (said := folder.rows("PRAGMA integrity_check")[0][0]) != "ok":
            verdict.problems.append(f"the database is damaged: {said}")
    finally:
        folder.close()
    return verdict


def _named_objects(folder: Folder) -> Iterator[tuple[str, tuple[int | None, str | None]]]:
    """(key, (size, digest)) that any row names; None where the row does not say."""
    for row in folder.rows("SELECT image, size_bytes, sha256, thumbnail FROM capture_frame"):
        yield row["image"], (row["size_bytes"], row["sha256"])
        if row["thumbnail"]:
            yield row["thumbnail"], (None, None)
    for row in folder.rows("SELECT file, size_bytes, sha256 FROM recordings_chunk"):
        yield row["file"], (row["size_bytes"], row["sha256"])
    for row in folder.rows("SELECT video, video_size_bytes, poster FROM recordings_recording"):
        if row["video"]:
            yield row["video"], (row["video_size_bytes"], None)
        if row["poster"]:
            yield row["poster"], (None, None)
    for table in ("recordings_derivative", "recordings_derivativepart"):
        for row in folder.rows(f"SELECT file, size_bytes FROM {table} WHERE file != ''"):  # noqa: S608
            yield row["file"], (row["size_bytes"], None)


def _look_at_objects(folder: Folder, named: dict, verdict: Verdict) -> None:
    for key, (size, digest) in named.items():
        try:
            data = (folder.media / key).read_bytes()
        except OSError:
            verdict.problems.append(f"a row without its file: {key}")
            continue
        if (not data and size is None) or size not in (None, len(data)):
            verdict.problems.append(f"{key} has {len(data)} bytes instead of {size}")
        elif digest not in (None, hashlib.sha256(data).hexdigest()):
            verdict.problems.append(f"{key} has another digest")
    verdict.rows = len(named)


def _look_at_receipts(folder: Folder, ledger: Ledger, verdict: Verdict) -> None:
    queries = {
        "frame": "SELECT capture_id AS owner, number, sha256 FROM capture_frame",
        "chunk": "SELECT recording_id AS owner, number, sha256 FROM recordings_chunk",
    }
    held = {
        (kind, row["owner"].replace("-", ""), row["number"]): row["sha256"]
        for kind, query in queries.items()
        for row in folder.rows(query)
    }
    for (kind, owner_id, number), data in ledger.acknowledged.items():
        verdict.acknowledged_bytes += len(data)
        if held.get((kind, owner_id.replace("-", ""), number)) != hashlib.sha256(data).hexdigest():
            verdict.lost_bytes += len(data)
            verdict.problems.append(f"acknowledged and lost: {kind} {number} of {owner_id}")


def _look_at_ends(folder: Folder, ledger: Ledger, verdict: Verdict) -> None:
    """Every frame is ready; every sealed recording is, with all of its chunks."""
    captures = {capture_id.replace("-", "") for capture_id in ledger.captures}
    for row in folder.rows("SELECT * FROM capture_frame"):
        is_ready = row["status"] == "ready" and row["thumbnail"]
        if not is_ready and row["capture_id"].replace("-", "") in captures:
            verdict.problems.append(f"frame {row['number']} ended {row['status']}: {row['reason']} {row['last_error']}")
    sealed = {recording_id.replace("-", "") for recording_id in ledger.recordings}
    for row in folder.rows("SELECT * FROM recordings_recording"):
        if row["id"].replace("-", "") not in sealed:
            continue
        is_whole = row["received_count"] == row["chunk_count"] and row["gaps"] == "[]"
        if row["status"] != "ready" or not is_whole or not row["video"]:
            said = (
                f"{row['failure']} {row['last_error']}, {row['received_count']} of {row['chunk_count']}, {row['gaps']}"
            )
            verdict.problems.append(f"recording {row['id']} ended {row['status']}: {said}")


def _look_at_deleted(folder: Folder, ledger: Ledger, verdict: Verdict) -> None:
    """What was deleted has no row any more, and its objects are gone as far as its tombstone knows of them."""
    deleted = {owner_id.replace("-", "") for owner_id in ledger.deleted}
    for row in folder.rows("SELECT id FROM recordings_recording"):
        if row["id"].replace("-", "") in deleted:
            verdict.problems.append(f"deleted, and there again: {row['id']}")
    for row in folder.rows("SELECT object_id, last_error FROM accounts_tombstone WHERE purged_at IS NULL"):
        verdict.problems.append(f"deleted, and its objects still lie there: {tuple(row)}")


def _look_at_counts(folder: Folder, verdict: Verdict) -> None:
    """The counts kept beside the rows are true."""
    for row in folder.rows(
        "SELECT id, frame_count, ready_count, size_bytes, count(f.number) AS n, coalesce(sum(f.size), 0) AS total,"
        " coalesce(sum(f.ready), 0) AS ready FROM capture_capturesession LEFT JOIN"
        " (SELECT capture_id, number, size_bytes AS size, status = 'ready' AS ready FROM capture_frame) f"
        " ON f.capture_id = id GROUP BY id"
    ):
        if (row["frame_count"], row["size_bytes"], row["ready_count"]) != (row["n"], row["total"], row["ready"]):
            verdict.problems.append(f"the counts of capture session {row['id']} are wrong: {tuple(row)}")
    for row in folder.rows(
        "SELECT id, received_count, held_bytes, count(c.number) AS n, coalesce(sum(c.size), 0) AS total"
        " FROM recordings_recording LEFT JOIN"
        " (SELECT recording_id, number, size_bytes AS size FROM recordings_chunk) c ON c.recording_id = id GROUP BY id"
    ):
        if (row["received_count"], row["held_bytes"]) != (row["n"], row["total"]):
            verdict.problems.append(f"the counts of recording {row['id']} are wrong: {tuple(row)}")


def _look_for_orphans(folder: Folder, named: dict, verdict: Verdict) -> None:
    """Files that no row names and that no sweep has set aside."""
    for path in folder.media.rglob("*"):
        key = str(path.relative_to(folder.media))
        if path.is_file() and key not in named and key != MARK and not key.startswith(SET_ASIDE):
            verdict.orphans.append(key)
            if not LEFTOVER.fullmatch(key):
                verdict.problems.append(f"no crash leaves such a file: {key}")
