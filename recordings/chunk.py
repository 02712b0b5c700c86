"""Chunks, and what a recording knows of those it holds."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.utils import timezone


class Chunk(models.Model):
    """A piece of MediaRecorder's byte stream, numbered from 0 in its recording; opaque, aligned to nothing."""

    recording = models.ForeignKey("recordings.Recording", models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    file = models.FileField(max_length=200, editable=False)
    size_bytes = models.PositiveIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    waited_ms = models.PositiveBigIntegerField(
        null=True, blank=True, editable=False, help_text="From its cut in the page until it was sent; null: not told."
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["recording", "number"], name="chunk_number_once")]
        indexes: ClassVar = [models.Index(fields=["received_at"], name="chunk_received")]  # the admin's days

    def __str__(self) -> str:
        return f"chunk {self.number}"


class ChunkHolder(models.Model):
    """What `Recording` is made of, 1: the count of its chunks."""

    chunk_count = models.PositiveIntegerField(null=True, blank=True, editable=False, help_text="Set by the seal.")
    received_count = models.PositiveIntegerField(default=0, editable=False, help_text="Distinct chunks held.")
    highest_number = models.PositiveIntegerField(null=True, blank=True, editable=False)
    held_bytes = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    def missing_ranges(self) -> list[list[int]]:
        """Inclusive ranges of numbers not held, below `chunk_count`, or below the highest held."""
        end = self.chunk_count if self.chunk_count is not None else (self.highest_number or -1) + 1
        if self.received_count >= end:
            return []
        return holes_in(self.held_ranges(), end)

    def held_ranges(self) -> list[list[int]]:
        """Inclusive ranges of numbers held, in order."""
        ranges: list[list[int]] = []
        for number in self.chunks.order_by("number").values_list("number", flat=True).iterator():
            if ranges and ranges[-1][1] == number - 1:
                ranges[-1][1] = number
            else:
                ranges.append([number, number])
        return ranges

    def add_to_counts(self, number: int, size_bytes: int, **changes) -> None:
        """A new chunk is held; in the transaction that inserts it, which has read this row under its lock."""
        highest = number if self.highest_number is None else max(number, self.highest_number)
        self._own().update(
            received_count=F("received_count") + 1, held_bytes=F("held_bytes") + size_bytes, highest_number=highest,
            **changes,
        )  # fmt: skip

    def lose_chunk(self, chunk: "Chunk") -> None:
        """The object of a chunk is gone: it is missing from now on, until its browser sends it again; call it in a
        transaction that holds the row."""
        chunk.delete()
        highest = self.chunks.aggregate(highest=models.Max("number"))["highest"]
        self._own().update(
            received_count=F("received_count") - 1, held_bytes=F("held_bytes") - chunk.size_bytes,
            highest_number=highest,
        )  # fmt: skip


def holes_in(held: list[list[int]], end: int) -> list[list[int]]:
    """The inclusive ranges below `end` that the ordered inclusive ranges `held` leave out."""
    holes, start = [], 0
    for first, last in held:
        if first > start:
            holes.append([start, first - 1])
        start = last + 1
    if start < end:
        holes.append([start, end - 1])
    return holes
