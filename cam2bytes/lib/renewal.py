"""Holding on to the lease of a row while work goes on that takes longer than the lease."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

from django.db import DatabaseError, connection

log = logging.getLogger(__name__)

RENEWALS_PER_LEASE = 3


class LeaseLost(Exception):
    """Somebody else has the row now, or it is gone; go no further."""


class Leased(Protocol):
    pk: object

    def extend_lease(self) -> bool:
        """Whether the row is still this attempt's; its lease then begins anew."""


@contextlib.contextmanager
def lease_renewed(row: Leased, lease: timedelta) -> Iterator[threading.Event]:
    """Hold on to the lease for as long as it takes; the event is set once it is lost.

    A thread does it, because an hour of video spends its time inside calls that do not come back in between.
    """
    done, lost = threading.Event(), threading.Event()

    def renew() -> None:
        try:
            while not done.wait(lease.total_seconds() / RENEWALS_PER_LEASE):
                try:
                    if not row.extend_lease():
                        lost.set()
                        return
                except DatabaseError as error:  # locked, or away for a moment: the next renewal may be in time
                    log.warning("%s: the lease is not renewed, %s", row.pk, error)
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name=f"lease of {row.pk}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        done.set()
        thread.join()
