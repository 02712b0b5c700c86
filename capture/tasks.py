"""Celery tasks of capture: thin, they take ids and find out from the rows what is to be done."""

import time

from celery import shared_task

from cam2bytes.accounts.tasks import purge
from cam2bytes.lib.hints import offer
from capture import processing, sweep

FRAMES_PER_TASK = 32
ENOUGH_SECONDS = 30


@shared_task(name="capture.process_frames")
def process_frames(frame_ids: list[int]) -> None:
    """Verify frames by decoding them and make their thumbnails. What takes too long for one task goes on in another:
    a task that ran into its time limit would count as an attempt at a frame that had done nothing wrong."""
    began = time.monotonic()
    for done, frame_id in enumerate(frame_ids, 1):
        processing.ensure_processed(frame_id)
        if time.monotonic() - began > ENOUGH_SECONDS and done < len(frame_ids):
            enqueue_frames(frame_ids[done:])
            return


@shared_task(name="capture.sweep")
def sweep_captures() -> None:
    """Close what fell silent, offer again what was forgotten."""
    sweep.close_silent_captures()
    sweep.give_up_exhausted_frames()
    enqueue_frames(sweep.forgotten_frames())


def enqueue_frames(frame_ids: list[int]) -> None:
    for start in range(0, len(frame_ids), FRAMES_PER_TASK):
        offer(process_frames, frame_ids[start : start + FRAMES_PER_TASK])


def enqueue_purge(tombstone) -> None:
    offer(purge, [tombstone.pk])


def process_again(frame_ids: list[int]) -> int:
    """Judge these frames anew, rejected ones too; how many."""
    count = processing.forget_results(frame_ids)
    enqueue_frames(frame_ids)
    return count
