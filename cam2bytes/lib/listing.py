"""Lists of what one owns: the filters that both kinds share."""

from typing import Annotated

from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet, Value
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


class _HoldsText(Func):
    """Whether a JSON list holds a text, in SQLite's words: Django has no `contains` on JSON there."""

    template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s)"
    arg_joiner = ") WHERE json_each.value = "
    output_field = BooleanField()


def with_label(rows: QuerySet, label: str) -> QuerySet:
    """Rows whose JSON list `labels` holds `label`."""
    if connection.features.supports_json_field_contains:
        return rows.filter(labels__contains=[label])
    return rows.filter(_HoldsText(F("labels"), Value(label)))
