"""Group commit: what several threads want made durable at the same moment goes behind one barrier.

Whoever comes while nobody works begins at once, alone; who comes meanwhile waits, and the next one in works
for all who wait. Nobody is ever held back to let a group grow, so a lone upload pays nothing, and under load
the syncs and commits are shared (as a database's own group commit does it).
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Wanted = TypeVar("Wanted")
Outcome = TypeVar("Outcome")


@dataclass
class _Ticket:
    wanted: object
    outcome: object = None
    is_done: bool = False


class GroupCommit(Generic[Wanted, Outcome]):
    """`work` takes a list of what is wanted and gives the outcomes in the same order; an outcome that is an
    exception is raised where it was wanted, and an exception that `work` raises, everywhere."""

    def __init__(self, work: Callable[[list[Wanted]], list[Outcome | Exception]], most: int):
        self._work = work
        self._most = most
        self._waiting: deque[_Ticket] = deque()
        self._working = threading.Lock()

    def submit(self, wanted: Wanted) -> Outcome:
        """The outcome of `wanted`, once it is there; by this thread's work or by another's."""
        ticket = _Ticket(wanted)
        self._waiting.append(ticket)
        with self._working:
            while not ticket.is_done:
                self._work_for_group()
        if isinstance(ticket.outcome, BaseException):
            raise ticket.outcome
        return ticket.outcome

    def _work_for_group(self) -> None:
        group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            outcomes = self._work([ticket.wanted for ticket in group])
        except BaseException as error:  # whatever it is: those who wait must not wait for ever
            outcomes = [error] * len(group)
        for ticket, outcome in zip(group, outcomes, strict=True):
            ticket.outcome, ticket.is_done = outcome, True
