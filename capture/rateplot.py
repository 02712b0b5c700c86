"""The rate of a capture session over its time, as a small drawing: frames per second in up to 120 steps, what was
asked for as a dotted line, drops as rings. It says the same in one sentence.

The database counts the frames of each step: one pass over those of this capture session, and at most 120 rows back.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, FloatField, Func, IntegerField, Value
from django.utils.translation import gettext as _

from cam2bytes.lib import words
from capture.models import CaptureSession, Frame

STEPS = 120
FEWEST_PER_STEP = 4  # intervals; in shorter ones what comes a little late would look like a loss
WIDTH, HEIGHT = 1200, 72
MARKS = 6


class _Milliseconds(Func):
    """Epoch milliseconds of a time: SQLite's julianday keeps them, its strftime('%s') does not."""

    output_field = FloatField()

    def as_sqlite(self, compiler, connection, **context):
        template = "((julianday(%(expressions)s) - 2440587.5) * 86400000.0)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler, connection, **context):
        template = "(EXTRACT(EPOCH FROM %(expressions)s)::double precision * 1000.0)"
        return self.as_sql(compiler, connection, template=template, **context)


class _Floor(Func):
    """The whole number below; SQLite's own FLOOR is not in every build, and its cast cuts."""

    template = "FLOOR(%(expressions)s)::integer"
    output_field = IntegerField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS integer)", **context)


@dataclass(frozen=True)
class Step:
    """In the units of the drawing: from `x` on, `width` long, at the height `y` from above."""

    x: float
    width: float
    y: float


@dataclass(frozen=True)
class Drop:
    percent: float
    count: int


@dataclass(frozen=True)
class RatePlot:
    """`marks`: moments at equal distances along the axis, the end left out."""

    steps: list[Step]
    asked: float | None
    asked_y: float | None
    marks: list[datetime]
    drops: list[Drop]
    sentence: str

    @property
    def path(self) -> str:
        """The upper edge, as an SVG path."""
        corners = ((one.x, one.x + one.width, one.y) for one in self.steps)
        return "M" + "L".join(f"{left:.1f},{y:.1f}L{right:.1f},{y:.1f}" for left, right, y in corners)

    @property
    def area(self) -> str:
        return f"{self.path}V{HEIGHT}H0Z"

    @property
    def mark_pattern(self) -> str:
        """No two marks read alike."""
        return "H:i" if self.marks[1] - self.marks[0] >= timedelta(minutes=1) else "H:i:s"


def rate_plot(capture: CaptureSession) -> RatePlot | None:
    """None where there is nothing to draw: too few frames with times, or all at one moment."""
    first, last, asked = capture.first_taken_at, capture.last_taken_at, capture.requested_fps
    if not first or not last or last <= first or capture.frame_count < 2 * FEWEST_PER_STEP:
        return None
    # Steps of whole intervals that begin between two frames: a steady rate is then a straight line.
    interval = 1 / asked if asked else (last - first).total_seconds() / (capture.frame_count - 1)
    begin = first - timedelta(seconds=interval / 2)
    length = (last - begin).total_seconds() + interval / 2
    step = interval * max(math.ceil(length / interval / STEPS), FEWEST_PER_STEP)
    if length < 2 * step:
        return None
    whole = [step] * int(length / step + 0.001)
    rest = length - sum(whole)
    lengths = [*whole, rest] if rest >= interval / 2 else whole
    counts = _counts(capture, begin, step, len(lengths))
    rates = [found / seconds for found, seconds in zip(counts, lengths, strict=True)]
    top = max(*rates, asked or 0) * 1.05
    return RatePlot(
        steps=[
            Step(WIDTH * i * step / length, WIDTH * seconds / length, HEIGHT * (1 - fps / top))
            for i, (fps, seconds) in enumerate(zip(rates, lengths, strict=True))
        ],
        asked=asked,
        asked_y=HEIGHT * (1 - asked / top) if asked else None,
        marks=[begin + timedelta(seconds=length * i / MARKS) for i in range(MARKS)],
        drops=_drops(capture, begin, length),
        sentence=_sentence(rates, step, asked),
    )


def _counts(capture: CaptureSession, begin: datetime, step_seconds: float, count: int) -> list[int]:
    """How many frames were taken in each step from `begin` on; those beyond the last belong to it."""
    since_ms = _Milliseconds(F("taken_at")) - Value(begin.timestamp() * 1000, FloatField())
    rows = (
        Frame.objects.filter(capture=capture, taken_at__isnull=False)
        .annotate(step=_Floor(since_ms / Value(step_seconds * 1000, FloatField())))
        .order_by()
        .values_list("step")
        .annotate(n=Count("pk"))
    )
    counts = [0] * count
    for step, n in rows:
        counts[min(max(step, 0), count - 1)] += n
    return counts


def _drops(capture: CaptureSession, begin: datetime, length: float) -> list[Drop]:
    """Where the page says that it dropped frames; those that fall onto one place of the drawing together."""
    places: dict[int, int] = {}
    for drop in (capture.sampling or {}).get("drops", ()):
        place = (drop["at_ms"] / 1000 - begin.timestamp()) / length
        if 0 <= place <= 1:
            places[round(place * STEPS)] = places.get(round(place * STEPS), 0) + drop["count"]
    return [Drop(100 * place / STEPS, count) for place, count in sorted(places.items())]


def _sentence(rates: list[float], step_seconds: float, asked: float | None) -> str:
    facts = {
        "steps": len(rates),
        "span": words.span(step_seconds * 1000),
        "low": words.short_number(min(rates)),
        "high": words.short_number(max(rates)),
        "asked": words.rate(asked),
        "empty": sum(not rate for rate in rates),
    }
    told = _("Frames per second in steps of %(span)s: from %(low)s to %(high)s.") % facts
    if asked:
        told += " " + _("Asked for: %(asked)s.") % facts
    if facts["empty"]:
        told += " " + _("No frame in %(empty)s of %(steps)s steps.") % facts
    return told
