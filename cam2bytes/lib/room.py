"""Room on the store: new work stops before the disk is full, running work goes on from the reserve."""

from django.conf import settings

from cam2bytes.lib.problems import Problem
from cam2bytes.lib.store import get_store

RUNNING_SHARE = 10  # running work may use the reserve down to this fraction of it


def room_bytes() -> int | None:
    """Bytes that may still be kept, the reserve taken off; None where the store has no end."""
    free = get_store().free_bytes()
    return None if free is None else max(0, free - settings.CAM2BYTES_RESERVE_BYTES)


def require_room(*, running: bool) -> None:
    """Problem 507 when there is none: for new work at the reserve, for running work at a tenth of it."""
    free = get_store().free_bytes()
    if free is None:
        return
    reserve = settings.CAM2BYTES_RESERVE_BYTES
    if free < (reserve // RUNNING_SHARE if running else reserve):
        raise Problem("disk-full")
