"""Celery tasks of the front door: the periodic looks at the store. They tidy, and tell of losses; mending a row is
for a person, with `manage.py checkmedia --repair`."""

import logging
import time

from celery import shared_task

from cam2bytes.accounts import storemark
from cam2bytes.lib.hints import offer
from cam2bytes.lib.store import StoreError
from cam2bytes.mediacheck import MediaCheck

log = logging.getLogger(__name__)

RECENT_HOURS = 2  # the hourly look goes that far back
SLICE_SECONDS = 30  # then the rest is offered as another task: nothing else of its queue waits for long


@shared_task(name="media.check_recent")
def check_recent() -> None:
    """What bytes came for lately: objects that no row speaks of go to lost+found. Once a day, everything."""
    if not _is_ours():
        return
    check = MediaCheck("presence", tidy=True)
    for look in check.steps_of_recent(RECENT_HOURS):
        _tell(look)
    if storemark.check_is_due():
        offer(check_all)


@shared_task(name="media.check_all")
def check_all(after: list | None = None) -> None:
    """Everything, in slices: `after` is the place where the slice before ended."""
    if not _is_ours():
        return
    begun, check = time.monotonic(), MediaCheck("size", tidy=True)
    for place, look in check.steps(tuple(after) if after else None):
        _tell(look)
        if time.monotonic() - begun > SLICE_SECONDS:
            offer(check_all, list(place))
            return
    storemark.note_check()


def _is_ours() -> bool:
    try:
        storemark.agreed_mark()
    except StoreError as error:
        log.error("the store is not looked at: %s", error)
        return False
    return True


def _tell(look) -> None:
    for finding in look():
        level = logging.ERROR if finding.is_loss else logging.WARNING
        log.log(level, "%s: %s (%s) %s", finding.kind, finding.key, finding.what, finding.done)
