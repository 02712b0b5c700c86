"""The front door: the Library of both kinds."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

import capture.presentation
import capture.removal_words
import recordings.ingest
import recordings.presentation
from cam2bytes.accounts.ownership import owned
from cam2bytes.lib import cursors, words
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.searching import matching
from cam2bytes.lib.studio import room_bytes
from capture.models import CaptureSession
from recordings.models import Recording
from recordings.parts import first_part, first_parts

PAGE_SIZE = 48
KINDS = ("capture", "recording")


# Library -----------------------------------------------------------------------------------------


@dataclass
class Day:
    """One day of the Library: its cards on this page, and what the whole day holds."""

    date: object
    cards: list
    counts: str
    size: str


@require_safe
def library(request):
    """Own capture sessions and recordings together, newest first, by day."""
    query, label = request.GET.get("q", "").strip()[:200], request.GET.get("label", "").strip()[:60]
    kind = request.GET.get("kind", "") if request.GET.get("kind") in KINDS else ""
    captures, clips = (
        matching(owned(rows, request.user), query, label)
        for rows in (CaptureSession.objects.all(), Recording.objects.defer("header"))
    )
    captures = captures.none() if kind == "recording" else captures
    clips = clips.none() if kind == "capture" else clips
    running = entries_running(request.user)
    only_running = request.GET.get("now") == "1"
    if only_running:
        captures, clips = captures.none(), clips.filter(pk__in=running)
    cursor = request.GET.get("cursor", "")
    try:
        cards, next_cursor = page_of_cards(captures, first_parts(clips), cursor)
    except Problem:  # a cursor that was mistyped or cut: begin at the top
        cursor = ""
        cards, next_cursor = page_of_cards(captures, first_parts(clips), "")
    context = {
        "place": "library",
        "running_count": len(running),
        "only_running": only_running,
        "days": days_of(cards, captures, clips),
        "next_cursor": next_cursor,
        "is_first_page": not cursor,
        "query": query,
        "label": label,
        "kind": kind,
        "is_filtered": bool(query or label or kind or only_running),
        "kept_bytes": kept_bytes(request.user),
        "room_bytes": room_bytes(),
        "removals": capture.removal_words.removals_of(request.user),
        "changes_by_itself": only_running
        or any(card.tag is not None and card.tag.tone in ("live", "plain") for card in cards),
    }
    return render(request, "library.html", context)


def entries_running(user) -> set:
    """The ids of the account's entries that are being recorded now; somebody looks, so they get new pictures."""
    running = list(owned(Recording.running().defer("header"), user))
    recordings.ingest.ask_for_live_posters(running)
    return {first_part(recording).pk for recording in running}


def page_of_cards(captures: QuerySet, clips: QuerySet, cursor: str):
    """(cards of one page, newest first; the cursor of the next page or None): two lists merged by (started_at, id)."""
    rows = [*cursors.after(captures, cursor)[: PAGE_SIZE + 1], *cursors.after(clips, cursor)[: PAGE_SIZE + 1]]
    rows.sort(key=lambda row: (row.started_at, row.pk), reverse=True)
    shown = rows[:PAGE_SIZE]
    cards = capture.presentation.cards(row for row in shown if isinstance(row, CaptureSession))
    cards += recordings.presentation.cards(row for row in shown if isinstance(row, Recording))
    cards.sort(key=lambda card: (card.started_at, card.pk), reverse=True)
    return cards, cursors.encode(shown[-1]) if len(rows) > PAGE_SIZE else None


def days_of(cards: list, captures: QuerySet, clips: QuerySet):
    """The cards under the days they began on, in the viewer's zone, each with the sums of its whole day."""
    dates = list(dict.fromkeys(timezone.localdate(card.started_at) for card in cards))
    if not dates:
        return []
    capture_sums = _sums_by_day(captures, dates, "size_bytes")
    clip_sums = _sums_by_day(clips, dates, Coalesce("video_size_bytes", "held_bytes"), Q(continues=None))
    by_date = {date: [] for date in dates}
    for card in cards:
        by_date[timezone.localdate(card.started_at)].append(card)
    return [day_of(date, by_date[date], clip_sums.get(date), capture_sums.get(date)) for date in dates]


def _sums_by_day(rows: QuerySet, dates: list, size, is_entry: Q | None = None):
    """{date: (entries, bytes)} of every day in `dates`; where not every row is an entry, `is_entry` says which."""
    start = timezone.make_aware(datetime.combine(dates[-1], time.min))
    end = timezone.make_aware(datetime.combine(dates[0] + timedelta(days=1), time.min))
    sums = (
        rows.filter(started_at__gte=start, started_at__lt=end)
        .annotate(day=TruncDate("started_at"))
        .values("day")
        .annotate(entries=Count("pk", filter=is_entry), total=Sum(size))
        .order_by("day")
    )
    return {row["day"]: (row["entries"], row["total"] or 0) for row in sums}


def day_of(date, cards: list, clips: tuple | None, captures: tuple | None):
    """A day with its sums in words: "3 recordings, 1 capture session", "1.1 GB"."""
    clips, captures, counts = clips or (0, 0), captures or (0, 0), []
    if clips[0]:
        counts.append(ngettext("%(n)s recording", "%(n)s recordings", clips[0]) % {"n": words.grouped(clips[0])})
    if captures[0]:
        text = ngettext("%(n)s capture session", "%(n)s capture sessions", captures[0])
        counts.append(text % {"n": words.grouped(captures[0])})
    return Day(date, cards, ", ".join(counts), words.size(clips[1] + captures[1]))


def kept_bytes(user):
    """Bytes of all that the account owns."""
    of_captures = owned(CaptureSession.objects.all(), user).aggregate(total=Sum("size_bytes"))["total"]
    of_clips = owned(Recording.objects.all(), user).aggregate(total=Sum("held_bytes"))["total"]
    return (of_captures or 0) + (of_clips or 0)
