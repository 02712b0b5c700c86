"""One page of a capture session's frames: a run of numbers, broken into minutes, with the holes named; or those that
somebody chose, in the order of a measure."""

from dataclasses import dataclass, field

from django.utils import timezone

from capture.choosing import ORDERS, Choice, WrongPlace
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
    """`first`, `last`: the places where it begins and ends, in its order."""

    minutes: list
    first: int | str | None = None
    last: int | str | None = None
    has_earlier: bool = False
    has_later: bool = False

    @property
    def frames(self):
        return [frame for minute in self.minutes for frame in minute.frames]


EVERYTHING = Choice()


def choice_of(query):
    """The choice that the address of a page holds; what is mistyped in it chooses nothing."""
    bounds = {name: _figure(query.get(name)) for name in ("sharpness_min", "brightness_min", "brightness_max")}
    hides = {name: query.get(name) == "1" for name in ("hide_near_duplicates", "hide_blurred")}
    sort = query.get("sort")
    return Choice(**bounds, **hides, sort=sort if sort in ORDERS else "number")


def _figure(text):
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def page_of(capture, choice=EVERYTHING, *, after=None, before=None):
    """The page of frames behind the place `after`, or the one that ends before `before`; from the first otherwise."""
    try:
        return _page_of(capture, choice, after, before)
    except WrongPlace:  # mistyped, or of another order
        return _page_of(capture, choice, None, None)


def _page_of(capture, choice, after, before):
    if before is not None:
        frames = choice.page(capture, before, PAGE_SIZE, back=True)
    else:
        frames = choice.page(capture, after, PAGE_SIZE)
    if not frames:
        return Page(minutes=[], has_earlier=after is not None and bool(choice.page(capture, None, 1)))
    first, last = choice.place_of(frames[0]), choice.place_of(frames[-1])
    return Page(
        minutes=[Minute(None, frames)]
        if choice.measure
        else minutes_of(frames, with_holes=_has_holes(capture, choice)),
        first=first,
        last=last,
        has_earlier=bool(choice.page(capture, first, 1, back=True)),
        has_later=bool(choice.page(capture, last, 1)),
    )


def _has_holes(capture, choice):
    """Whether a number that is not shown is one that is not here: they are counted, and nothing is hidden."""
    return capture.expected_frame_count is not None and choice.is_everything


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


def jumps(capture, choice=EVERYTHING):
    """Up to ten frames spread over the whole capture session, to jump to; none where one page holds all."""
    rows = Frame.objects.filter(capture=capture)
    if capture.frame_count <= PAGE_SIZE or choice.measure:
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
