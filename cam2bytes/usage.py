"""What is kept for an account, over both kinds, for its Account page."""

from collections.abc import Callable

from django.db.models import Count, F, Sum
from django.utils.translation import ngettext

from cam2bytes.accounts.ownership import owned
from capture.models import CaptureSession
from recordings.models import Recording


def usage_of(user) -> list[tuple[str, int, int]]:
    """(words, count, size_bytes) for each kind; of recordings, the chunks as sent and the video made of them."""
    return [
        _line(CaptureSession, user, F("size_bytes"), lambda n: ngettext("capture session", "capture sessions", n)),
        _line(Recording, user, F("held_bytes"), lambda n: ngettext("recording, as sent", "recordings, as sent", n)),
        _line(Recording, user, F("video_size_bytes"), lambda n: ngettext("video made of it", "videos made of them", n)),
    ]


def _line(model, user, size, words: Callable[[int], str]) -> tuple[str, int, int]:
    sums = owned(model.objects.all(), user).aggregate(count=Count(size), size_bytes=Sum(size))
    return words(sums["count"]), sums["count"], sums["size_bytes"] or 0
