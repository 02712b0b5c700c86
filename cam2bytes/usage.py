"""What is kept for an account, over both kinds, for its Account page."""

from django.db.models import Count, Sum
from django.utils.translation import ngettext

from cam2bytes.accounts.ownership import owned
from capture.models import CaptureSession
from recordings.models import Recording


def usage_of(user) -> list[tuple[str, int, int]]:
    """(words, count, size_bytes), line by line; of recordings the chunks as sent, and the videos made of them."""
    captures, images = _sums(CaptureSession, user, "size_bytes")
    clips, chunks = _sums(Recording, user, "held_bytes")
    made, videos = _sums(Recording, user, "video_size_bytes")
    return [
        (ngettext("capture session", "capture sessions", captures), captures, images),
        (ngettext("recording, as sent", "recordings, as sent", clips), clips, chunks),
        (ngettext("video made of it", "videos made of them", made), made, videos),
    ]


def _sums(model, user, size: str) -> tuple[int, int]:
    """(how many of one's own have a size, their sizes together)."""
    sums = owned(model.objects.all(), user).aggregate(count=Count(size), size_bytes=Sum(size))
    return sums["count"], sums["size_bytes"] or 0
