"""Celery tasks of capture: thin, they take ids and find out from the rows what is to be done."""

import time
from uuid import UUID

from celery import shared_task
from django.conf import settings

from cam2bytes.accounts.tasks import purge
from cam2bytes.lib.hints import Gathered, offer
from capture import deriving, measuring, processing, processors, removing, sweep
from capture.models import CaptureSession, Frame

FRAMES_PER_TASK = 32
ENOUGH_SECONDS = 10
REMOVAL_SECONDS = 2  # then frames that wait in the queues of the same worker have their turn


@shared_task(name="capture.process_frames")
def process_frames(frame_ids: list[int]) -> None:
    """Verify frames by decoding them. What takes too long for one task goes on in another: a task that ran into its
    time limit, or beyond its leases, would count as an attempt at frames that had done nothing wrong."""
    unreached = processing.ensure_judged(frame_ids, ENOUGH_SECONDS)
    judged = set(frame_ids).difference(unreached)
    enqueue_frames(unreached)
    _judged.offer([frame_id for frame_id in frame_ids if frame_id in judged])


@shared_task(name="capture.derive_frames")
def derive_frames(frame_ids: list[int]) -> None:
    """Make what follows `ready`, thumbnails and measures, when no frame waits to be verified."""
    began = time.monotonic()
    for done, frame_id in enumerate(frame_ids, 1):
        deriving.ensure_derived(frame_id)
        if time.monotonic() - began > ENOUGH_SECONDS and done < len(frame_ids):
            enqueue_derivation(frame_ids[done:])
            break
    deriving.settle(frame_ids)
    enqueue_processors(frame_ids)


@shared_task(name="capture.run_frame_processors")
def run_frame_processors(frame_ids: list[int]) -> None:
    """Run somebody's own frame processors, beside all other work on frames: nothing waits for them."""
    began = time.monotonic()
    for done, frame_id in enumerate(frame_ids, 1):
        processors.ensure_processed(frame_id)
        if time.monotonic() - began > ENOUGH_SECONDS and done < len(frame_ids):
            enqueue_processors(frame_ids[done:])
            return


@shared_task(name="capture.remove_capture")
def remove_capture(capture_id: str) -> None:
    """Remove some slices of a deleted capture session; what is left goes on in another task."""
    pk, until = UUID(capture_id), time.monotonic() + REMOVAL_SECONDS
    if not CaptureSession.claim_removal(pk):
        return
    tombstone = None
    while tombstone is None and time.monotonic() < until:
        tombstone = removing.remove_slice(pk)
    if tombstone:
        enqueue_purge(tombstone)
    else:
        CaptureSession.release_removal(pk)
        enqueue_removals([pk])


@shared_task(name="capture.sweep")
def sweep_captures() -> None:
    """Close what fell silent, offer again what was forgotten."""
    sweep.close_silent_captures()
    sweep.give_up_exhausted_frames()
    measuring.judge(sweep.captures_in_doubt())
    enqueue_frames(sweep.forgotten_frames())
    enqueue_derivation(sweep.underived_frames())
    sweep.give_up_unprocessed_frames()
    enqueue_processors(sweep.unprocessed_frames())
    enqueue_removals(sweep.forgotten_removals())


_uploaded = Gathered(process_frames, FRAMES_PER_TASK, seconds=0.05)
_judged = Gathered(derive_frames, FRAMES_PER_TASK, seconds=0.5)


def enqueue_uploaded(frame_ids: list[int]) -> None:
    """Soon, together with what others upload at the same moment."""
    _uploaded.offer(frame_ids)


def enqueue_frames(frame_ids: list[int]) -> None:
    for start in range(0, len(frame_ids), FRAMES_PER_TASK):
        offer(process_frames, frame_ids[start : start + FRAMES_PER_TASK])


def enqueue_derivation(frame_ids: list[int]) -> None:
    for start in range(0, len(frame_ids), FRAMES_PER_TASK):
        offer(derive_frames, frame_ids[start : start + FRAMES_PER_TASK])


def enqueue_processors(frame_ids: list[int]) -> None:
    if settings.CAM2BYTES_FRAME_PROCESSORS:
        for start in range(0, len(frame_ids), FRAMES_PER_TASK):
            offer(run_frame_processors, frame_ids[start : start + FRAMES_PER_TASK])


def enqueue_removals(capture_ids: list[UUID]) -> None:
    for capture_id in capture_ids:
        offer(remove_capture, str(capture_id))


def enqueue_purge(tombstone) -> None:
    offer(purge, [tombstone.pk])


def run_processors_again(frame_ids: list[int]) -> int:
    """Have the frame processors run on these frames, once more where they had; how many."""
    count = Frame.objects.filter(pk__in=frame_ids, status=Frame.Status.READY).update(to_process=True, attempts=0)
    enqueue_processors(frame_ids)
    return count


def process_again(frame_ids: list[int]) -> int:
    """Judge these frames anew, rejected ones too; how many."""
    count = processing.forget_results(frame_ids)
    enqueue_frames(frame_ids)
    return count
