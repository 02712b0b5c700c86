"""One page of a capture session's frames: a run of numbers, broken into minutes, with the holes named."""

from dataclasses import dataclass, field

from django.utils import timezone

from capture.models import Frame

PAGE_SIZE = 96  # twelve rows of eight, thirty-two of three
JUMPS = 9


@dataclass(frozen=True)
class Hole:
    """Numbers that are not here: `first` to `last`."""

    first: int
    last: int

    @property
    def count(self):
        return self.last - self.first + 1


@dataclass
class Minute:
    """Frames taken within one minute, and the holes between them, in order of their numbers."""

    at: object
    cells: list = field(default_factory=list)

    @property
    def frames(self):
        return [cell for cell in self.cells if isinstance(cell, Frame)]

    @property
    def first(self):
        return self.frames[0].number

    @property
    def last(self):
        return self.frames[-1].number


@dataclass
class Page:
    minutes: list
    first: int | None = None
    last: int | None = None
    has_earlier: bool = False
    has_later: bool = False

    @property
    def frames(self):
        return [frame for minute in self.minutes for frame in minute.frames]


def page_of(capture, *, after=None, before=None):
    """The page of frames behind number `after`, or the one that ends before `before`; from the first otherwise."""
    rows = Frame.objects.filter(capture=capture)
    if before is not None:
        frames = list(rows.filter(number__lt=before).order_by("-number")[:PAGE_SIZE])[::-1]
    else:
        frames = list(rows.filter(number__gt=-1 if after is None else after).order_by("number")[:PAGE_SIZE])
    if not frames:
        return Page(minutes=[], has_earlier=after is not None and rows.exists())
    first, last = frames[0].number, frames[-1].number
    numbers_are_counted = capture.expected_frame_count is not None
    return Page(
        minutes=minutes_of(frames, with_holes=numbers_are_counted),
        first=first,
        last=last,
        has_earlier=rows.filter(number__lt=first).exists(),
        has_later=rows.filter(number__gt=last).exists(),
    )


def minutes_of(frames, *, with_holes):
    """The frames by the minute they were taken in. Holes only where numbers are known to be counted without one."""
    minutes, previous = [], None
    for frame in frames:
        at = frame.taken_at and timezone.localtime(frame.taken_at).replace(second=0, microsecond=0)
        if not minutes or minutes[-1].at != at:
            minutes.append(Minute(at))
        if with_holes and previous is not None and frame.number > previous + 1:
            minutes[-1].cells.append(Hole(previous + 1, frame.number - 1))
        minutes[-1].cells.append(frame)
        previous = frame.number
    return minutes


def jumps(capture):
    """Up to ten frames spread over the whole capture session, to jump to; none where one page holds all."""
    rows = Frame.objects.filter(capture=capture)
    if capture.frame_count <= PAGE_SIZE:
        return []
    ends = [rows.order_by(order).values_list("number", flat=True).first() for order in ("number", "-number")]
    if None in ends:
        return []
    first, last = ends
    numbers = {first + (last - first) * i // JUMPS for i in range(JUMPS + 1)}
    return list(rows.filter(number__in=numbers, taken_at__isnull=False).order_by("number"))


def neighbours(frame, count):
    """The frames around one: at most `count` before it, itself, and at most `count` after it."""
    rows = Frame.objects.filter(capture=frame.capture_id)
    before = list(rows.filter(number__lt=frame.number).order_by("-number")[:count])[::-1]
    after = list(rows.filter(number__gt=frame.number).order_by("number")[:count])
    return before, after
