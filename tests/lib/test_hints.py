"""A broker that does not answer is asked once, and then left alone for a while."""

import pytest
from kombu.exceptions import OperationalError

from cam2bytes.lib import hints


class Task:
    def __init__(self):
        self.offered, self.is_down = [], True

    def delay(self, *arguments):
        self.offered.append(arguments)
        if self.is_down:
            raise OperationalError("connection refused")


def test_no_upload_waits_again_for_a_broker_that_is_away(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(hints, "_silent_until", 0.0)
    monkeypatch.setattr(hints.time, "monotonic", lambda: now)
    task = Task()
    with pytest.raises(OperationalError):
        hints.offer(task, [1])
    hints.offer(task, [2])
    assert task.offered == [([1],)]
    now += hints.SILENT_SECONDS
    task.is_down = False
    hints.offer(task, [3])
    hints.offer(task, [4])
    assert task.offered == [([1],), ([3],), ([4],)]
