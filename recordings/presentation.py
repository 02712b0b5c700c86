"""How a recording is told to people: its title, its health in one line, its kept line, its card in the Library."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from cam2bytes.lib import words
from cam2bytes.lib.cards import Card, Health, Tag, title_of
from cam2bytes.lib.keptline import SHORTEST_GAP, kept_line
from recordings.models import TWO_WORDS_MISSED, Derivative, Recording
from recordings.parts import all_parts, later_parts

Status = Recording.Status
SHORTEST_GAP_WIDE = 1.05  # percent: 10 px on the player's line, 960 px wide


def title(recording):
    """Its name; without one, what it is and when it began."""
    return title_of(recording, _("Recording, %(time)s"))


def kept_to_ms(recording):
    """How far the recording is kept, in milliseconds: the file's length, or before there is one, no more
    than the chunks held can hold and no more than the time that passed until the last of them."""
    if recording.duration_ms and recording.status == Status.READY:
        return recording.duration_ms
    if not recording.last_chunk_at:
        return 0
    passed = max((recording.last_chunk_at - recording.started_at).total_seconds() * 1000, 0)
    held = recording.received_count * recording.timeslice_ms if recording.timeslice_ms else passed
    return int(min(passed, held))


def size_bytes(recording):
    """Bytes of what a person gets: the video; before there is one, the chunks held."""
    return recording.video_size_bytes if recording.status == Status.READY else recording.held_bytes


def is_silent(recording):
    """Whether an open recording's page has stopped saying that it is alive. The sweep seals it a little later."""
    silent = (timezone.now() - recording.alive_at).total_seconds()
    return recording.status == Status.OPEN and silent > min(TWO_WORDS_MISSED, settings.CAM2BYTES_ABANDONED_AFTER)


def is_live(recording):
    """Whether its lens is open: the page says so, and has done so lately."""
    recording_now = recording.status == Status.OPEN and recording.page_state == Recording.PageState.RECORDING
    return recording_now and not is_silent(recording)


def live_url(recording):
    """Where it can be watched while it is recorded; "" when it is not."""
    if recording.status != Status.OPEN or is_silent(recording):
        return ""
    return f"/api/v1/recordings/{recording.pk}/live"


def connection_lost(recording):
    return _("Connection lost, kept to %(clock)s") % {"clock": words.clock(kept_to_ms(recording))}


def gaps_sentence(recording):
    """In words: "2 gaps, 7.0 s together", "1 gap, 2.1 s"; empty if it is whole."""
    count = len(recording.gaps)
    if not count:
        return ""
    text = ngettext("%(n)s gap, %(span)s", "%(n)s gaps, %(span)s together", count)
    return text % {"n": count, "span": words.span(recording.gaps_ms)}


def file_facts(recording):
    """What the file is: "MP4, H.264 and AAC"; before there is one, the type the page announced."""
    if not recording.video_content_type:
        return words.type_name(recording.content_type)
    codecs = [words.codec_name(codec) for codec in (recording.video_codec, recording.audio_codec) if codec]
    return ", ".join([words.type_name(recording.video_content_type), *([_(" and ").join(codecs)] if codecs else [])])


# Health ------------------------------------------------------------------------------------------


def health(recording):
    """One line on how the recording is, in any state."""
    return {
        Status.OPEN: _health_open,
        Status.SEALED: _health_in_work,
        Status.ASSEMBLING: _health_in_work,
        Status.READY: _health_ready,
        Status.FAILED: _health_failed,
    }[recording.status](recording)


def health_sentence(recording):
    told = health(recording)
    return " ".join(filter(None, [told.strong, told.rest, told.lost]))


def _health_open(recording):
    if is_silent(recording):
        rest = _("What is kept becomes a video by itself. If the page comes back, it goes on.")
        return Health("cut", f"{connection_lost(recording)}.", rest, tone="here")
    strong = _("Kept to %(clock)s.") % {"clock": words.clock(kept_to_ms(recording))}
    rest = {
        Recording.PageState.PAUSED: _("Paused by the page that records."),
        Recording.PageState.DRAINING: _("The page has stopped and sends what it still holds."),
    }.get(recording.page_state, _("The page records."))
    return Health("lens", strong, rest)


def _health_in_work(recording):
    if recording.is_abandoned:
        return Health("film", f"{connection_lost(recording)}.", _("The video appears here by itself."), tone="here")
    chunks = recording.chunk_count or 0
    missing = chunks - recording.received_count
    count = {"n": words.grouped(chunks)}
    strong = ngettext("Putting %(n)s chunk in order.", "Putting %(n)s chunks in order.", chunks) % count
    if missing <= 0:
        return Health("film", strong, _("The video appears here by itself."))
    wait = ngettext("Waiting for %(n)s chunk", "Waiting for %(n)s chunks", missing) % {"n": words.grouped(missing)}
    where = recording.device_name or _("the device that recorded")
    return Health("laptop", f"{wait}.", _("It may still be on %(device)s.") % {"device": where}, tone="here")


def _health_ready(recording):
    length = words.span(recording.duration_ms)
    if recording.gaps or recording.is_abandoned:
        parts = []
        if recording.is_abandoned:
            parts.append(f"{connection_lost(recording)}.")
        if recording.gaps:
            parts.append(f"{gaps_sentence(recording)}.")
        rest = _("Everything else plays.") if recording.gaps else _("%(span)s play.") % {"span": length}
        where = recording.device_name or _("the device that recorded")
        rest += " " + _("If %(device)s still holds missing bytes, they are filled in when its Studio opens again.") % {
            "device": where
        }
        return Health("gap" if recording.gaps else "cut", " ".join(parts), rest, tone="here")
    kept = ngettext("The one chunk is kept", "All %(n)s chunks kept", recording.received_count)
    rest = f"{kept % {'n': words.grouped(recording.received_count)}}, " + _("%(span)s play from end to end.") % {
        "span": length
    }
    return Health("check", _("Whole."), rest, faint=_ready_after(recording))


def _ready_after(recording):
    if not (recording.sealed_at and recording.ready_at and recording.revision == 0):
        return ""
    seconds = (recording.ready_at - recording.sealed_at).total_seconds()
    return _("Ready %(seconds)s s after stop.") % {"seconds": max(round(seconds), 1)}


def _health_failed(recording):
    strong = _("No video could be made: %(reason)s") % {"reason": recording.failure.rstrip(".") or _("unknown")}
    if not recording.received_count:
        return Health("warning", f"{strong}.", _("No bytes came."), tone="lost")
    return Health("warning", f"{strong}.", _("The original bytes are kept."), tone="lost")


# Line and card -----------------------------------------------------------------------------------


def line(recording, *, wide=False):
    """The kept line: ordinary for a whole video, with its gaps, or growing towards the lens."""
    kept_to = words.clock(kept_to_ms(recording))
    sentence = _("Kept to %(clock)s") % {"clock": kept_to}
    if recording.gaps:
        sentence = f"{sentence}, {gaps_sentence(recording)}"
    shortest = SHORTEST_GAP_WIDE if wide else SHORTEST_GAP
    if wide and not recording.video and recording.chunk_count:
        return kept_line(recording.chunk_count, _missing_as_gaps(recording), sentence, shortest_gap=shortest)
    has_file = recording.video and recording.status != Status.OPEN
    duration = recording.duration_ms if has_file else kept_to_ms(recording)
    return kept_line(
        duration, recording.gaps if has_file else (), sentence, live=is_live(recording), shortest_gap=shortest
    )


def _missing_as_gaps(recording):
    """Before there is a file, the line is drawn by chunks: those that are not here are its gaps."""
    return [{"start_ms": first, "duration_ms": last - first + 1} for first, last in recording.missing_ranges()]


def cards(firsts):
    """One card for each first part, with what continues it."""
    firsts = list(firsts)
    later = later_parts(firsts)
    entries = [[first, *later[first.pk]] for first in firsts]
    sprites = Derivative.sprites_of(part.pk for parts in entries for part in parts)
    return [_card(parts, sprites) for parts in entries]


def _card(parts, sprites):
    first, telling = parts[0], _telling_part(parts)
    tag = _tag(telling)
    ordinary = telling.status == Status.READY and tag is None
    size = words.size(sum(size_bytes(part) or 0 for part in parts))
    if telling.status == Status.OPEN:
        size = _("%(size)s so far") % {"size": size}
    return Card(
        kind="recording",
        pk=first.pk,
        started_at=first.started_at,
        url=reverse("recording-detail", args=[first.pk]),
        title=title(first),
        facts=tuple(fact for fact in (first.device_name, size, _parts_words(parts)) if fact),
        badge=words.clock(sum(kept_to_ms(part) for part in parts)),
        picture_url=next(filter(None, map(poster_url, [telling, *parts])), ""),
        pictures=tuple(
            (sprites[part.pk].webvtt_address, kept_to_ms(part) / 1000) for part in parts if part.pk in sprites
        ),
        tag=tag,
        line=None if ordinary else line(telling),
    )


def _telling_part(parts):
    """The part whose state is the entry's: the last that is not ordinary, as one that is being recorded."""
    return next((part for part in reversed(parts) if _tag(part)), parts[0])


def _parts_words(parts):
    return ngettext("%(n)s part", "%(n)s parts", len(parts)) % {"n": len(parts)} if len(parts) > 1 else ""


def parts_row(recording):
    """The parts of the entry that it belongs to, as links; empty where there is only one."""
    parts = all_parts(recording)
    if len(parts) == 1:
        return []
    return [
        {
            "number": number,
            "url": reverse("recording-detail", args=[part.pk]),
            "is_this": part.pk == recording.pk,
            "is_next": number > 1 and parts[number - 2].pk == recording.pk,
            "started_at": part.started_at,
            "clock": words.clock(kept_to_ms(part)),
            "camera": part.camera_label,
            "joint": _joint(parts[number - 2]) if number > 1 else "",
            "poster_url": poster_url(part),
            "is_live": is_live(part),
        }
        for number, part in enumerate(parts, 1)
    ]


JOINTS = {
    "camera-gone": _lazy("the camera was away"),
    "microphone-gone": _lazy("the microphone was away"),
    "camera-switched": _lazy("another camera was chosen"),
    "microphone-switched": _lazy("another microphone was chosen"),
    "slept": _lazy("the device slept"),
    "turned": _lazy("the picture was turned"),
}


def _joint(before):
    """Why another part begins after this one; where its page did not say, how it ended."""
    return JOINTS.get(before.end_reason) or (connection_lost(before) if before.is_abandoned else "")


def poster_url(recording):
    """The address of the poster; while it is recorded there is another picture every few seconds."""
    if not recording.poster:
        return ""
    picture = f"&picture={recording.poster.name[-16:-4]}" if recording.status == Status.OPEN else ""
    return f"/api/v1/recordings/{recording.pk}/poster?revision={recording.revision}{picture}"


def video_url(recording):
    """The address of the video; the revision in it makes a browser fetch a newer file instead of its copy."""
    return f"/api/v1/recordings/{recording.pk}/video?revision={recording.revision}" if recording.video else ""


def _tag(recording):
    if is_silent(recording) or (recording.is_abandoned and recording.status != Status.FAILED):
        short = _("Kept to %(clock)s") % {"clock": words.clock(kept_to_ms(recording))}
        return Tag(connection_lost(recording), "here", "cut", short)
    if recording.status == Status.OPEN:
        return Tag(_("Live"), "live") if is_live(recording) else Tag(*_quiet_tag(recording))
    if recording.status in (Status.SEALED, Status.ASSEMBLING):
        return Tag(_("Putting chunks in order"), "plain", "film", _("In work"))
    if recording.status == Status.FAILED:
        return Tag(_("No video"), "lost", "warning")
    if recording.gaps:
        return Tag(gaps_sentence(recording), "plain", "gap")
    return None


def _quiet_tag(recording):
    if recording.page_state == Recording.PageState.PAUSED:
        return _("Paused"), "plain", "pause"
    return _("Sending what is left"), "plain", "film"
