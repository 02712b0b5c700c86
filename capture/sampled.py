"""What only the page that captures knows, and tells: how the sampling goes, and how well its times are known."""

from django.db import models
from django.db.models import Q


class Sampled(models.Model):
    """What `CaptureSession` is made of beside its beginning: the last word of its page on the sampling.

    The page tells all of it with every sign of life and at the close, so nothing is lost when it dies. Words overtake
    each other on their way; each carries its number, and the highest is the newest.
    """

    sampling = models.JSONField(null=True, blank=True, editable=False, help_text="Null where the page does not tell.")
    sampling_number = models.PositiveIntegerField(null=True, blank=True, editable=False)
    dropped_count = models.PositiveIntegerField(null=True, blank=True, editable=False)
    taken_at_error_ms = models.FloatField(
        null=True, blank=True, editable=False, help_text="The estimated error of the times of 95 in 100 frames."
    )

    class Meta:
        abstract = True

    @property
    def extra_count(self) -> int:
        """Frames that somebody took by hand, besides the rate."""
        return self.sampling["extra_count"] if self.sampling else 0

    def note_sampling(self, told: dict | None) -> None:
        """`told`: a `SamplingIn` as JSON; None where nothing is told, which changes nothing."""
        if told is None:
            return
        older = Q(sampling_number=None) | Q(sampling_number__lt=told["number"])
        type(self).objects.filter(older, pk=self.pk).update(
            sampling={name: value for name, value in told.items() if name not in ("number", "taken_at_error_ms")},
            sampling_number=told["number"],
            dropped_count=sum(told["dropped"].values()),
            taken_at_error_ms=told["taken_at_error_ms"],
        )
