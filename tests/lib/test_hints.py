"""A broker that does not answer is asked once, and then left alone for a while."""

from types import SimpleNamespace

import pytest
from kombu.exceptions import OperationalError

from cam2bytes.lib import hints
from tests.servers import wait_until


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


class Gathering(Task):
    """A task of an application that does not run its tasks at once."""

    app = SimpleNamespace(conf=SimpleNamespace(task_always_eager=False))


def test_hints_of_the_same_moment_go_in_one_message_and_none_is_left(monkeypatch):
    monkeypatch.setattr(hints, "_silent_until", 0.0)
    task = Gathering()
    task.is_down = False
    gathered = hints.Gathered(task, most=4, seconds=0.05)
    for number in range(9):
        gathered.offer([number])
    wait_until(lambda: sum(len(ids) for (ids,) in task.offered) == 9, "all are offered")
    assert [ids for (ids,) in task.offered] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]


def test_a_broker_that_is_away_stops_nobody_later(monkeypatch, caplog):
    monkeypatch.setattr(hints, "_silent_until", 0.0)
    hints.Gathered(Gathering(), most=4, seconds=0.01).offer([1])
    wait_until(lambda: "does not answer" in caplog.text, "it is told in the log")
