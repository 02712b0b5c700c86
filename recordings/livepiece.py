"""Live pieces: what has been converted of a recording that still runs, so that it can be watched."""

from typing import ClassVar

from django.db import models


class LivePiece(models.Model):
    """The frames that came to their end within one chunk, as a browser's Media Source takes them.

    A derivative: made once, when first somebody wants to see it, and removed when the video is ready. How the
    reading of the stream goes on behind the chunk is kept too, so that any process can make the next piece.
    """

    recording = models.ForeignKey("recordings.Recording", models.CASCADE, related_name="live_pieces")
    number = models.PositiveIntegerField(help_text="That of the chunk.")
    file = models.FileField(max_length=200, blank=True, help_text="Empty where no frame came to its end.")
    size_bytes = models.PositiveIntegerField(default=0)
    start_ms = models.PositiveBigIntegerField(null=True)
    end_ms = models.PositiveBigIntegerField(null=True)
    key_ms = models.PositiveBigIntegerField(null=True, help_text="When the first key frame in it is shown.")
    parameter_sets = models.BinaryField(default=bytes, help_text="H.264: the last that came until its end.")
    pending_bytes = models.PositiveIntegerField(default=0, help_text="At the chunk's end, of what is not whole yet.")
    cluster_ticks = models.PositiveBigIntegerField(null=True, help_text="Time of the Cluster that goes on behind it.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["recording", "number"], name="live_piece_once")]

    def __str__(self) -> str:
        return f"live piece {self.number}"
