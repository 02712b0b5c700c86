"""What only the page that records knows, and tells: its pauses, and what became of its devices."""

from django.db import models
from django.db.models import Q

MOST_EVENTS = 100


class Told(models.Model):
    """What `Recording` is made of, 3: what its page told beyond the bytes.

    A page always tells all of its events, with every sign of life and at the seal, so that nothing is lost when it
    dies. Words overtake each other: the longest list is the newest.
    """

    user_agent = models.CharField(max_length=300, blank=True, editable=False)
    events = models.JSONField(default=list, blank=True, editable=False)
    event_count = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False, help_text="Null where the page does not tell."
    )

    class Meta:
        abstract = True

    def note_events(self, events: list[dict] | None) -> None:
        """`events`: all of them, in order; None where nothing is told, which is not the same as none."""
        if events is None:
            return
        shorter = Q(event_count=None) | Q(event_count__lt=len(events))
        self._own().filter(shorter).update(events=events, event_count=len(events))
