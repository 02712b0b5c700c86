"""Group commit: what several threads want made durable at the same moment goes behind one barrier.

Whoever comes while nobody works begins at once, alone; who comes meanwhile waits, and the first of them then works
for all who wait. Nobody is ever held back to let a group grow, so a lone upload pays nothing, and under load
the syncs and commits are shared (as a database's own group commit does it).

Each waits at a lock of its own: were there one for all, everybody whose work is done would have to take it once
more to learn so, one after another, before the next group could begin.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Wanted = TypeVar("Wanted")
Outcome = TypeVar("Outcome")


def _taken_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False)
class _Ticket:
    """`called` is released once: when the work is done, or when it is this one's turn to do it."""

    wanted: object
    outcome: object = None
    is_done: bool = False
    called: threading.Lock = field(default_factory=_taken_lock)


class GroupCommit(Generic[Wanted, Outcome]):
    """`work` takes a list of what is wanted and gives the outcomes in the same order; an outcome that is an
    exception is raised where it was wanted, and an exception that `work` raises, everywhere."""

    def __init__(self, work: Callable[[list[Wanted]], list[Outcome | Exception]], most: int):
        self._work = work
        self._most = most
        self._waiting: deque[_Ticket] = deque()
        self._is_working = False
        self._changing = threading.Lock()  # of the two above; never held while anybody works

    def submit(self, wanted: Wanted) -> Outcome:
        """The outcome of `wanted`, once it is there; by this thread's work or by another's."""
        ticket = _Ticket(wanted)
        with self._changing:
            self._waiting.append(ticket)
            is_behind_others, self._is_working = self._is_working, True
        if is_behind_others:
            ticket.called.acquire()
        if not ticket.is_done:
            self._work_for_group()
        if isinstance(ticket.outcome, BaseException):
            raise ticket.outcome
        return ticket.outcome

    def _work_for_group(self) -> None:
        """Work for those who have waited longest, the caller among them; then call the next and tell the others."""
        with self._changing:
            group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            outcomes = self._work([ticket.wanted for ticket in group])
        except BaseException as error:  # whatever it is: those who wait must not wait for ever
            outcomes = [error] * len(group)
        with self._changing:
            self._is_working = bool(self._waiting)
            called = [self._waiting[0], *group[1:]] if self._waiting else group[1:]
        for ticket, outcome in zip(group, outcomes, strict=True):
            ticket.outcome, ticket.is_done = outcome, True
        for ticket in called:
            ticket.called.release()
