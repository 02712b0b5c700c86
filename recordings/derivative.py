"""What is made from a recording's video: rows that say what is wanted, and how far it has come.

    waiting --claim--> making --> ready | failed(reason)
       ^                 | \\--- lease expired, or trouble that may pass ---> claimed again
       \\--- another video, its file lost, or somebody asks again (any state)

What is long is made in parts, each a stretch of the video's time, kept as they come: who goes on after a
crash begins with the next part. A claim raises `turn`, and every result asks for that turn and for the
video it was made from again (the fence). A row that is deleted while it is worked on is a cancellation.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from cam2bytes.lib import leases
from cam2bytes.lib.keys import derivative_prefix
from cam2bytes.lib.stills import MOST_PICTURES, TOO_MANY

EVERY_PICTURE = Decimal(0)


class Derivative(models.Model):
    class Kind(models.TextChoices):
        SPRITE = "sprite"
        MP4 = "mp4"
        FRAMES = "frames"

    class Status(models.TextChoices):
        WAITING = "waiting"
        MAKING = "making"
        READY = "ready"
        FAILED = "failed"

    recording = models.ForeignKey("recordings.Recording", models.CASCADE, related_name="derivatives")
    kind = models.CharField(max_length=10, choices=Kind)
    fps = models.DecimalField(
        max_digits=4, decimal_places=2, default=EVERY_PICTURE,
        help_text="Of frames: how many for each second; 0 means every picture.",
    )  # fmt: skip
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    source = models.CharField(max_length=200, blank=True, help_text="Key of the video that it is made from.")
    facts = models.JSONField(default=dict, blank=True, help_text="What its maker found out and must not forget.")
    done_ms = models.PositiveBigIntegerField(default=0, help_text="How much of the video is through.")
    worked_ms = models.PositiveBigIntegerField(default=0, help_text="How long that took.")

    file = models.FileField(max_length=200, blank=True)
    content_type = models.CharField(max_length=50, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)

    turn = models.PositiveIntegerField(default=0, help_text="Raised by every claim.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims since something was kept.")
    lease_until = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(default=timezone.now, help_text="When the workers last heard of it.")
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "kind", "fps"], name="derivative_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["offered_at"], condition=Q(status__in=["waiting", "making"]), name="derivative_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.recording_id}"

    @property
    def key_prefix(self) -> str:
        return derivative_prefix(self.recording_id, self.pk)

    @property
    def address(self) -> str:
        """Of its JSON in the API."""
        return f"/api/v1/recordings/{self.recording_id}/derivatives/{self.pk}"

    @property
    def webvtt_address(self) -> str:
        """Of a sprite that is there: which part of it is for when. Else ""."""
        return f"{self.address}/webvtt" if self.kind == self.Kind.SPRITE and self.file else ""

    @classmethod
    def sprites_of(cls, recordings: Iterable) -> dict[UUID, "Derivative"]:
        """{pk of a recording: its sprite}, of those that have one."""
        found = cls.objects.filter(kind=cls.Kind.SPRITE, recording__in=recordings).exclude(file="")
        return {sprite.recording_id: sprite for sprite in found.only("recording_id", "kind", "file")}

    @property
    def is_unfinished(self) -> bool:
        return self.status in (self.Status.WAITING, self.Status.MAKING)

    @property
    def progress(self) -> float:
        """0 to 1; 1 only when it is ready."""
        if self.status == self.Status.READY:
            return 1.0
        return min(self.done_ms / self.recording.duration_ms, 0.99) if self.recording.duration_ms else 0.0

    @property
    def seconds_left(self) -> int | None:
        """By what went before; None while nothing tells."""
        if self.status != self.Status.MAKING or not (self.done_ms and self.worked_ms):
            return None
        rest_ms = max(self.recording.duration_ms - self.done_ms, 0)
        return round(self.worked_ms * rest_ms / self.done_ms / 1000)

    # Work --------------------------------------------------------------------------------------

    @classmethod
    def unfinished(cls) -> QuerySet["Derivative"]:
        return cls.objects.filter(status__in=[cls.Status.WAITING, cls.Status.MAKING])

    @classmethod
    def makeable(cls) -> QuerySet["Derivative"]:
        """Unfinished ones of recordings whose video stands for now. No join: a claim that waited for a twin must
        look at the row itself once more."""
        recordings = cls.recording.field.related_model.objects.filter(status__in=["ready", "failed"])
        return cls.unfinished().filter(recording__in=recordings.exclude(video=""))

    @classmethod
    def stale(cls) -> QuerySet["Derivative"]:
        """Finished ones of a video that has been replaced."""
        finished = cls.objects.filter(status__in=[cls.Status.READY, cls.Status.FAILED], recording__status="ready")
        return finished.exclude(source=F("recording__video")).exclude(recording__video="").exclude(source="")

    @classmethod
    def claim(cls, pk: int) -> "Derivative | None":
        """The row with its attempt committed; None when there is nothing to do."""
        free = cls.makeable().filter(pk=pk)
        if not leases.claim(free, leases.RECORDING_LEASE, status=cls.Status.MAKING, turn=F("turn") + 1):
            return None
        return cls.objects.select_related("recording").defer("recording__header").filter(pk=pk).first()

    def still_mine(self) -> QuerySet["Derivative"]:
        """The row, if this turn still holds it: the fence for every result."""
        return type(self).objects.filter(pk=self.pk, status=self.Status.MAKING, turn=self.turn)

    def extend_lease(self) -> bool:
        return bool(self.still_mine().update(lease_until=timezone.now() + leases.RECORDING_LEASE))

    def begin(self, source: str) -> list[str]:
        """Begin from the front with that video; the keys of what is no longer needed."""
        self.source, self.done_ms, self.worked_ms = source, 0, 0
        self.facts.pop("plan", None)
        with transaction.atomic():
            if not self.still_mine().update(source=source, facts=self.facts, done_ms=0, worked_ms=0):
                return []
            keys = list(self.parts.values_list("file", flat=True))
            self.parts.all().delete()
        return keys

    def note_plan(self, plan: dict) -> None:
        self.facts["plan"] = plan
        self.still_mine().update(facts=self.facts)

    def note_progress(self, done_ms: int, worked_ms: int) -> bool:
        return bool(self.still_mine().update(done_ms=done_ms, worked_ms=worked_ms))

    def add_part(self, number: int, key: str, size_bytes: int, facts: dict, done_ms: int, worked_ms: int) -> bool:
        """A part is kept: this turn ends, and what is left may be claimed at once."""
        with transaction.atomic():
            won = self.still_mine().update(
                done_ms=done_ms, worked_ms=worked_ms, attempts=0, lease_until=None, last_error="",
                offered_at=timezone.now(),
            )  # fmt: skip
            if won:
                self.parts.create(number=number, file=key, size_bytes=size_bytes, facts=facts)
        return bool(won)

    def mark_ready(self, key: str, content_type: str, size_bytes: int, facts: dict) -> list[str] | None:
        """making -> ready with its file; the keys of what is no longer needed, None if it was not ours."""
        with transaction.atomic():
            before = self.still_mine().select_for_update().filter(recording__video=self.source)
            replaced = list(before.values_list("file", flat=True))
            if not replaced:
                return None
            keys = [*filter(None, replaced), *self.parts.values_list("file", flat=True)]
            self.still_mine().update(
                status=self.Status.READY, file=key, content_type=content_type, size_bytes=size_bytes,
                facts={**self.facts, **facts}, ready_at=timezone.now(), failure="", attempts=0, lease_until=None,
                done_ms=self.recording.duration_ms or 0,
            )  # fmt: skip
            self.parts.all().delete()
        return keys

    def mark_failed(self, reason: str) -> bool:
        return bool(self.still_mine().update(status=self.Status.FAILED, failure=reason[:300], lease_until=None))

    def release(self, error: str) -> None:
        """Trouble that may pass: claimed again after a rest."""
        self.still_mine().update(last_error=error[:500], lease_until=leases.back_off(self.attempts))

    # From outside ------------------------------------------------------------------------------

    def make_again(self) -> bool:
        """Any state -> waiting. A file that is there stays until it is replaced."""
        return bool(
            type(self)
            .objects.filter(pk=self.pk)
            .update(
                status=self.Status.WAITING, source="", done_ms=0, worked_ms=0, attempts=0, lease_until=None,
                failure="", last_error="", turn=F("turn") + 1, offered_at=timezone.now(),
            )
        )  # fmt: skip

    @classmethod
    def of_holding(cls, field: str, pk: int) -> "Derivative":
        """Whose file, or whose part, that is."""
        return cls.objects.get(parts=pk) if field == "part" else cls.objects.get(pk=pk)

    def lose(self, key: str) -> None:
        """Its file or a part of it is gone from the store: it is made from the front; call it in a transaction."""
        self.make_again()
        type(self).objects.filter(pk=self.pk, file=key).update(file="", size_bytes=None)

    def give_up(self, reason: str) -> bool:
        """Unfinished, with every attempt spent or nothing to be made from -> failed."""
        rows = self.unfinished().filter(leases.unleased(), pk=self.pk, turn=self.turn)
        return bool(rows.update(status=self.Status.FAILED, failure=reason[:300]))


class DerivativePart(models.Model):
    """A stretch of a derivative in the making, numbered from 0."""

    derivative = models.ForeignKey(Derivative, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    file = models.FileField(max_length=200)
    size_bytes = models.PositiveBigIntegerField()
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["derivative", "number"], name="derivative_part_number_once")
        ]

    def __str__(self) -> str:
        return f"part {self.number}"


def why_not_applicable(recording, kind: str, fps: Decimal = EVERY_PICTURE) -> str:
    """A sentence on why `kind` cannot be made of the recording; empty where it can."""
    if kind == Derivative.Kind.MP4:
        plays_everywhere = recording.video_codec in ("h264", "") and recording.audio_codec in ("aac", "")
        if plays_everywhere and recording.video_content_type.endswith("/mp4"):
            return "The video is an MP4 for every player already."
    elif not recording.video_codec:
        return "There is no picture in this recording."
    elif fps * (recording.duration_ms or 0) > MOST_PICTURES * 1000:
        return f"{TOO_MANY[0].upper()}{TOO_MANY[1:]}."
    return ""
