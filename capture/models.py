"""A capture session and its frames.

    CaptureSession   open -> closed                      (a closed one still accepts frames)
    Frame            stored -> ready | rejected(reason)  (ready: verified by decoding)

States change only through the methods here, each an "update where it is still so" that says whether it won.
"""

from itertools import groupby
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from cam2bytes.lib import leases
from cam2bytes.lib.keys import capture_prefix
from cam2bytes.lib.measures import Measures
from cam2bytes.lib.started import Started
from capture.measured import Measured
from capture.removable import Removable
from capture.sampled import Sampled


class CaptureSession(Removable, Sampled, Started):
    """One run of taking frames with one camera at one requested rate. The counts are kept in the same
    transactions as the rows they count."""

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, editable=False)
    requested_fps = models.FloatField(null=True, blank=True, help_text="Frames per second.")
    frame_count = models.PositiveIntegerField(default=0, editable=False, help_text="Frames held.")
    ready_count = models.PositiveIntegerField(default=0, editable=False)
    rejected_count = models.PositiveIntegerField(default=0, editable=False)
    size_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    first_taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    expected_frame_count = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="The count stated at close."
    )
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(Started.Meta):
        verbose_name = "capture session"
        indexes: ClassVar = [
            *Started.Meta.indexes,
            *Removable.Meta.indexes,
            models.Index(fields=["alive_at"], condition=Q(status="open"), name="capture_session_open"),
        ]

    @property
    def key_prefix(self) -> str:
        return capture_prefix(self.pk)

    @property
    def achieved_fps(self) -> float | None:
        """Frames per second between the first and the last frame taken, without those taken by hand besides the rate;
        None below two frames with times."""
        if not self.first_taken_at or not self.last_taken_at or self.frame_count < 2:
            return None
        seconds = (self.last_taken_at - self.first_taken_at).total_seconds()
        on_beat = max(self.frame_count - self.extra_count, 1)
        return round((on_beat - 1) / seconds, 3) if seconds > 0 else None

    def note_alive(self, sampling: dict | None = None) -> None:
        """`sampling`: what the page tells with it."""
        type(self).objects.filter(pk=self.pk).update(alive_at=timezone.now())
        self.note_sampling(sampling)

    def close(self, end_reason: str, frame_count: int | None = None, dropped_count: int | None = None) -> bool:
        """open -> closed, or the facts of a session that the sweep had closed; whether anything changed."""
        stated = {"expected_frame_count": frame_count, "dropped_count": dropped_count}
        stated = {name: value for name, value in stated.items() if value is not None}
        own = type(self).objects.filter(pk=self.pk)
        won = own.filter(status=self.Status.OPEN).update(
            status=self.Status.CLOSED, end_reason=end_reason, closed_at=timezone.now(), **stated
        )
        if not won and stated:
            won = own.filter(expected_frame_count=None).update(end_reason=end_reason, **stated)
        return bool(won)

    def count_removed(self, frame: "Frame") -> None:
        """Take one frame out of the counts; call it in the transaction that deletes it."""
        changes = {"frame_count": F("frame_count") - 1, "size_bytes": F("size_bytes") - frame.size_bytes}
        if frame.status != Frame.Status.STORED:
            name = f"{frame.status}_count"
            changes[name] = F(name) - 1
        type(self).objects.filter(pk=self.pk).update(**changes)
        frame.doubt_next()


class Removal(CaptureSession):
    """A capture session that is deleted while frames of it are left, as the admin shows it."""

    class Meta(CaptureSession.Meta):
        proxy = True
        indexes: ClassVar = []
        constraints: ClassVar = []
        verbose_name = "capture session being removed"
        verbose_name_plural = "capture sessions being removed"


class Frame(Measured):
    """One still image, numbered from 0 in its capture session. `image` is the bytes as they were sent."""

    class Status(models.TextChoices):
        STORED = "stored"
        READY = "ready"
        REJECTED = "rejected"

    capture = models.ForeignKey(CaptureSession, models.CASCADE, related_name="frames")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.STORED, editable=False)
    reason = models.CharField(max_length=200, blank=True, editable=False, help_text="Why it was rejected.")
    image = models.FileField(max_length=200, editable=False)
    thumbnail = models.FileField(max_length=200, blank=True, editable=False)
    content_type = models.CharField(max_length=50, editable=False)
    size_bytes = models.PositiveIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    width = models.PositiveIntegerField(editable=False, help_text="Pixels.")
    height = models.PositiveIntegerField(editable=False, help_text="Pixels.")
    labels = models.JSONField(default=list, blank=True)
    taken_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="See docs/time.md for whose clock."
    )
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)

    class Meta(Measured.Meta):
        abstract = False
        constraints: ClassVar = [models.UniqueConstraint(fields=["capture", "number"], name="frame_number_once")]
        indexes: ClassVar = [
            *Measured.Meta.indexes,
            models.Index(fields=["received_at"], name="frame_received"),  # the admin's days
            models.Index(fields=["received_at"], condition=Q(status="stored"), name="frame_stored"),
            models.Index(fields=["received_at"], condition=Q(status="rejected"), name="frame_rejected"),
            models.Index(
                fields=["received_at"], condition=Q(status="ready", thumbnail=""), name="frame_without_thumbnail"
            ),
        ]

    def __str__(self) -> str:
        return f"frame {self.number}"

    @classmethod
    def waiting(cls) -> QuerySet["Frame"]:
        """Frames that are not judged yet."""
        return cls.objects.filter(status=cls.Status.STORED)

    @classmethod
    def claim(cls, pk: int) -> "Frame | None":
        """The frame with its attempt counted and committed, or None: judged, deleted, leased or given up."""
        if not leases.claim(cls.waiting().filter(pk=pk), leases.FRAME_LEASE):
            return None
        return cls.objects.filter(pk=pk).first()

    @classmethod
    def claim_untried(cls, pks: list[int]) -> list["Frame"]:
        """Those of `pks` that nobody has tried to judge, claimed together: attempts counted and committed at once."""
        until = timezone.now() + leases.FRAME_LEASE
        rows = cls.waiting().filter(pk__in=pks)
        if not rows.filter(leases.unleased(), attempts=0).update(attempts=1, lease_until=until):
            return []
        needed = ("capture_id", "image", "width", "height", "status", "attempts")
        return list(rows.filter(attempts=1, lease_until=until).only(*needed).order_by("capture_id", "number"))

    @classmethod
    def tried_before(cls, pks: list[int]) -> list[int]:
        """Those of `pks` that somebody has tried to judge, in vain, and that are free."""
        tried = cls.waiting().filter(leases.unleased(), pk__in=pks, attempts__gt=0)
        return list(tried.values_list("pk", flat=True))

    @classmethod
    def give_back(cls, frames: list["Frame"]) -> None:
        """Of frames claimed by `claim_untried`, those that were not touched: as if they had not been claimed."""
        untouched = cls.waiting().filter(pk__in=[frame.pk for frame in frames], attempts=1)
        untouched.update(attempts=0, lease_until=None)

    @classmethod
    def underived(cls) -> QuerySet["Frame"]:
        """Ready frames of which not all is made yet that can be made again: thumbnail and measures."""
        return cls.objects.filter(status=cls.Status.READY, thumbnail="")

    @classmethod
    def claim_derivation(cls, pk: int) -> "Frame | None":
        """The same for what follows `ready`."""
        if not leases.claim(cls.underived().filter(pk=pk), leases.FRAME_LEASE):
            return None
        return cls.objects.filter(pk=pk).first()

    def _still_mine(self) -> QuerySet["Frame"]:
        return type(self).objects.filter(pk=self.pk, attempts=self.attempts)

    @classmethod
    def mark_ready(cls, frames: list["Frame"]) -> None:
        """stored -> ready, each if its attempt still holds the row, with the width and height that it has by now; call
        it in a transaction. What follows has its own attempts."""

        def alike(frame: Frame) -> tuple:
            return frame.capture_id, frame.attempts, frame.width, frame.height

        for (capture_id, attempts, width, height), group in groupby(sorted(frames, key=alike), alike):
            held = cls.waiting().filter(pk__in=[frame.pk for frame in group], attempts=attempts)
            won = held.update(status=cls.Status.READY, width=width, height=height, attempts=0, lease_until=None)
            CaptureSession.objects.filter(pk=capture_id).update(ready_count=F("ready_count") + won)

    def mark_rejected(self, reason: str) -> bool:
        """stored -> rejected, if this attempt still holds the row; call it in a transaction."""
        won = self._still_mine().filter(status=self.Status.STORED)
        if won := won.update(status=self.Status.REJECTED, reason=reason[:200], lease_until=None):
            CaptureSession.objects.filter(pk=self.capture_id).update(rejected_count=F("rejected_count") + 1)
        return bool(won)

    def attach_derived(self, key: str, measures: Measures, to_process: bool) -> bool:
        """The thumbnail under `key`, and what was measured. Judged among its neighbours it is later."""
        won = self._still_mine().filter(status=self.Status.READY, thumbnail="")
        figures = self.figures_of(measures) | {"to_process": to_process}
        return bool(won.update(thumbnail=key, lease_until=None, attempts=0, **figures))

    def detach_thumbnail(self) -> None:
        """The thumbnail is gone from the store: another will be made."""
        type(self).objects.filter(pk=self.pk).update(thumbnail="", attempts=0, lease_until=None)

    def mark_lost(self, reason: str) -> bool:
        """stored, ready -> rejected, and no image any more: the store has lost it; call it in a transaction."""
        held = type(self).objects.filter(pk=self.pk, image=self.image.name, status=self.status)
        won = held.update(
            status=self.Status.REJECTED, image="", reason=reason[:200], lease_until=None, **self.figures_of(None)
        )
        if won and self.status != self.Status.REJECTED:
            counts = {"rejected_count": F("rejected_count") + 1}
            if self.status == self.Status.READY:
                counts["ready_count"] = F("ready_count") - 1
            CaptureSession.objects.filter(pk=self.capture_id).update(**counts)
        if won:
            self.doubt_next()
        return bool(won)

    def release(self, error: str) -> None:
        """Give the frame back after a failed attempt; the sweep offers it again after a rest."""
        self._still_mine().update(lease_until=leases.back_off(self.attempts), last_error=error[:500])
