"""Who may see what: one's own; staff, everything by its id. Anything else is not there (404).

Lists begin with `owned`. Single things come through `visible_or_404` (pages) or `owned_or_problem` (API).
"""

import uuid

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from cam2bytes.accounts.auth import may_touch_with_ingest
from cam2bytes.accounts.tombstones import is_buried
from cam2bytes.lib.problems import Problem


def owned(queryset: QuerySet, user) -> QuerySet:
    """What the account itself owns; staff's lists too show only their own."""
    return queryset.filter(owner=user)


def visible(queryset: QuerySet, user) -> QuerySet:
    """What the account may open when it knows the id."""
    return queryset if user.is_staff else owned(queryset, user)


def visible_or_404(queryset: QuerySet, user, pk) -> Model:
    """For pages. A foreign id, a wrong id and an id of nothing all raise the same Http404."""
    found = _get(visible(queryset, user), pk)
    if found is None:
        raise Http404
    return found


def owned_or_problem(queryset: QuerySet, request: HttpRequest, pk, kind: str, *, writing: bool = False) -> Model:
    """For the API: the object, or Problem 404 `not-found`; when `writing` to what was deleted, 410 `deleted`.

    `kind` is the word for it in the sentence ("capture session", "recording"). An ingest token sees only
    what it started itself.
    """
    found = _get(visible(queryset, request.user), pk)
    if found is not None and may_touch_with_ingest(request, found):
        return found
    if found is None and writing and is_buried(pk, request.user):
        raise Problem("deleted", f"This {kind} was deleted.")
    raise Problem("not-found", f"There is no such {kind}.")


def _get(queryset: QuerySet, pk) -> Model | None:
    try:
        return queryset.filter(pk=uuid.UUID(str(pk))).first()
    except ValueError:
        return None
