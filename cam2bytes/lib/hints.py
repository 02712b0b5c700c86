"""Hints: offering work to the workers at once. The rows are the queue, so a hint that is lost costs only time.

While the broker does not answer, nothing is offered for a few seconds: no upload waits for a broker again and
again, and the sweep finds the rows.
"""

import logging
import threading
import time

from celery import Task
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

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


class Gathered:
    """Ids for one task, offered together: a message costs more than verifying a frame, and uploads come one by one.

    They wait for a moment, and nobody waits for them. A process that ends meanwhile loses hints, no work.
    """

    def __init__(self, task: Task, most: int, seconds: float):
        """`most`: ids in one message; `seconds`: the longest wait."""
        self._task = task
        self._most = most
        self._seconds = seconds
        self._ids: list[int] = []
        self._changing = threading.Lock()

    def offer(self, ids: list[int]) -> None:
        """Raises OperationalError as `offer` does, where it is these ids that fill a message."""
        if self._task.app.conf.task_always_eager:
            offer(self._task, ids)
            return
        with self._changing:
            is_first = not self._ids
            self._ids += ids
            is_full = len(self._ids) >= self._most
        if is_full:
            self._publish()
        elif is_first:
            threading.Timer(self._seconds, self._publish_later).start()

    def _publish(self) -> None:
        with self._changing:
            ids, self._ids = self._ids, []
        for start in range(0, len(ids), self._most):
            offer(self._task, ids[start : start + self._most])

    def _publish_later(self) -> None:
        try:
            self._publish()
        except OperationalError as error:
            log.warning("The broker does not answer; the sweep will find the work. (%s)", error)
