"""What was measured of a frame: by cam2bytes itself, and by the frame processors of whoever runs it."""

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q, QuerySet

from cam2bytes.lib import leases
from cam2bytes.lib.measures import Measures


class Measured(models.Model):
    """What `Frame` is made of, 2: figures that can all be made again from its image. All are null until measured."""

    sharpness = models.FloatField(null=True, editable=False, help_text="Variance of the Laplacian at 320 pixels.")
    brightness = models.FloatField(null=True, editable=False, help_text="Mean luma, 0 to 255.")
    perceptual_hash = models.CharField(max_length=16, null=True, editable=False)  # noqa: DJ001 - null: not measured
    near_duplicate = models.BooleanField(
        null=True, editable=False, help_text="Of the last distinct frame before it; null until judged."
    )
    processed = models.JSONField(
        default=dict, editable=False, help_text="What each frame processor measured, or why it did not."
    )
    to_process = models.BooleanField(default=False, editable=False, help_text="Frame processors are to run.")

    class Meta:
        abstract = True
        indexes: ClassVar = [
            models.Index(
                fields=["capture", "number"],
                condition=Q(near_duplicate=None, perceptual_hash__isnull=False),
                name="frame_unjudged",
            ),
            models.Index(fields=["capture", "number"], condition=Q(near_duplicate=False), name="frame_distinct"),
            models.Index(
                fields=["capture", "sharpness", "number"],
                condition=Q(sharpness__isnull=False),
                name="frame_sharpness",
            ),
            models.Index(
                fields=["capture", "brightness", "number"],
                condition=Q(brightness__isnull=False),
                name="frame_brightness",
            ),
            models.Index(fields=["received_at"], condition=Q(to_process=True), name="frame_to_process"),
        ]

    @staticmethod
    def figures_of(measures: Measures | None) -> dict:
        """What to write on the row when it was measured; or, with None, when what was measured is gone."""
        names = ("sharpness", "brightness", "perceptual_hash")
        return {name: getattr(measures, name, None) for name in names} | {"near_duplicate": None}

    def attach_measures(self, measures: Measures) -> bool:
        """Only to the image they were taken of."""
        own = type(self).objects.filter(pk=self.pk, image=self.image.name, status=self.status)
        return bool(own.update(**self.figures_of(measures)))

    @classmethod
    def unjudged(cls) -> QuerySet:
        """Measured frames of which nobody has said yet whether they are near-duplicates."""
        return cls.objects.filter(near_duplicate=None, perceptual_hash__isnull=False)

    @classmethod
    def unprocessed(cls) -> QuerySet:
        """Ready frames on which the frame processors are to run."""
        return cls.objects.filter(status="ready", to_process=True)

    @classmethod
    def claim_processing(cls, pk: int, lease: timedelta) -> Self | None:
        """The frame with the attempt to process it counted and committed, or None: nothing to do."""
        if not leases.claim(cls.unprocessed().exclude(thumbnail="").filter(pk=pk), lease):
            return None
        return cls.objects.select_related("capture").get(pk=pk)

    def attach_processed(self, outcomes: dict[str, dict]) -> bool:
        """{name of the processor: what came of it}; if this attempt still holds the row."""
        own = self.unprocessed().filter(pk=self.pk, attempts=self.attempts)
        return bool(own.update(processed=outcomes, to_process=False, attempts=0, lease_until=None))

    def doubt_next(self) -> None:
        """This frame leaves its place: what was said of the next measured one is to be judged again. Call it in the
        transaction that holds the row of the capture session."""
        rows = type(self).objects.filter(capture=self.capture_id, perceptual_hash__isnull=False)
        following = rows.filter(number__gt=self.number).order_by("number").values_list("pk", flat=True).first()
        type(self).objects.filter(pk=following).update(near_duplicate=None)
