"""Having everything that is made from recordings made again: by the workers, from rows that say that it is wanted."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from cam2bytes.lib.holdings import in_pages
from cam2bytes.lib.store import get_store
from recordings.derivative import Derivative
from recordings.models import Recording

POSTER = "poster"
KINDS = (POSTER, *Derivative.Kind.values)


def make_again(kinds: Iterable[str] = KINDS, recording_id: UUID | None = None) -> Counter:
    """How many of each kind will be made again, of one recording or of all. Raises `StoreError`."""
    kinds, counts = set(kinds), Counter()
    recordings = Recording.objects.filter(status=Recording.Status.READY)
    derivatives = Derivative.objects.filter(kind__in=kinds)
    if recording_id:
        recordings, derivatives = recordings.filter(pk=recording_id), derivatives.filter(recording=recording_id)
    for pk, kind in in_pages(derivatives, "pk", "kind"):
        counts[kind] += Derivative(pk=pk).make_again()
    if POSTER in kinds:
        for pk, poster in in_pages(recordings.exclude(poster=""), "pk", "poster"):
            Recording(pk=pk).detach_poster()
            get_store().delete(poster)
            counts[POSTER] += 1
    return counts
