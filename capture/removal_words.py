"""How the removal of large capture sessions is told: to their owner in the Library, and in the admin."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cam2bytes.accounts.ownership import owned
from cam2bytes.lib import words
from cam2bytes.lib.cards import title_of
from cam2bytes.lib.keptline import KeptLine, kept_line
from capture.models import CaptureSession


@dataclass(frozen=True)
class Progress:
    """`line`: solid as far as frames are removed."""

    title: str
    sentence: str
    line: KeptLine


def removals_of(user) -> list[Progress]:
    """What the account has deleted and what is not gone completely, the newest first."""
    return [progress_of(capture) for capture in owned(CaptureSession.removing(), user).order_by("-deleted_at")]


def progress_of(capture: CaptureSession) -> Progress:
    count = max(capture.frame_count, capture.removed_count, 1)
    sentence = ngettext("%(done)s of %(n)s frame is removed.", "%(done)s of %(n)s frames are removed.", count) % {
        "done": words.grouped(capture.removed_count),
        "n": words.grouped(count),
    }
    left = [{"start_ms": capture.removed_count, "duration_ms": count - capture.removed_count}]
    title = title_of(capture, _("Capture session, %(time)s"))
    return Progress(title, sentence, kept_line(count, left, f"{_('Removing')}: {sentence}", shortest_gap=1))
