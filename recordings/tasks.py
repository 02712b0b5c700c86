"""Celery tasks of recordings: thin, they take ids and find out from the rows what is to be done."""

from uuid import UUID

from celery import shared_task

from cam2bytes.accounts.tasks import purge
from cam2bytes.lib.hints import offer
from recordings import assembly, derivative_sweep, live, liveposter, making, sweep


@shared_task(name="recordings.assemble", soft_time_limit=3600, time_limit=3700)
def assemble(recording_id: str) -> None:
    """Chunks in order become one playable file."""
    if assembly.assemble(UUID(recording_id)):
        offer(make_poster, recording_id)
        live.remove_pieces(UUID(recording_id))


@shared_task(name="recordings.make_poster")
def make_poster(recording_id: str) -> None:
    """A picture of the video, for lists; then what else is made from it."""
    assembly.ensure_poster(UUID(recording_id))
    enqueue_derivatives(derivative_sweep.derivatives_after(UUID(recording_id)))


@shared_task(name="recordings.make_derivative", soft_time_limit=600, time_limit=660)
def make_derivative(derivative_id: int) -> None:
    """One step of something that is made from a video; the next one waits behind what else there is to do."""
    if making.make(derivative_id):
        offer(make_derivative, derivative_id)


@shared_task(name="recordings.make_live_poster", expires=10)
def make_live_poster(recording_id: str) -> None:
    """A picture of a recording that runs, for lists."""
    liveposter.make_poster(UUID(recording_id))


@shared_task(name="recordings.remove_live_pieces")
def remove_live_pieces(recording_id: str) -> None:
    """What was converted to watch a recording while it ran: the video is there."""
    live.remove_pieces(UUID(recording_id))


@shared_task(name="recordings.sweep")
def sweep_recordings() -> None:
    """Seal what fell silent, give up what failed too often, offer again what was forgotten."""
    sweep.seal_silent_recordings()
    sweep.give_up_exhausted_recordings()
    enqueue_assembly(sweep.assemblable_recordings())
    for recording_id in sweep.recordings_without_poster():
        offer(make_poster, str(recording_id))
    for recording_id in sweep.recordings_with_leftover_pieces():
        offer(remove_live_pieces, str(recording_id))
    enqueue_derivatives(derivative_sweep.forgotten_derivatives())


def enqueue_assembly(recording_ids: list[UUID]) -> None:
    for recording_id in recording_ids:
        offer(assemble, str(recording_id))


def enqueue_derivatives(derivative_ids: list[int]) -> None:
    for derivative_id in derivative_ids:
        offer(make_derivative, derivative_id)


def enqueue_purge(tombstone) -> None:
    offer(purge, [tombstone.pk])


def enqueue_live_poster(recording_id: UUID) -> None:
    offer(make_live_poster, str(recording_id))
