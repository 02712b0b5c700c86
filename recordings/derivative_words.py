"""How what is made from a recording is told on its page."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cam2bytes.lib import words
from cam2bytes.lib.keptline import KeptLine, kept_line
from recordings.derivative import EVERY_PICTURE, Derivative, why_not_applicable

RATES = (EVERY_PICTURE, Decimal(10), Decimal(5), Decimal(2), Decimal(1), Decimal("0.5"), Decimal("0.1"))
"""What the page offers; the API takes any rate."""
Kind, Status = Derivative.Kind, Derivative.Status


@dataclass(frozen=True)
class Made:
    """A line of the list. `line` while it is made, `reason` where it failed, `url` once there is a file."""

    pk: int
    kind: str
    fps: Decimal
    name: str
    facts: str
    url: str = ""
    line: KeptLine | None = None
    reason: str = ""


@dataclass(frozen=True)
class MadeFrom:
    """`rates`: of frames that can be taken out, [(value, words)]; `changes`: whether the page should look again."""

    rows: list[Made]
    offers_mp4: bool
    rates: list[tuple[Decimal, str]]
    webvtt_url: str
    changes: bool

    @property
    def ready(self) -> list[Made]:
        return [row for row in self.rows if row.url]


def made_from(recording) -> MadeFrom:
    """All of it, and what could be made besides."""
    found = list(recording.derivatives.select_related("recording").order_by("pk"))
    asked = {(row.kind, row.fps) for row in found}
    return MadeFrom(
        rows=[_row(derivative) for derivative in found if derivative.kind != Kind.SPRITE],
        offers_mp4=(Kind.MP4, EVERY_PICTURE) not in asked and _applies(recording, Kind.MP4),
        rates=[
            (rate, rate_words(rate)) for rate in RATES
            if (Kind.FRAMES, rate) not in asked and _applies(recording, Kind.FRAMES, rate)
        ],
        webvtt_url=next(filter(None, (row.webvtt_address for row in found)), ""),
        changes=any(row.is_unfinished for row in found),
    )  # fmt: skip


def rate_words(rate: Decimal) -> str:
    return words.rate(float(rate)) if rate else _("every picture")


def _applies(recording, kind: str, rate: Decimal = EVERY_PICTURE) -> bool:
    return bool(recording.video) and not why_not_applicable(recording, kind, rate)


def _row(derivative: Derivative) -> Made:
    name = _("MP4 for every player")
    if derivative.kind == Kind.FRAMES:
        name = _("Pictures, %(rate)s") % {"rate": rate_words(derivative.fps)}
    line, facts = None, _facts(derivative)
    if derivative.is_unfinished:
        done = round(derivative.progress * 1000)
        line = kept_line(1000, [{"start_ms": done, "duration_ms": 1000 - done}], f"{name}: {facts}")
    return Made(
        derivative.pk, derivative.kind, derivative.fps, name, facts,
        url=f"{derivative.address}/file?download=1" if derivative.status == Status.READY else "",
        line=line,
        reason=derivative.failure if derivative.status == Status.FAILED else "",
    )  # fmt: skip


def _facts(derivative: Derivative) -> str:
    if derivative.status == Status.WAITING:
        return _("waits for its turn")
    if derivative.status == Status.MAKING:
        percent = _("%(n)s %%") % {"n": int(derivative.progress * 100)}
        left = derivative.seconds_left
        return f"{percent}, " + _("about %(span)s left") % {"span": _rough(left)} if left else percent
    if derivative.status == Status.FAILED:
        return ""
    count = derivative.facts.get("count", 0)
    pictures = ngettext("%(n)s picture", "%(n)s pictures", count) % {"n": words.grouped(count)}
    facts = [pictures] if derivative.kind == Kind.FRAMES else []
    kind = "ZIP" if derivative.kind == Kind.FRAMES else _("H.264 and AAC")
    return " · ".join([*facts, kind, words.size(derivative.size_bytes)])


def _rough(seconds: int) -> str:
    """To the minute from two minutes on: it is an estimate."""
    return words.span(round(seconds / 60) * 60_000) if seconds >= 120 else _("%(n)s s") % {"n": seconds}
