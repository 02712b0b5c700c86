"""A recording and the states it goes through; its chunks are in `chunk`, its posters
in `pictured`, what its page told of itself in `told`.

    open --seal--> sealed --claim--> assembling --> ready | failed(reason)
      ^               ^                  | \\--- lease expired, or retry ---> sealed
      |               \\--- late chunk of a client-sealed recording: sealed again, assembled after 5 quiet seconds
      \\--- a chunk or sign of life for a recording that the *sweep* sealed: open again

States change only through the methods here, each an "update where it is still so" that says whether it
won. Every (re)opening raises `revision`, which fences an assembly that is still running: its result no
longer matches and only its own object is removed. `video` keeps the last ready file meanwhile.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from cam2bytes.lib import leases
from cam2bytes.lib.keys import recording_prefix
from cam2bytes.lib.started import Started
from recordings.chunk import Chunk, ChunkHolder
from recordings.derivative import Derivative, DerivativePart
from recordings.livepiece import LivePiece
from recordings.pictured import Pictured
from recordings.told import Told

__all__ = ["Chunk", "Derivative", "DerivativePart", "LivePiece", "Recording", "silent_since"]

QUIET_BEFORE_REASSEMBLY = timedelta(seconds=5)
PATIENCE_AFTER_SEAL = timedelta(minutes=10)
TWO_WORDS_MISSED = 12
"""Seconds. A page says every 5 that it is alive."""


class Recording(ChunkHolder, Pictured, Told, Started):
    """One start-to-stop of one MediaRecorder and the video it becomes."""

    class Status(models.TextChoices):
        OPEN = "open"
        SEALED = "sealed"
        ASSEMBLING = "assembling"
        READY = "ready"
        FAILED = "failed"

    class SealedBy(models.TextChoices):
        CLIENT = "client"
        SWEEP = "sweep"

    class PageState(models.TextChoices):
        RECORDING = "recording"
        PAUSED = "paused"
        DRAINING = "draining"

    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False, help_text="Raised by every (re)opening.")
    timeslice_ms = models.PositiveIntegerField(null=True, blank=True, editable=False)
    continues = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="continued_by", editable=False
    )

    page_state = models.CharField(
        max_length=10, choices=PageState, default=PageState.RECORDING, editable=False,
        help_text="What the page last said it was doing.",
    )  # fmt: skip
    waiting_count = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="Chunks that the page still holds, by its last word."
    )
    last_chunk_at = models.DateTimeField(null=True, blank=True, editable=False)

    header = models.BinaryField(
        null=True, blank=True, editable=False, help_text="The first bytes, without which no chunk can be read."
    )
    sealed_by = models.CharField(max_length=10, choices=SealedBy, blank=True, editable=False)
    sealed_at = models.DateTimeField(null=True, blank=True, editable=False)

    video = models.FileField(max_length=200, blank=True, editable=False)
    video_content_type = models.CharField(max_length=50, blank=True, editable=False)
    video_size_bytes = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    duration_ms = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    video_codec = models.CharField(max_length=30, blank=True, editable=False)
    audio_codec = models.CharField(max_length=30, blank=True, editable=False)
    gaps = models.JSONField(default=list, blank=True, editable=False)
    rhythm = models.JSONField(
        null=True, blank=True, editable=False, help_text="How steadily the pictures came; null before a video is made."
    )
    frame_count = models.PositiveIntegerField(null=True, blank=True, editable=False, help_text="Pictures in the video.")
    ready_at = models.DateTimeField(null=True, blank=True, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)

    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)

    class Meta(Started.Meta):
        indexes: ClassVar = [
            *Started.Meta.indexes,
            models.Index(
                fields=["alive_at"],
                condition=Q(status__in=["open", "sealed", "assembling"]),
                name="recording_unfinished",
            ),
        ]

    @property
    def key_prefix(self) -> str:
        return recording_prefix(self.pk)

    @property
    def is_abandoned(self) -> bool:
        return self.sealed_by == self.SealedBy.SWEEP

    @property
    def gaps_ms(self) -> int:
        return sum(gap["duration_ms"] for gap in self.gaps)

    # Changes of state ------------------------------------------------------------------------

    def _own(self) -> QuerySet["Recording"]:
        return type(self).objects.filter(pk=self.pk)

    @classmethod
    def for_keeping(cls) -> QuerySet["Recording"]:
        """Rows with what decides over a chunk and nothing else; the rest is read when it is asked for."""
        return cls.objects.only(
            "owner_id", "started_by_token_id", "status", "sealed_by", "chunk_count", "highest_number"
        )

    def note_alive(self, page_state: str | None = None, waiting_count: int | None = None) -> None:
        """A sign of life of the page. It opens a recording that the sweep had sealed."""
        said = {"page_state": page_state, "waiting_count": waiting_count}
        self._own().update(
            alive_at=timezone.now(), **{name: value for name, value in said.items() if value is not None}
        )
        self.reopen_abandoned()

    def reopen_abandoned(self) -> bool:
        """sealed by the sweep (whatever became of it) -> open, revision + 1."""
        finished = [self.Status.SEALED, self.Status.ASSEMBLING, self.Status.READY, self.Status.FAILED]
        return bool(
            self._own()
            .filter(sealed_by=self.SealedBy.SWEEP, status__in=finished)
            .update(
                status=self.Status.OPEN, sealed_by="", sealed_at=None, chunk_count=None, end_reason="",
                failure="", revision=F("revision") + 1, attempts=0, lease_until=None,
            )
        )  # fmt: skip

    def count_kept(self, number: int, size_bytes: int) -> None:
        """Count a new chunk, and set off a new assembly where one has passed; in the inserting transaction, which has
        read this row under its lock."""
        now = timezone.now()
        self.add_to_counts(number, size_bytes, alive_at=now, last_chunk_at=now)
        if self.status != self.Status.OPEN and not self.reopen_abandoned():
            self.seal_again()

    def seal_again(self) -> bool:
        """A late chunk, or a retry: assembling, ready or failed -> sealed, revision + 1."""
        passed = [self.Status.ASSEMBLING, self.Status.READY, self.Status.FAILED]
        return bool(
            self._own()
            .filter(status__in=passed)
            .update(
                status=self.Status.SEALED, revision=F("revision") + 1, failure="", attempts=0, lease_until=None,
                last_error="",
            )
        )  # fmt: skip

    def seal(self, chunk_count: int, end_reason: str, by: str) -> bool:
        """open -> sealed, by the client or by the sweep."""
        return bool(
            self._own()
            .filter(status=self.Status.OPEN)
            .update(
                status=self.Status.SEALED, chunk_count=chunk_count, end_reason=end_reason, sealed_by=by,
                sealed_at=timezone.now(), attempts=0, lease_until=None,
            )
        )  # fmt: skip

    @classmethod
    def assemblable(cls, silent_since) -> QuerySet["Recording"]:
        """Sealed recordings whose assembly may begin: whole, or nothing waits any more, or the page is
        silent since `silent_since`, or patience is over; and, after a late chunk, five quiet seconds."""
        now = timezone.now()
        settled = (
            Q(received_count__gte=F("chunk_count"))
            | Q(waiting_count=0)
            | leases.is_before("alive_at", silent_since)
            | leases.is_before("sealed_at", now - PATIENCE_AFTER_SEAL)
        )
        quiet = leases.is_before("last_chunk_at", now - QUIET_BEFORE_REASSEMBLY)
        quiet |= Q(revision=0) | Q(last_chunk_at=None)
        sealed = Q(status=cls.Status.SEALED) & settled & quiet
        crashed = Q(status=cls.Status.ASSEMBLING) & leases.is_before("lease_until", now)
        return cls.objects.filter(sealed | crashed)

    @classmethod
    def claim(cls, pk, silent_since) -> "Recording | None":
        """sealed, or assembling with a lease that ran out -> assembling; the row with its attempt committed."""
        free = cls.assemblable(silent_since).filter(pk=pk)
        if not leases.claim(free, leases.RECORDING_LEASE, status=cls.Status.ASSEMBLING):
            return None
        return cls.objects.filter(pk=pk).first()

    def still_mine(self) -> QuerySet["Recording"]:
        """The row, if this attempt of this revision still holds it: the fence for every result."""
        return self._own().filter(status=self.Status.ASSEMBLING, revision=self.revision, attempts=self.attempts)

    def extend_lease(self) -> bool:
        return bool(self.still_mine().update(lease_until=timezone.now() + leases.RECORDING_LEASE))

    def mark_ready(self, **facts) -> bool:
        """assembling -> ready with the facts of the new file (`video`, `duration_ms`, ...)."""
        return bool(
            self.still_mine().update(
                status=self.Status.READY, ready_at=timezone.now(), attempts=0, lease_until=None, failure="", **facts
            )
        )

    def mark_failed(self, reason: str) -> bool:
        """assembling -> failed, with a reason that a person can read."""
        return bool(self.still_mine().update(status=self.Status.FAILED, failure=reason[:300], lease_until=None))

    def give_up(self, reason: str) -> bool:
        """sealed or assembling, with every attempt spent -> failed."""
        spent = self._own().filter(
            status__in=[self.Status.SEALED, self.Status.ASSEMBLING], attempts__gte=leases.MAX_ATTEMPTS
        )
        return bool(spent.update(status=self.Status.FAILED, failure=reason[:300], lease_until=None))

    # While it is recorded ---------------------------------------------------------------------

    @classmethod
    def running(cls) -> QuerySet["Recording"]:
        """Those whose page said lately that it is there, recording or paused."""
        seconds = min(TWO_WORDS_MISSED, settings.CAM2BYTES_ABANDONED_AFTER)
        return cls.objects.filter(status=cls.Status.OPEN, alive_at__gte=timezone.now() - timedelta(seconds=seconds))

    # What the store has lost -----------------------------------------------------------------

    def lose_video(self) -> None:
        """The finished file is gone: ready -> sealed, to be assembled again; call it in a transaction."""
        self._own().update(video="")
        self.seal_again()

    def release(self, error: str) -> bool:
        """assembling -> sealed after an attempt that failed for a reason that may pass."""
        rest = leases.back_off(self.attempts)
        return bool(self.still_mine().update(status=self.Status.SEALED, last_error=error[:500], lease_until=rest))


def silent_since() -> datetime:
    """Pages not heard of since then are taken for gone."""
    return timezone.now() - timedelta(seconds=settings.CAM2BYTES_ABANDONED_AFTER)
