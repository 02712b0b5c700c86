"""A capture session that was deleted while rows of frames are left: gone for everybody, its frames go in slices."""

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from cam2bytes.lib import leases

REMOVAL_LEASE = timedelta(seconds=30)


class Kept(models.Manager):
    """Those that nobody has deleted. Every list and every door goes through here."""

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().filter(deleted_at=None)


class Removable(models.Model):
    """What `CaptureSession` is made of, where it is deleted. `objects` has those that are kept, `everything` all."""

    deleted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="From then on its frames are removed, a thousand at a time."
    )
    removed_count = models.PositiveIntegerField(default=0, editable=False, help_text="Frames removed so far.")
    removal_lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = Kept()
    everything = models.Manager()  # noqa: DJ012 - fields do come first

    class Meta:
        abstract = True
        indexes: ClassVar = [
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="capture_session_removal"),
        ]

    @classmethod
    def removing(cls) -> QuerySet:
        """Those of which frames are left to be removed."""
        return cls.everything.filter(deleted_at__isnull=False)

    @classmethod
    def _free(cls) -> QuerySet:
        unleased = Q(removal_lease_until=None) | leases.is_before("removal_lease_until", timezone.now())
        return cls.removing().filter(unleased)

    @classmethod
    def forgotten_removals(cls, older_than: timedelta) -> list[UUID]:
        """Ids of those that nobody works on, deleted longer ago than that."""
        waiting = cls._free().filter(leases.is_before("deleted_at", timezone.now() - older_than))
        return list(waiting.order_by("deleted_at").values_list("pk", flat=True))

    @classmethod
    def claim_removal(cls, pk: UUID) -> bool:
        """Take its removal for a while; False when somebody else has it, or it is done."""
        return bool(cls._free().filter(pk=pk).update(removal_lease_until=timezone.now() + REMOVAL_LEASE))

    @classmethod
    def release_removal(cls, pk: UUID) -> None:
        cls.removing().filter(pk=pk).update(removal_lease_until=None)

    def mark_deleted(self) -> bool:
        """kept -> being removed; whether it was this call. Its client_id may begin a new one."""
        kept = type(self).objects.filter(pk=self.pk)
        return bool(kept.update(deleted_at=timezone.now(), client_id=None))

    def count_slice(self, count: int) -> None:
        """Call it in the transaction that deletes that many rows of frames."""
        self.removing().filter(pk=self.pk).update(removed_count=F("removed_count") + count)
