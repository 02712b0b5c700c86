"""Lists of what one owns: the filters that both kinds share."""

from typing import Annotated

from django.db import connection
from django.db.models import QuerySet
from ninja import Schema
from pydantic import Field

from cam2bytes.lib.cursors import MAX_LIMIT
from cam2bytes.lib.schemas import ShortText


class ListQuery(Schema):
    """`cursor` is the `next_cursor` of the page before; the filters are exact."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    label: ShortText | None = None
    external_id: ShortText | None = None


def filtered(rows: QuerySet, query: ListQuery) -> QuerySet:
    if query.external_id is not None:
        rows = rows.filter(external_id=query.external_id)
    if query.label is not None:
        rows = with_label(rows, query.label)
    return rows


def with_label(rows: QuerySet, label: str) -> QuerySet:
    """Rows whose JSON list `labels` holds `label`. SQLite lacks `contains` on JSON; its json_each does it."""
    if connection.features.supports_json_field_contains:
        return rows.filter(labels__contains=[label])
    table = rows.model._meta.db_table
    return rows.extra(
        where=[f'EXISTS (SELECT 1 FROM json_each("{table}"."labels") WHERE json_each.value = %s)'],  # noqa: S610
        params=[label],
    )
