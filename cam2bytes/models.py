"""The one table of the front door: which run of a first cam2bytes page a message to /upload belongs to."""

from django.db import models


class UploadClient(models.Model):
    """A page that sends to /upload, as far as it can be told apart, once for each kind it sends.

    `runs`: its last runs, newest first, each {target, taken_at, begun_at, has_first}; see `uploadruns`.
    """

    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of who sends, and from where.")
    runs = models.JSONField(default=list)
    seen_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.key[:10]
