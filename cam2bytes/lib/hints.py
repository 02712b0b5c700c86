"""Hints: offering work to the workers at once. The rows are the queue, so a hint that is lost costs only time.

While the broker does not answer, nothing is offered for a few seconds: no upload waits for a broker again and
again, and the sweep finds the rows.
"""

import time

from celery import Task
from kombu.exceptions import OperationalError

SILENT_SECONDS = 5
_silent_until = 0.0  # monotonic


def offer(task: Task, *arguments) -> None:
    """Publish a task with ids; raises kombu's OperationalError when the broker does not answer."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        task.delay(*arguments)
    except OperationalError:
        _silent_until = time.monotonic() + SILENT_SECONDS
        raise
