"""Lists, newest first, page by page: a cursor says where the last page ended, so depth costs nothing.

The order is (started_at, id) descending; the cursor is both of the last row, in URL-safe base64.
"""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from cam2bytes.lib.problems import Problem

MAX_LIMIT = 500


def encode(row) -> str:
    return base64.urlsafe_b64encode(f"{row.started_at.isoformat()} {row.pk}".encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[datetime, UUID]:
    """(started_at, id) of the row that ended the last page; Problem 422 when it is not a cursor of ours."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        started_at, _, pk = text.rpartition(" ")
        moment, pk = datetime.fromisoformat(started_at), UUID(pk)
    except (ValueError, binascii.Error):
        raise Problem("invalid", "The cursor is not one that this list gave.") from None
    if moment.tzinfo is None:
        raise Problem("invalid", "The cursor is not one that this list gave.")
    return moment, pk


def after(rows: QuerySet, cursor: str | None) -> QuerySet:
    """`rows`, newest first, from behind the cursor."""
    if cursor:
        started_at, pk = decode(cursor)
        rows = rows.filter(Q(started_at__lt=started_at) | Q(started_at=started_at, pk__lt=pk))
    return rows.order_by("-started_at", "-pk")


def page(rows: QuerySet, cursor: str | None, limit: int) -> tuple[list, str | None]:
    """(at most `limit` rows, the cursor of the next page or None)."""
    found = list(after(rows, cursor)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return found, encode(found[-1]) if more else None
