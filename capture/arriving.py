"""The rows of frames on their way in, by hand-made statements (see `cam2bytes.lib.statements`)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from cam2bytes.lib.statements import Insert, ask, change, for_update, marks, stored_moment, stored_uuid
from capture.models import CaptureSession, Frame

_frames, _captures = Frame._meta.db_table, CaptureSession._meta.db_table
_insert = Insert(
    Frame, "capture", "number", "image", "content_type", "size_bytes", "sha256", "width", "height", "taken_at",
    "received_at",
)  # fmt: skip


def held(capture_id: UUID, numbers: Sequence[int]) -> dict[int, str]:
    """{number: digest} of those of `numbers` that have a row."""
    if not numbers:
        return {}
    sql = f"SELECT number, sha256 FROM {_frames} WHERE capture_id = %s AND number IN {marks(numbers)}"  # noqa: S608
    return dict(ask(sql, [stored_uuid(capture_id), *numbers]))


def lock(capture_id: UUID) -> bool:
    """Let writers of one capture session wait for each other, until the transaction ends; False when it is gone."""
    sql = f"SELECT 1 FROM {_captures} WHERE id = %s AND deleted_at IS NULL {for_update()}"  # noqa: S608
    return bool(ask(sql, [stored_uuid(capture_id)]))


def insert(capture_id: UUID, frames: Sequence) -> list[int]:
    """A row for each of `frames`, which are as `ingest` has judged them, counted on their capture session; their
    ids in no order. Call it in the transaction that holds the `lock`."""
    now = timezone.now()
    ids = _insert(
        (
            capture_id, frame.incoming.number, frame.key, frame.content_type, len(frame.incoming.data), frame.sha256,
            frame.width, frame.height, frame.incoming.taken_at, now,
        )
        for frame in frames
    )  # fmt: skip
    times = [frame.incoming.taken_at for frame in frames if frame.incoming.taken_at]
    _count(capture_id, len(frames), sum(len(frame.incoming.data) for frame in frames), now, times)
    return ids


def _count(capture_id: UUID, count: int, size_bytes: int, now: datetime, times: list[datetime]) -> None:
    """`times`: when those were taken that say so."""
    first, last = (stored_moment(pick(times)) if times else None for pick in (min, max))
    sql = f"""
        UPDATE {_captures} SET frame_count = frame_count + %s, size_bytes = size_bytes + %s, alive_at = %s
    """  # noqa: S608
    parameters = [count, size_bytes, stored_moment(now)]
    if times:
        sql += """,
            first_taken_at = CASE WHEN first_taken_at < %s THEN first_taken_at ELSE %s END,
            last_taken_at = CASE WHEN last_taken_at > %s THEN last_taken_at ELSE %s END
        """
        parameters += [first, first, last, last]
    change(f"{sql} WHERE id = %s", [*parameters, stored_uuid(capture_id)])
