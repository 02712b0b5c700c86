"""What a page told of its sampling, in words: how much was asked for and taken, what was dropped and why, how even it
was, how well its times are known."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from cam2bytes.lib import words

REASONS = {
    "camera-late": _lazy("camera late"),
    "encoder-busy": _lazy("encoder busy"),
    "encoder-failed": _lazy("encoder failed"),
    "page-busy": _lazy("page busy"),
    "outbox-full": _lazy("no room on the device"),
}
WAYS = {
    "worker": _lazy("by the camera's timestamps"),
    "video-frames": _lazy("by the frames as they were shown"),
    "timer": _lazy("by a timer"),
}


def line(capture):
    """One line; empty where the page tells nothing."""
    told = capture.sampling
    if not told:
        return ""
    facts = [_("%(taken)s of %(asked)s taken") % _counts(told), *_extra(told), *dropped(told)]
    if told["jitter_p95_ms"] is not None:
        facts.append(_("intervals true within %(span)s") % {"span": _short(told["jitter_p95_ms"])})
    facts.append(_times(capture))
    return " · ".join([*facts, str(WAYS[told["way"]])])


def dropped(told):
    """["3 dropped: camera late", ...], the most frequent first."""
    counts = sorted(told["dropped"].items(), key=lambda item: -item[1])
    return [
        _("%(n)s dropped: %(reason)s") % {"n": words.grouped(count), "reason": REASONS[reason]}
        for reason, count in counts
        if count
    ]


def _counts(told):
    on_beat = told["taken_count"] - told["extra_count"]
    return {"taken": words.grouped(on_beat), "asked": words.grouped(told["requested_count"])}


def _extra(told):
    extra = told["extra_count"]
    return [_("%(n)s by hand") % {"n": words.grouped(extra)}] if extra else []


def _times(capture):
    span = times_within(capture)
    return _("times true within %(span)s") % {"span": span} if span else _("times by the device's own clock")


def times_within(capture):
    """How wrong the times of its frames may be: "56 ms". "" where they are by the device's own clock."""
    return "" if capture.taken_at_error_ms is None else _short(capture.taken_at_error_ms)


def _short(milliseconds):
    """0.31 -> "1 ms", 56.2 -> "57 ms", 1400 -> "1.4 s": rounded up, as it is a bound."""
    if milliseconds < 1000:
        return f"{max(1, -int(-milliseconds // 1))} ms"
    return f"{words.short_number(milliseconds / 1000)} s"
