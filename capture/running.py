"""What is captured now: the open capture sessions, each with its newest picture. For the wall."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from cam2bytes.lib.cards import title_of
from capture.models import CaptureSession, Frame

WINDOW = timedelta(seconds=4)  # of time of arrival: pages send a batch a second, and the rate is told from some
FRESH = timedelta(seconds=0.9)  # a thumbnail older than that makes place for a newer frame without one
MOST_RECENT = 5000  # frames of everybody that are looked at
MOST_CAPTURES = 500
WORDS_MISSED = timedelta(seconds=12)  # a page says every 5 that it is alive


@dataclass(frozen=True)
class Shot:
    """A frame as it is shown: its thumbnail, or the image itself where that is newer by more than `FRESH`."""

    number: int
    received_at: datetime
    key: str
    content_type: str
    address: str


@dataclass(frozen=True)
class Running:
    """`fps` as it was in the last seconds, None where that cannot be told. `shot` is None before the first frame."""

    capture: CaptureSession
    title: str
    shot: Shot | None
    fps: float | None
    is_lost: bool


def running_captures(before: dict[UUID, Running]) -> dict[UUID, Running]:
    """By id, newest first, of all owners. `before` is what this returned last: a capture session to which nothing was
    added since is not looked up again."""
    now = timezone.now()
    rows = CaptureSession.objects.filter(status=CaptureSession.Status.OPEN).select_related("owner")
    recent = _recent_frames(now)
    found = {}
    for capture in rows.order_by("-started_at", "-pk")[:MOST_CAPTURES]:
        frames = recent.get(capture.pk, [])
        last = before.get(capture.pk)
        if frames:
            shot = _shot(capture.pk, frames, now)
        elif last and last.capture.frame_count == capture.frame_count:
            shot = last.shot
        else:
            newest = Frame.objects.filter(capture=capture.pk).exclude(status=Frame.Status.REJECTED)
            shot = _shot(capture.pk, list(newest.order_by("-number").values_list(*FIELDS)[:1]), now)
        title = title_of(capture, _("Capture session, %(time)s"))
        found[capture.pk] = Running(capture, title, shot, _fps(frames), _is_lost(capture, now))
    return found


FIELDS = ("number", "image", "thumbnail", "content_type", "taken_at", "received_at")


def _recent_frames(now: datetime) -> dict[UUID, list[tuple]]:
    """{capture session: its frames of the last seconds, the newest number first}; one look into the index of times."""
    rows = Frame.objects.filter(received_at__gte=now - WINDOW).exclude(status=Frame.Status.REJECTED)
    recent = defaultdict(list)
    for capture_id, *frame in rows.order_by("-received_at").values_list("capture_id", *FIELDS)[:MOST_RECENT]:
        recent[capture_id].append(tuple(frame))
    for frames in recent.values():
        frames.sort(reverse=True)
    return recent


def _shot(capture_id: UUID, frames: list[tuple], now: datetime) -> Shot | None:
    """Of frames, the newest number first: the newest that has a thumbnail, unless that is old beside what is there."""
    if not frames:
        return None
    with_thumbnail = next((frame for frame in frames if frame[2]), None)
    is_fresh = with_thumbnail and (with_thumbnail is frames[0] or now - with_thumbnail[5] < FRESH)
    number, image, thumbnail, content_type, _taken_at, received_at = with_thumbnail if is_fresh else frames[0]
    kind = "thumbnail" if thumbnail else "image"
    return Shot(
        number, received_at, thumbnail or image, "image/jpeg" if thumbnail else content_type,
        f"/api/v1/captures/{capture_id}/frames/{number}/{kind}",
    )  # fmt: skip


def _fps(frames: list[tuple]) -> float | None:
    """Frames per second from the first to the last of those that came lately, by the times they were taken."""
    if len(frames) < 3:
        return None
    first, last = frames[-1], frames[0]
    seconds = (last[4] - first[4]).total_seconds() if last[4] and first[4] else 0
    return (len(frames) - 1) / seconds if seconds > 0 else None


def _is_lost(capture: CaptureSession, now: datetime) -> bool:
    """Whether its page has missed its words; with long intervals, three of them."""
    interval = timedelta(seconds=3 / capture.requested_fps) if capture.requested_fps else timedelta()
    return now - capture.alive_at > max(WORDS_MISSED, interval)
