"""Numbers and codes as people read them: sizes, clocks, spans, rates, types. Pure functions, no markup."""

import re
import unicodedata

from django.utils.formats import number_format
from django.utils.translation import gettext as _

NARROW_SPACE = "\u202f"
DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)  # of Windows, before any dot

TYPE_NAMES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WebP",
    "video/webm": "WebM",
    "video/mp4": "MP4",
    "video/x-matroska": "Matroska",
    "audio/webm": "WebM",
    "audio/mp4": "MP4",
    "audio/ogg": "Ogg",
}
CODEC_NAMES = {
    "h264": "H.264",
    "hevc": "H.265",
    "vp8": "VP8",
    "vp9": "VP9",
    "av1": "AV1",
    "aac": "AAC",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "mp3": "MP3",
    "flac": "FLAC",
}


def grouped(number):
    """2618 -> "2 618", with a narrow space that does not break."""
    return f"{number:,}".replace(",", NARROW_SPACE)


def size(byte_count):
    """Bytes as a decimal size with about three figures: 164_000 -> "164 kB", 1_340_000_000 -> "1.3 GB"."""
    if byte_count is None:
        return ""
    if byte_count < 1000:
        return _("%(count)s bytes") % {"count": byte_count} if byte_count != 1 else _("1 byte")
    amount = float(byte_count)
    for unit in ("kB", "MB", "GB", "TB", "PB"):  # noqa: B007 - the unit it stops at is the answer
        amount /= 1000
        if amount < 999.5:
            break
    decimals = 1 if amount < 9.95 or (unit not in ("kB", "MB") and amount < 99.95) else 0
    return f"{number_format(round(amount, decimals), decimals)} {unit}"


def clock(milliseconds):
    """A place in time as a player shows it: 761_000 -> "12:41", 3_723_000 -> "1:02:03"."""
    if milliseconds is None:
        return ""
    minutes, seconds = divmod(int(milliseconds) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def span(milliseconds):
    """A length of time in words: 3_400 -> "3.4 s", 761_000 -> "12 min 41 s"."""
    if milliseconds is None:
        return ""
    seconds = milliseconds / 1000
    if seconds < 9.95:
        return _("%(seconds)s s") % {"seconds": number_format(round(seconds, 1), 1)}
    seconds = round(seconds)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, _("%(n)s h")), (minutes, _("%(n)s min")), (seconds if not hours else 0, _("%(n)s s"))]
    return " ".join(words % {"n": n} for n, words in parts if n) or _("%(n)s s") % {"n": 0}


def rate(per_second):
    """A frame rate: 2 -> "2 per second", 0.1 -> "every 10 s", 1/60 -> "every minute"."""
    if not per_second:
        return ""
    if per_second >= 0.95:
        return _("%(rate)s per second") % {"rate": short_number(per_second)}
    seconds = 1 / per_second
    if abs(seconds - 60) < 0.5:
        return _("every minute")
    return _("every %(span)s") % {"span": span(seconds * 1000) if seconds >= 10 else f"{short_number(seconds)} s"}


def short_number(number):
    """At most two decimals, none that say nothing: 2.0 -> "2", 1.987 -> "1.99"."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return number_format(text)


def figure(number):
    """A measure: two significant places are enough to compare by. 190.1 -> "190", 4.482 -> "4.5"; None -> ""."""
    if number is None:
        return ""
    return number_format(number, 0 if number >= 9.95 else 1)


def type_name(content_type):
    """The name people know: "video/webm;codecs=vp8" -> "WebM"; an unknown type is shown as it is."""
    bare = (content_type or "").split(";")[0].strip().lower()
    return TYPE_NAMES.get(bare, bare)


def codec_name(codec):
    return CODEC_NAMES.get(codec, codec)


def initials(name):
    """One or two letters for the account's badge: "Mira Okafor" -> "MO", "mira" -> "M"."""
    words = [word for word in name.replace(".", " ").replace("_", " ").split() if word[0].isalnum()]
    chosen = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(chosen).upper() or "?"


def file_stem(name, fallback):
    """A name that every common file system takes and a person can still read; never empty, at most 80 characters."""
    kept = "".join(
        " " if letter in '\\/:*?"<>|' or unicodedata.category(letter)[0] in "CZ" else letter for letter in name or ""
    )
    stem = " ".join(kept.split()).strip(" .")[:80].strip(" .")
    return f"_{stem}" if DEVICES.match(stem) else stem or fallback
