"""Which run of a page a message to /upload belongs to.

The first cam2bytes's pages send no id, only a serial number that begins at 1 each time they are started. So
the server tells their runs apart:

    serialNumber 1                       begins a run
    a held number with other bytes       begins a run (its 1 was lost)
    1 after 2, within seconds            joins the run that the 2 began
    the same 1 again                     is a repetition, not a beginning
    a message from before a new run's 1  belongs to the run before: it was still on its way

A refused message (empty, no image) marks the beginning just the same, but a run has no capture session or
recording before its first good bytes: a page whose camera never opens leaves nothing behind.
"""

import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cam2bytes.models import UploadClient

REMEMBERED_RUNS = 2
ON_ITS_WAY = timedelta(seconds=10)  # how long one message may overtake another
Held = Callable[[str, int], str | None]


@dataclass
class Message:
    """`number` from 0; `taken_at` by the page's clock, or None; `sha256` None when its bytes were refused."""

    number: int
    taken_at: datetime | None
    sha256: str | None


@dataclass
class Run:
    """`target` is the id of its capture session or recording, None before the first good bytes.

    `begun_at` by the server's clock, `taken_at` by the page's, of its first message; both in ISO 8601.
    """

    begun_at: str
    taken_at: str | None = None
    has_first: bool = False
    target: str | None = None

    @property
    def is_young(self) -> bool:
        return timezone.now() - datetime.fromisoformat(self.begun_at) < ON_ITS_WAY

    def began_after(self, moment: datetime | None) -> bool:
        return bool(moment and self.taken_at and moment < datetime.fromisoformat(self.taken_at))


def target_of(client_key: str, message: Message, held: Held, start: Callable[[], uuid.UUID]) -> uuid.UUID | None:
    """The id of the capture session or recording that takes the message; None when its bytes were refused.

    `held(target, number)` is the digest kept under a number, or None; `start()` makes a new capture session
    or recording. Only messages that may begin something wait for each other.
    """
    known = UploadClient.objects.filter(key=client_key).first()
    run = known and message.number and _run_of(_runs_of(known), message, held)
    if run and run.target:
        return uuid.UUID(run.target) if message.sha256 else None
    return _begin_or_join(client_key, message, held, start)


@transaction.atomic
def _begin_or_join(client_key: str, message: Message, held: Held, start: Callable[[], uuid.UUID]) -> uuid.UUID | None:
    """`target_of`, one message of a client after the other, noting what it began."""
    UploadClient.objects.get_or_create(key=client_key)
    client = UploadClient.objects.select_for_update().get(key=client_key)
    runs = _runs_of(client)
    run = _run_of(runs, message, held)
    if run is None:
        run = Run(begun_at=timezone.now().isoformat())
        runs.insert(0, run)
    if message.number == 0:
        run.has_first, run.taken_at = True, _stamp(message)
    if message.sha256 and run.target is None:
        run.target = str(start())
    noted = [asdict(run) for run in runs[:REMEMBERED_RUNS]]
    if noted != client.runs:
        client.runs = noted
        client.save()
    return uuid.UUID(run.target) if message.sha256 else None


def _runs_of(client: UploadClient) -> list[Run]:
    return [Run(**run) for run in client.runs]


def _run_of(runs: list[Run], message: Message, held: Held) -> Run | None:
    """The one of `runs` (newest first) that the message belongs to; None when it begins a new one."""
    if not runs:
        return None
    newest = runs[0]
    if message.number == 0:
        if newest.target is None or (newest.is_young and not newest.has_first):
            return newest
        return next((run for run in runs if _repeats_first(run, message, held)), None)
    if len(runs) > 1 and newest.is_young and newest.has_first and newest.began_after(message.taken_at):
        return runs[1]
    if newest.target and message.sha256 and held(newest.target, message.number) not in (None, message.sha256):
        return None
    return newest


def _repeats_first(run: Run, message: Message, held: Held) -> bool:
    if not run.has_first or run.taken_at != _stamp(message):
        return False
    return message.sha256 is None or (run.target and held(run.target, 0) in (None, message.sha256))


def _stamp(message: Message) -> str | None:
    return message.taken_at.isoformat() if message.taken_at else None
