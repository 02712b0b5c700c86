"""What a capture session and a recording have in common: who started it, with what, and how it is called."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Started(models.Model):
    """One start-to-stop of one camera, by one owner. Order everywhere is (started_at, id), newest first."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    started_by_token = models.ForeignKey(
        "accounts.ApiToken", models.SET_NULL, null=True, blank=True, editable=False, related_name="+",
        help_text="The API token that started it; a token of scope ingest may go on with just these.",
    )  # fmt: skip
    client_id = models.UUIDField(
        null=True, blank=True, editable=False, help_text="Made by the browser, so that starting twice is once."
    )
    name = models.CharField(max_length=200, blank=True)
    camera_label = models.CharField(max_length=200, blank=True)
    device_name = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=200, blank=True, db_index=True)
    labels = models.JSONField(default=list, blank=True, help_text="Short strings.")
    metadata = models.JSONField(default=dict, blank=True, help_text="A JSON object of at most 4 kB.")
    width = models.PositiveIntegerField(null=True, blank=True, help_text="Pixels.")
    height = models.PositiveIntegerField(null=True, blank=True, help_text="Pixels.")
    content_type = models.CharField(max_length=200, blank=True)
    end_reason = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    alive_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="The last sign of life of the page, or upload."
    )

    class Meta:
        abstract = True
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["owner", "-started_at", "-id"], name="%(class)s_newest")]
        constraints = [
            models.UniqueConstraint(fields=["owner", "client_id"], name="%(class)s_client_once"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self._meta.verbose_name} of {self.started_at:%Y-%m-%d %H:%M}"
