"""Template words: {{ bytes|size }}, {{ ms|clock }}, {% icon "download" %}, {% kept_line line %}."""

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from cam2bytes.lib import words
from cam2bytes.lib.keptline import kept_line as kept_line_of

register = template.Library()
DECIMALS = {"precise": 1, "milliseconds": 3}

for function in (
    words.grouped, words.size, words.clock, words.span, words.rate, words.figure, words.type_name, words.codec_name,
):  # fmt: skip
    register.filter(function.__name__, function)
register.filter("initials", lambda user: words.initials(user.get_full_name() or user.get_username()))


@register.simple_tag
def icon(name):
    """An icon of static/img/icons.svg, silent for screen readers: the words beside it speak."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("img/icons.svg"), name)


@register.inclusion_tag("_kept_line.html")
def kept_line(line, tall=False):
    return {"line": line, "tall": tall}


@register.filter
def day_name(day):
    """Today, Yesterday, "Friday 20 November"; the year only where it is not this year."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if (today - day).days == 1:
        return _("Yesterday")
    return long_day(day)


@register.filter
def long_day(day):
    """Like "Friday 20 November", with the year where it is not this year."""
    return date_format(day, "l j F" if day.year == timezone.localdate().year else "l j F Y")


@register.filter
def local_day(when):
    """The day of a moment in the viewer's zone: Today, Yesterday, "Friday 20 November"."""
    return day_name(timezone.localdate(when))


@register.filter
def local_day_within(when):
    """The same within a sentence: today, yesterday."""
    day = timezone.localdate(when)
    near = {0: _("today"), 1: _("yesterday")}
    return near.get((timezone.localdate() - day).days) or long_day(day)


@register.filter
def is_today(when):
    return timezone.localdate(when) == timezone.localdate()


@register.filter
def ago(when):
    """How long ago, in whole seconds below a minute: "2 s", "3 min 5 s"."""
    passed = max(int((timezone.now() - when).total_seconds()), 0)
    return words.span(passed * 1000) if passed >= 10 else _("%(n)s s") % {"n": passed}


@register.filter
def seconds(milliseconds):
    """502.4 -> "0.502": seconds with three decimals."""
    return number_format(milliseconds / 1000, 3)


@register.filter
def seconds_before(milliseconds):
    """Where to begin playing so that this moment is seen coming: two seconds before it."""
    return f"{max(milliseconds / 1000 - 2, 0):.1f}"


END_WORDS = {
    "abandoned": _lazy("page went silent"),
    "stopped": _lazy("stopped"),
    "user": _lazy("stopped"),
    "camera-gone": _lazy("camera gone"),
    "microphone-gone": _lazy("microphone gone"),
    "camera-switched": _lazy("another camera chosen"),
    "microphone-switched": _lazy("another microphone chosen"),
    "slept": _lazy("device slept"),
    "turned": _lazy("picture turned"),
    "page-left": _lazy("page left"),
    "interrupted": _lazy("page interrupted"),
    "device-full": _lazy("device full"),
    "unplugged": _lazy("camera unplugged"),
    "disk-full": _lazy("device full"),
}


@register.filter
def end_words(end_reason):
    """The end reason in words; one that a client made up is shown as it is."""
    return END_WORDS.get(end_reason, end_reason)


@register.simple_tag
def nothing_line():
    """The line of a place where nothing is yet: dashes."""
    return render_to_string("_kept_line.html", {"line": kept_line_of(0, (), _("Nothing yet"))})


@register.simple_tag
def moment(when, pattern="H:i"):
    """A <time> in the viewer's zone. `pattern` is H:i, H:i:s, "precise" (tenths) or "milliseconds"."""
    if not when:
        return ""
    local = timezone.localtime(when)
    if pattern in DECIMALS:
        text = f"{local:%H:%M:%S}.{f'{local.microsecond:06d}'[: DECIMALS[pattern]]}"
    else:
        text = date_format(local, pattern)
    return format_html('<time datetime="{}" data-pattern="{}">{}</time>', when.isoformat(), pattern, text)
