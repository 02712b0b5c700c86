"""What the rows say is in the store: each app tells its own, and how to go on where something is not there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone

ROWS_AT_A_TIME = 1000


@dataclass(frozen=True)
class Holding:
    """One object that a row speaks of.

    pk:         of the row, in the run that was asked for (its capture session or recording)
    field:      the row's field that holds the key
    key:        where the object lies
    what:       for a person: "frame 12", "video"
    size_bytes: of the object; None where the row does not say
    sha256:     hex; None where the row does not say
    """

    pk: int | UUID
    field: str
    key: str
    what: str
    size_bytes: int | None = None
    sha256: str | None = None


class Room(Protocol):
    """A module of an app that knows what its rows hold."""

    PREFIX: str  # of every key of the app: "captures/"
    RUN: str  # for a person: "capture session"
    MODEL: type[Model]  # of its runs

    @staticmethod
    def holdings(run_id: UUID) -> Iterator[Holding]:
        """What the rows of one run hold; memory does not grow with their number."""

    @staticmethod
    def still_holds(holding: Holding) -> bool:
        """Whether the row is there still, with that key."""

    @staticmethod
    def give_up(run_id: UUID, holding: Holding, reason: str) -> str:
        """The object is gone or is another: make the rows say so, have made again what can be; what was done."""


def in_pages(rows: QuerySet, by: str, *fields: str) -> Iterator[tuple]:
    """(`by`, *fields) of all rows in the order of `by`, which is unique. No cursor stays open meanwhile, so the
    rows may be changed on the way, and memory does not grow with their number."""
    rows = rows.order_by(by).values_list(by, *fields)
    page = list(rows[:ROWS_AT_A_TIME])
    while page:
        yield from page
        page = list(rows.filter(**{f"{by}__gt": page[-1][0]})[:ROWS_AT_A_TIME])


def run_ids(room: Room) -> Iterator[UUID]:
    """The ids of all runs, by id."""
    return _ids(room.MODEL.objects.all())


def recent_run_ids(room: Room, hours: float) -> Iterator[UUID]:
    """The ids of the runs that were alive within so many hours."""
    return _ids(room.MODEL.objects.filter(alive_at__gte=timezone.now() - timedelta(hours=hours)))


def existing(room: Room, ids: Iterable[UUID]) -> set[UUID]:
    """Those of them that have a row."""
    return set(room.MODEL.objects.filter(pk__in=ids).values_list("pk", flat=True))


def _ids(runs: QuerySet) -> Iterator[UUID]:
    return (run_id for (run_id,) in in_pages(runs, "pk"))
