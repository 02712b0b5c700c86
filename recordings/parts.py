"""A recording and those that continue it: one entry of the Library, in parts.

A camera that drops and comes back starts another recording, which `continues` the last. Each part plays by itself;
nothing is made up for the time between them.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from recordings.models import Recording

MOST_PARTS = 100
"""One after the other; more of them stand by themselves."""


def first_parts(recordings: QuerySet[Recording]) -> QuerySet[Recording]:
    """Those that continue no other: one for each entry."""
    return recordings.filter(continues=None)


def later_parts(firsts: Iterable[Recording]) -> dict[UUID, list[Recording]]:
    """{pk of a first part: what continues it, in order}; one query for each part of the longest."""
    parts, entry_of = defaultdict(list), {first.pk: first.pk for first in firsts}
    for _ in range(MOST_PARTS):
        found = list(Recording.objects.filter(continues__in=entry_of).defer("header").order_by("started_at", "pk"))
        if not found:
            break
        entry_of = {part.pk: entry_of[part.continues_id] for part in found}
        for part in found:
            parts[entry_of[part.pk]].append(part)
    return parts


def first_part(recording: Recording) -> Recording:
    """The part that its entry began with; itself where it continues none."""
    first = recording
    for _ in range(MOST_PARTS):
        before = first.continues_id and Recording.objects.defer("header").filter(pk=first.continues_id).first()
        if not before:
            break
        first = before
    return first


def all_parts(recording: Recording) -> list[Recording]:
    """The whole entry that a recording is a part of, in order; itself alone where nothing was continued."""
    first = first_part(recording)
    return [first, *later_parts([first])[first.pk]]
