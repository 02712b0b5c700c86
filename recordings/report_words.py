"""The health report in words: a small table on the recording's page."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from cam2bytes.lib import words
from recordings.models import Recording
from recordings.report import report_of

STALL = 1.5
"""Usual steps: a longer one is told as a stall."""
NOT_TOLD = _lazy("not told")
NONE = _lazy("none")
CHANGES = {
    "camera-gone": _lazy("camera gone"),
    "camera-muted": _lazy("camera gave no pictures"),
    "camera-back": _lazy("camera back"),
    "microphone-gone": _lazy("microphone gone"),
    "microphone-muted": _lazy("microphone silent"),
    "microphone-back": _lazy("microphone back"),
}


@dataclass(frozen=True)
class Place:
    """A moment of the recording that can be gone to, and what was there."""

    at_ms: int
    text: str


@dataclass(frozen=True)
class Row:
    """`text` tells, `places` are where; `hint` is for who points at it."""

    name: str
    text: str
    places: tuple[Place, ...] = ()
    hint: str = ""


def rows(recording: Recording) -> list[Row]:
    """What is known, in the order in which people ask. What does not apply is left out."""
    report = report_of(recording)
    has_video = bool(recording.video)
    return [
        *([_gaps(report)] if has_video else []),
        *(_pictures(report) if report["frame_count"] else []),
        *([Row(_("Sound and picture"), _drift(report["drift_ms"]))] if report["drift_ms"] is not None else []),
        Row(_("On its way"), _upload(report["upload"])),
        _pauses(report),
        _devices(report),
        Row(_("Recorded by"), report["browser"] or NOT_TOLD, hint=report["user_agent"]),
        Row(_("Recorded as"), words.type_name(report["recorded_as"]), hint=report["recorded_as"]),
    ]


def _gaps(report):
    count = report["gap_count"]
    if not count:
        return Row(_("Gaps"), NONE)
    text = ngettext("%(n)s, %(span)s", "%(n)s, %(span)s together", count)
    places = tuple(Place(gap["start_ms"], span_of(gap["duration_ms"])) for gap in report["gaps"])
    return Row(_("Gaps"), text % {"n": count, "span": span_of(report["gaps_ms"])}, places)


def _pictures(report):
    usual, longest = report["usual_step_ms"], report["longest_step_ms"]
    if not usual:
        return [Row(_("Pictures"), words.grouped(report["frame_count"]))]
    facts = {
        "count": words.grouped(report["frame_count"]),
        "expected": words.grouped(report["expected_frames"]),
        "rate": words.rate(1000 / usual),
    }
    if report["expected_frames"] > report["frame_count"]:
        text = _("%(count)s; %(expected)s at its usual rate, %(rate)s") % facts
    else:
        text = _("%(count)s, %(rate)s") % facts
    stalls = longest > STALL * usual
    stall = (Place(report["longest_step_at_ms"], span_of(longest)),) if stalls else ()
    return [Row(_("Pictures"), text), Row(_("Longest stall"), "" if stalls else NONE, stall)]


def _drift(drift_ms):
    if not drift_ms:
        return _("end together")
    longer = _("the sound is %(span)s longer") if drift_ms > 0 else _("the picture is %(span)s longer")
    return longer % {"span": span_of(abs(drift_ms))}


def _upload(upload):
    if upload["median_ms"] is None:
        return NOT_TOLD
    spans = {"median": span_of(upload["median_ms"]), "largest": span_of(upload["largest_ms"])}
    return _("chunks waited %(median)s, at most %(largest)s") % spans


def _pauses(report):
    pauses = report["pauses"]
    if pauses is None:
        return Row(_("Pauses"), NOT_TOLD)
    lasted = (span_of(pause["lasted_ms"]) if pause["lasted_ms"] is not None else _("to the end") for pause in pauses)
    places = tuple(Place(pause["at_ms"], text) for pause, text in zip(pauses, lasted, strict=True))
    return Row(_("Pauses"), _or_none(places, report), places)


def _devices(report):
    changes = report["device_changes"]
    if changes is None:
        return Row(_("Camera and microphone"), NOT_TOLD)
    places = tuple(Place(change["at_ms"], _change(change)) for change in changes)
    return Row(_("Camera and microphone"), _or_none(places, report, _("stayed")), places)


def _change(change):
    parts = [str(CHANGES[change["kind"]]), change["device"]]
    if change["lasted_ms"] is not None:
        parts.append(_("after %(span)s") % {"span": span_of(change["lasted_ms"])})
    return ", ".join(filter(None, parts))


def _or_none(places, report, none=NONE):
    if not report["told_all"]:
        return _("at least these")
    return "" if places else none


def span_of(ms):
    """As `words.span`; below a second in milliseconds."""
    return words.span(ms) if ms >= 1000 else _("%(n)s ms") % {"n": ms}
