"""SQL by hand, for the few statements that every upload needs.

Django's ORM composes the text of a query anew each time: half a millisecond of processor time, and an upload takes a
dozen of them; a row of `bulk_create` costs 0.15 ms to prepare. Here the text is made once. What is seldom asked stays
with the ORM. Placeholders are Django's: %s.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model

MOST_ROWS = 400  # of one INSERT; SQLite takes 32,766 values in a statement
AS_THEY_ARE = ("CharField", "TextField", "FileField", "IntegerField", "PositiveIntegerField", "BigIntegerField")


def ask(sql: str, parameters: Sequence) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def change(sql: str, parameters: Sequence) -> int:
    """How many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


def marks(values: Sequence) -> str:
    """The placeholders for `IN` of that many values, in brackets."""
    return f"({', '.join(['%s'] * len(values))})"


def stored_uuid(value: UUID) -> UUID | str:
    return value if connection.features.has_native_uuid_field else value.hex


def stored_moment(value: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def for_update() -> str:
    """What locks the rows of a SELECT until the transaction ends. SQLite's writers exclude each other anyway."""
    return "FOR UPDATE" if connection.features.has_select_for_update else ""


class Insert:
    """INSERT of many rows of one model: `Insert(Frame, "number", "sha256")([(0, "ab"), (1, "cd")])`.

    The other columns get their fields' defaults, which are the same for every row.
    """

    def __init__(self, model: type[Model], *names: str):
        meta = model._meta
        self._given = [meta.get_field(name) for name in names]
        known = {meta.pk, *self._given}
        self._others = [field for field in meta.concrete_fields if field not in known]
        columns = ", ".join(f'"{field.column}"' for field in (*self._given, *self._others))
        self._sql = f'INSERT INTO "{meta.db_table}" ({columns}) VALUES'
        self._returning = f' RETURNING "{meta.pk.column}"'

    def __call__(self, rows: Iterable[tuple]) -> list:
        """The primary keys, in no order."""
        rows = [self._stored(row) for row in rows]
        keys = []
        for start in range(0, len(rows), MOST_ROWS):
            some = rows[start : start + MOST_ROWS]
            sql = f"{self._sql} {', '.join([marks(some[0])] * len(some))}{self._returning}"
            keys += [key for (key,) in ask(sql, [value for row in some for value in row])]
        return keys

    def _stored(self, row: tuple) -> tuple:
        given = tuple(
            value if field.get_internal_type() in AS_THEY_ARE else field.get_db_prep_save(value, connection)
            for field, value in zip(self._given, row, strict=True)
        )
        return given + _defaults(tuple(self._others), connection.vendor)


@lru_cache
def _defaults(fields: tuple[Field, ...], vendor: str) -> tuple:
    """What a database of `vendor` stores for fields that are not given."""
    return tuple(field.get_db_prep_save(field.get_default(), connection) for field in fields)
