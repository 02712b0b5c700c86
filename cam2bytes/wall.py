"""The wall: what is captured and recorded now, with the newest picture of each, for as many who look.

A browser asks once a second, and is answered in one piece: the state of all, and the pictures that it shows and that
have changed. One request for each picture would cost a hundred times as many requests, at some milliseconds each.
Several who look within a third of a second see the same look at the database, whoever they are.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

import recordings.ingest
import recordings.presentation
from cam2bytes.lib import batches, words
from cam2bytes.lib.store import StoreError, get_store
from capture.running import Running, running_captures
from recordings.models import Recording

LOOK_SECONDS = 0.3
MOST_BYTES = 4_000_000  # of pictures in one answer; what does not fit comes with the next
ID_LETTERS = 8  # of an id, enough to tell apart what runs at the same time


@dataclass
class Look:
    """What ran at that moment, of all owners."""

    at: float = float("-inf")  # monotonic
    captures: dict[UUID, Running] = field(default_factory=dict)
    recordings: list[Recording] = field(default_factory=list)


_latest = Look()
_looking = threading.Lock()


def look() -> Look:
    global _latest
    with _looking:
        if time.monotonic() - _latest.at > LOOK_SECONDS:
            clips = Recording.running().defer("header").select_related("owner").order_by("-started_at", "-pk")
            _latest = Look(time.monotonic(), running_captures(_latest.captures), list(clips))
        return _latest


# Pages ---------------------------------------------------------------------------------------------


@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    everybody = _wants_everybody(request)
    _running, entries = _entries(request.user, everybody)
    context = {"place": "live", "entries": entries, "everybody": everybody, "now_ms": _ms(timezone.now())}
    return render(request, "live.html", context)


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """A batch (`cam2bytes.lib.batches`): the state of all as JSON, then the pictures that changed of those that are
    shown. `?of=1a2b3c4d.17,…`: the beginnings of their ids, and the number of the frame that each shows."""
    running, entries = _entries(request.user, _wants_everybody(request))
    pictures = _pictures(running, request.GET.get("of", ""))
    etag = f'"{sha256(json.dumps(entries).encode()).hexdigest()[:32]}"'
    if not pictures and request.headers.get("If-None-Match") == etag:
        answer = HttpResponse(status=304)
    else:
        facts = {"now_ms": _ms(timezone.now()), "by_address": _are_in_a_bucket(), "entries": entries}
        state = json.dumps(facts).encode()
        body = batches.build([({"content_type": "application/json"}, state), *pictures])
        answer = HttpResponse(body, content_type=batches.CONTENT_TYPE)
    answer["ETag"], answer["Cache-Control"] = etag, "private, no-store"
    return answer


def _wants_everybody(request: HttpRequest) -> bool:
    return request.user.is_staff and request.GET.get("all") == "1"


# What is told --------------------------------------------------------------------------------------


def _entries(user, everybody: bool) -> tuple[list[Running], list[dict]]:
    """(the capture sessions that this viewer sees, everything that runs in words)."""
    seen = look()
    captures = [running for running in seen.captures.values() if everybody or running.capture.owner_id == user.pk]
    clips = [recording for recording in seen.recordings if everybody or recording.owner_id == user.pk]
    if clips:
        recordings.ingest.ask_for_live_posters(clips)
    entries = [_capture_entry(running, everybody) for running in captures]
    entries += [_recording_entry(recording, everybody) for recording in clips]
    return captures, entries


def _capture_entry(running: Running, with_owner: bool) -> dict:
    capture, shot = running.capture, running.shot
    count = ngettext("%(n)s frame", "%(n)s frames", capture.frame_count) % {"n": words.grouped(capture.frame_count)}
    rate = words.rate(running.fps or capture.requested_fps)
    return {
        "id": str(capture.pk),
        "kind": "capture",
        "state": "lost" if running.is_lost else "live",
        "title": running.title,
        "facts": _dotted(str(capture.owner) if with_owner else "", capture.device_name, rate, count),
        "url": reverse("capture-detail", args=[capture.pk]),
        "number": shot.number if shot else None,
        "picture_url": shot.address if shot else "",
        "picture_ms": _ms(shot.received_at) if shot else None,
    }


def _recording_entry(recording: Recording, with_owner: bool) -> dict:
    state = "live" if recordings.presentation.is_live(recording) else "paused"
    clock = words.clock(recordings.presentation.kept_to_ms(recording))
    return {
        "id": str(recording.pk),
        "kind": "recording",
        "state": "lost" if recordings.presentation.is_silent(recording) else state,
        "title": recordings.presentation.title(recording),
        "facts": _dotted(str(recording.owner) if with_owner else "", recording.device_name, _("recording"), clock),
        "url": reverse("recording-detail", args=[recording.pk]),
        "number": None,
        "picture_url": recordings.presentation.poster_url(recording),
        "picture_ms": _ms(recording.live_poster_at) if recording.poster and recording.live_poster_at else None,
    }


def _dotted(*facts: str) -> str:
    return " · ".join(filter(None, facts))


def _ms(moment) -> int:
    return round(moment.timestamp() * 1000)


# Pictures ------------------------------------------------------------------------------------------


def _pictures(running: list[Running], shown: str) -> list[tuple[dict, bytes]]:
    """(head, bytes) of each picture that is another than the one shown, in the order in which they are asked for."""
    if _are_in_a_bucket():
        return []
    by_id = {str(one.capture.pk)[:ID_LETTERS]: one for one in running}
    pictures, room, store = [], MOST_BYTES, get_store()
    for item in shown.split(","):
        name, _dot, number = item.partition(".")
        one = by_id.get(name)
        if one is None or one.shot is None or number == str(one.shot.number) or room <= 0:
            continue
        data = _bytes_of(store, one)
        if data:
            room -= len(data)
            head = {"id": str(one.capture.pk), "number": one.shot.number, "content_type": one.shot.content_type}
            pictures.append((head, data))
    return pictures


def _are_in_a_bucket() -> bool:
    """Then browsers fetch each picture from there, by its address."""
    return settings.CAM2BYTES_STORAGE == "s3"


def _bytes_of(store, one: Running) -> bytes:
    """Empty where the object has just gone."""
    try:
        return store.read(one.shot.key)
    except StoreError:
        return b""
