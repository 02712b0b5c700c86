"""Keeping uploads: objects durable, then rows committed, for all that arrive at the same moment together.

    objects of every upload kept behind one barrier -> rows of every upload in one transaction -> outcomes

Only then may a receipt be written. Frames and chunks go this one way.
"""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import OperationalError, transaction

from cam2bytes.lib.groupcommit import GroupCommit
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.store import StoreError, get_store

log = logging.getLogger(__name__)

UPLOADS_TOGETHER = 64


@dataclass(frozen=True)
class Upload:
    """What one request wants kept.

    owner_id: the capture session or recording; its row is locked by `commit`
    objects:  (key, bytes) of each
    commit:   inserts the rows, inside the transaction; the keys that got one. Raises Problem before it has
              changed anything, where the upload is refused after all.
    """

    owner_id: UUID
    objects: list[tuple[str, bytes]]
    commit: Callable[[], set[str]]


def keep(upload: Upload) -> set[str]:
    """The keys of the objects that are kept and have a row; the others are gone again.

    Raises Problem (refused: nothing stays), StoreError (the store could not keep it: nothing stays) or the
    database's error; then the objects stay for the sweep, as a commit that gave no answer may have happened.
    """
    return _together.submit(upload)


def _keep_together(uploads: list[Upload]) -> list[set[str] | Exception]:
    get_store().keep_many(kept for upload in uploads for kept in upload.objects)
    try:
        outcomes = _commit_together(uploads)
    except OperationalError:
        raise  # locked, or away: for one as for all
    except Exception:
        if len(uploads) == 1:
            raise
        log.exception("one of %d uploads broke their transaction; each gets its own", len(uploads))
        outcomes = [_commit_alone(upload) for upload in uploads]
    for upload, outcome in zip(uploads, outcomes, strict=True):
        _remove_losers(upload, outcome)
    return outcomes


def _commit_together(uploads: list[Upload]) -> list[set[str] | Problem]:
    outcomes: dict[int, set[str] | Problem] = {}
    with transaction.atomic():
        # Rows are locked in the same order everywhere, so that no two groups ever wait for each other.
        for place in sorted(range(len(uploads)), key=lambda place: uploads[place].owner_id):
            try:
                outcomes[place] = uploads[place].commit()
            except Problem as refused:
                outcomes[place] = refused
    return [outcomes[place] for place in range(len(uploads))]


def _commit_alone(upload: Upload) -> set[str] | Exception:
    try:
        (outcome,) = _commit_together([upload])
    except Exception as error:
        return error
    return outcome


def _remove_losers(upload: Upload, outcome: set[str] | Exception) -> None:
    """Take away what got no row: refused, or somebody else had won its number."""
    if isinstance(outcome, Exception) and not isinstance(outcome, Problem):
        return
    with_row = set() if isinstance(outcome, Problem) else outcome
    for key, _ in upload.objects:
        if key not in with_row:
            with contextlib.suppress(StoreError):  # the sweep finds what stays behind
                get_store().delete(key)


_together: GroupCommit[Upload, set[str]] = GroupCommit(_keep_together, UPLOADS_TOGETHER)
