"""The poster of a recording: made once from the finished video, and again and again while it is recorded."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from cam2bytes.lib import leases

LIVE_POSTER_EVERY = timedelta(seconds=4)


class Pictured(models.Model):
    """What `Recording` is made of, 2: its picture. The states, attempts and lease are the recording's: nothing is
    assembled while a poster is made."""

    poster = models.FileField(max_length=200, blank=True, editable=False)
    live_poster_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a poster was last asked for while it was recorded."
    )

    class Meta:
        abstract = True

    @classmethod
    def without_poster(cls) -> QuerySet:
        """Ready recordings with a picture track that have no poster yet, and attempts left."""
        bare = cls.objects.filter(status=cls.Status.READY, poster="").exclude(video_codec="")
        return bare.filter(leases.unleased(), attempts__lt=leases.MAX_ATTEMPTS)

    @classmethod
    def claim_poster(cls, pk) -> Self | None:
        """The recording with the attempt to make its poster counted and committed, or None: nothing to do."""
        if not leases.claim(cls.without_poster().filter(pk=pk), leases.POSTER_LEASE):
            return None
        return cls.objects.filter(pk=pk).first()

    def _poster_still_mine(self) -> QuerySet:
        mine = self._own().filter(status=self.Status.READY, revision=self.revision, attempts=self.attempts)
        return mine.filter(video=self.video.name, poster="")

    def attach_poster(self, key: str) -> bool:
        """Only to the file it was made from, and only the first."""
        return bool(self._poster_still_mine().update(poster=key, attempts=0, lease_until=None))

    def release_poster(self, error: str) -> None:
        """No poster this time; the sweep offers it again after a rest."""
        self._poster_still_mine().update(lease_until=leases.back_off(self.attempts), last_error=error[:500])

    # While it is recorded ---------------------------------------------------------------------

    @classmethod
    def due_for_live_poster(cls) -> QuerySet:
        """Of the recordings that run, those for which another picture is due. Who finds some takes them with
        `update(live_poster_at=now)`; that two may do so at the same moment is harmless."""
        due = Q(live_poster_at=None) | (
            leases.is_before("live_poster_at", timezone.now() - LIVE_POSTER_EVERY)
            & Q(last_chunk_at__gt=F("live_poster_at"))
        )
        return cls.running().filter(due, received_count__gt=0)

    def attach_live_poster(self, key: str) -> bool:
        """In place of the one before; only while it is recorded."""
        return bool(self._own().filter(status=self.Status.OPEN, poster=self.poster.name).update(poster=key))

    # What the store has lost -------------------------------------------------------------------

    def detach_poster(self) -> None:
        """The poster is gone: another will be made."""
        self._own().update(poster="", attempts=0, lease_until=None)
