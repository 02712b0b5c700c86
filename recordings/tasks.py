"""Celery tasks of recordings: thin, they take ids and find out from the rows what is to be done."""

from uuid import UUID

from celery import shared_task

from cam2bytes.accounts.tasks import purge
from cam2bytes.lib.hints import offer
from recordings import assembly, sweep


@shared_task(name="recordings.assemble", soft_time_limit=3600, time_limit=3700)
def assemble(recording_id: str) -> None:
    """Chunks in order become one playable file."""
    if assembly.assemble(UUID(recording_id)):
        offer(make_poster, recording_id)


@shared_task(name="recordings.make_poster")
def make_poster(recording_id: str) -> None:
    """A picture of the video, for lists."""
    assembly.ensure_poster(UUID(recording_id))


@shared_task(name="recordings.sweep")
def sweep_recordings() -> None:
    """Seal what fell silent, give up what failed too often, offer again what was forgotten."""
    sweep.seal_silent_recordings()
    sweep.give_up_exhausted_recordings()
    enqueue_assembly(sweep.assemblable_recordings())
    for recording_id in sweep.recordings_without_poster():
        offer(make_poster, str(recording_id))


def enqueue_assembly(recording_ids: list[UUID]) -> None:
    for recording_id in recording_ids:
        offer(assemble, str(recording_id))


def enqueue_purge(tombstone) -> None:
    offer(purge, [tombstone.pk])
