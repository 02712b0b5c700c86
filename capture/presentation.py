"""How a capture session is told to people: its title, its health in one line, its card in the Library."""

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cam2bytes.lib import words
from cam2bytes.lib.cards import Card, Health, Tag, title_of
from capture.models import CaptureSession, Frame

STRIP = 5  # frames on a card
TRIED = (0, 1, -1, 2, -2)  # numbers tried around each of them, where one is missing or not ready


def title(capture):
    """Its name; without one, what it is and when it began."""
    return title_of(capture, _("Capture session, %(time)s"))


def thumbnail_url(capture_id, number):
    return f"/api/v1/captures/{capture_id}/frames/{number}/thumbnail"


def image_url(capture_id, number):
    return f"/api/v1/captures/{capture_id}/frames/{number}/image"


def is_over(capture):
    return capture.status == CaptureSession.Status.CLOSED


def missing_count(capture):
    """Frames that the page counted at its end and that are not here; 0 where nobody stated a count."""
    return max((capture.expected_frame_count or 0) - capture.frame_count, 0)


def health(capture):
    """One line on how the capture session is: what is kept, at which rate, what was dropped or refused."""
    expected = max(capture.expected_frame_count or 0, capture.frame_count)
    counted = {"kept": words.grouped(capture.frame_count), "all": words.grouped(expected)}
    missing = missing_count(capture)
    if not is_over(capture):
        strong = ngettext("%(kept)s frame kept so far", "%(kept)s frames kept so far", capture.frame_count) % counted
        return Health("lens", f"{strong}.", _rate_sentence(capture), _lost_sentence(capture))
    if capture.end_reason == "abandoned":
        strong = _("Connection lost, %(kept)s frames kept") % counted
    elif capture.expected_frame_count is None:
        strong = ngettext("%(kept)s frame kept", "%(kept)s frames kept", capture.frame_count) % counted
    else:
        strong = _("%(kept)s of %(all)s frames kept") % counted
    rest = f"{strong_end(capture)} {_rate_sentence(capture)}".strip()
    if missing:
        rest = f"{_('The rest may still wait on the device that captured.')} {rest}"
    abandoned = capture.end_reason == "abandoned"
    tone = "here" if missing or abandoned else ""
    return Health("cut" if tone else "check", f"{strong}.", rest, _lost_sentence(capture), tone=tone)


def strong_end(capture):
    """Whether all of it was proven to be images by decoding."""
    unproven = capture.frame_count - capture.ready_count - capture.rejected_count
    if not capture.frame_count:
        return ""
    if unproven:
        return ngettext("%(n)s is still being checked.", "%(n)s are still being checked.", unproven) % {
            "n": words.grouped(unproven)
        }
    return "" if capture.rejected_count else _("All of them decode.")


def _rate_sentence(capture):
    if not capture.achieved_fps:
        return ""
    got = words.rate(capture.achieved_fps)
    if not capture.requested_fps:
        return _("Got %(got)s.") % {"got": got}
    if words.rate(capture.requested_fps) == got:
        return _("Got %(got)s, as asked.") % {"got": got}
    asked = capture.requested_fps
    return _("Got %(got)s, asked for %(asked)s.") % {
        "got": got,
        "asked": words.short_number(asked) if asked >= 0.95 else words.rate(asked),
    }


def _lost_sentence(capture):
    lost = []
    if capture.dropped_count:
        lost.append(_("%(n)s dropped on the device.") % {"n": words.grouped(capture.dropped_count)})
    if capture.rejected_count:
        lost.append(_("%(n)s rejected: no image.") % {"n": words.grouped(capture.rejected_count)})
    return " ".join(lost)


# Cards -------------------------------------------------------------------------------------------


def cards(captures):
    """Cards of the given capture sessions, with the queries of one: numbers first, then all pictures at once."""
    captures = list(captures)
    pictures = strip_numbers(captures)
    return [_card(capture, pictures[capture.pk]) for capture in captures]


def strip_numbers(captures):
    """{capture id: up to five numbers of frames with a picture, spread over its time}."""
    wanted = {}
    for pk, first, last in _spans(captures):
        starts = (first + (last - first) * i // (STRIP - 1) for i in range(STRIP)) if first is not None else ()
        wanted[pk] = [[number + i for i in TRIED] for number in starts]
    condition = Q(pk__in=())
    for pk, groups in wanted.items():
        condition |= Q(capture=pk, number__in={number for group in groups for number in group})
    rows = Frame.objects.filter(condition, status=Frame.Status.READY).exclude(thumbnail="")
    found = set(rows.values_list("capture_id", "number"))
    return {capture.pk: _first_found(wanted.get(capture.pk, ()), capture.pk, found) for capture in captures}


def _spans(captures):
    """(id, first number, last number) of each: two looks into the index of numbers, however many frames there are."""
    numbers = Frame.objects.filter(capture=OuterRef("pk"))
    return (
        CaptureSession.objects.filter(pk__in=[capture.pk for capture in captures])
        .annotate(first=Subquery(numbers.order_by("number").values("number")[:1]))
        .annotate(last=Subquery(numbers.order_by("-number").values("number")[:1]))
        .values_list("pk", "first", "last")
    )


def _first_found(groups, pk, found):
    """Of each group the first number with a picture, none twice, in order."""
    chosen = []
    for group in groups:
        number = next((number for number in group if (pk, number) in found and number not in chosen), None)
        if number is not None:
            chosen.append(number)
    return sorted(chosen)


def _card(capture, numbers):
    urls = [thumbnail_url(capture.pk, number) for number in numbers]
    return Card(
        kind="capture",
        pk=capture.pk,
        started_at=capture.started_at,
        url=reverse("capture-detail", args=[capture.pk]),
        title=title(capture),
        facts=tuple(fact for fact in (capture.device_name, words.rate(capture.requested_fps)) if fact),
        badge=words.grouped(capture.frame_count),
        picture_url=urls[len(urls) // 2] if urls else "",
        strip=tuple(urls) if len(urls) == STRIP else (),
        upright=bool(capture.width and capture.height and capture.width < capture.height * 1.2),
        tag=_tag(capture),
        is_pickable=True,
    )


def _tag(capture):
    if not is_over(capture):
        return Tag(_("Live"), "live")
    missing = missing_count(capture)
    if missing:
        count = {"n": words.grouped(missing)}
        text = ngettext("%(n)s frame not here", "%(n)s frames not here", missing) % count
        return Tag(text, "here", "cut", _("%(n)s not here") % count)
    if capture.end_reason == "abandoned":
        return Tag(_("Connection lost"), "here", "cut", _("Lost"))
    if capture.rejected_count:
        return Tag(_("%(n)s rejected") % {"n": words.grouped(capture.rejected_count)}, "lost", "warning")
    return None
