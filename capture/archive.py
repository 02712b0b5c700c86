"""Images of capture sessions as one ZIP file, made while it is sent, with what is known of each in metadata.jsonl.

First the rows are read once, and the plan stands: names, places and sizes of all that will be sent, and so the length
of the whole. It lies in an unnamed temporary file (about 800 bytes for each frame). Then images are read one at a
time as the line takes them, by the plan alone: no query, no transaction, and whatever is deleted or arrives meanwhile
moves no byte. An image that the store no longer has gives its place to a note of the same length, and metadata.jsonl
says so. Who asks for the rest after a break gets the same bytes, as long as no row has changed.
"""

import hashlib
import pickle
import re
import tempfile
import unicodedata
import zlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cam2bytes.lib import words
from cam2bytes.lib.keys import suffix_of
from cam2bytes.lib.pieces import Pieces
from cam2bytes.lib.serving import serve_bytes
from cam2bytes.lib.store import StoreError, get_store
from cam2bytes.lib.storedzip import Entry, Length, end
from capture.described import line_of, unreadable
from capture.models import CaptureSession, Frame

SLICE = 500  # rows read at a time
KEPT_IN_MEMORY = 4 << 20  # bytes of a plan, before it goes into a file
LIST_NAME = "metadata.jsonl"
MOST_PLACES = 500
MOST_CAPTURES = 30
PLACE = re.compile(r"\d{1,9}(-\d{1,9})?", re.ASCII)


@dataclass(frozen=True)
class Chosen:
    """Frames of one capture session, in no order, and its title."""

    title: str
    capture: CaptureSession
    frames: QuerySet[Frame]


def picked(frames: QuerySet[Frame], places: list[str]) -> QuerySet[Frame]:
    """Those of `frames` that `places` name, as "17" or "0-99"; all where it is empty. Raises ValueError."""
    if not places:
        return frames
    if len(places) > MOST_PLACES or not all(PLACE.fullmatch(place) for place in places):
        raise ValueError(f"at most {MOST_PLACES} numbers or ranges of numbers, such as 17 or 0-99")
    wanted = Q(number__in=[int(place) for place in places if "-" not in place])
    for first, _dash, last in (place.partition("-") for place in places if "-" in place):
        wanted |= Q(number__range=(int(first), int(last)))
    return frames.filter(wanted)


def image_name(stem: str, frame: Frame) -> str:
    """Like "Feeder east side 000123 08-02-11.300.jpg": sorts by number, and says when, in the viewer's zone."""
    name = f"{stem} {frame.number:06d}"
    if frame.taken_at:
        taken = timezone.localtime(frame.taken_at)
        name += f" {taken:%H-%M-%S}.{taken.microsecond // 1000:03d}"
    return name + suffix_of(frame.content_type)


def archive_stem(title: str) -> str:
    """The readable part of all names inside the archive."""
    return words.file_stem(title.replace(",", ""), _("frames"))


def serve_archive(request: HttpRequest, chosen: list[Chosen]) -> HttpResponseBase:
    """Answer with the ZIP file of all that is chosen, each capture session in a folder of its own."""
    plan = Plan(chosen)
    answer = serve_bytes(
        request,
        open_at=plan.open_at,
        size_bytes=plan.size_bytes,
        content_type="application/zip",
        filename=f"{_name_of(chosen)}.zip",
        etag=plan.etag,
        as_attachment=True,
    )
    if not answer.streaming:
        plan.close()
    return answer


def _name_of(chosen: list[Chosen]) -> str:
    first = archive_stem(chosen[0].title)
    if len(chosen) == 1:
        return first
    more = len(chosen) - 1
    return ngettext("%(name)s and %(n)s more", "%(name)s and %(n)s more", more) % {"name": first, "n": more}


class Plan:
    """What will be sent, in order, and how long it is."""

    def __init__(self, chosen: Iterable[Chosen]):
        self._file = tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 - `close` and the reader close it
        self._list_bytes, self._made = 0, timezone.localtime()
        self._excuse = _("The store could not read this image.").encode()  # sending knows no language any more
        length, digest = Length(), hashlib.sha256()
        for entry, key, sha256, line in _planned(chosen):
            pickle.dump((entry, key, line), self._file)
            self._list_bytes += len(line)
            digest.update(entry.local(0) + sha256.encode() + line)
            if key:
                length.add(entry)
            self._made = entry.made
        length.add(self._list_entry)
        self.size_bytes, self.etag = length.total, digest.hexdigest()

    def close(self) -> None:
        self._file.close()

    @property
    def _list_entry(self) -> Entry:
        return Entry(LIST_NAME, self._list_bytes, self._made)

    def open_at(self, offset: int) -> Pieces:
        """A reader of the ZIP file; closing it closes the plan. What lies before `offset` is read again for its
        checksums, which are faster than any line."""
        pieces = Pieces(self._bytes())
        pieces.skip(offset)
        return pieces

    def _bytes(self) -> Generator[bytes, None, None]:
        with self._file, tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY) as central:
            offset, count, lost = 0, 0, set()
            for place, (entry, key, _line) in enumerate(self._entries()):
                if not key:
                    continue
                data = _read(key, entry.size)
                if data is None:
                    lost.add(place)
                    entry, data = _note(entry, self._excuse)
                crc = zlib.crc32(data)
                head = entry.local(crc)
                central.write(entry.central(crc, offset))
                yield head + data
                offset, count = offset + len(head) + entry.size, count + 1
            crc = 0
            for line in self._lines(lost):
                crc = zlib.crc32(line, crc)
            head = self._list_entry.local(crc)
            yield head
            yield from self._lines(lost)
            central.write(self._list_entry.central(crc, offset))
            offset += len(head) + self._list_bytes
            size = central.tell()
            central.seek(0)
            yield from iter(lambda: central.read(1 << 18), b"")
            yield end(count + 1, size, offset)

    def _entries(self) -> Iterator[tuple[Entry, str, bytes]]:
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)  # noqa: S301 - written above, and nameless
            except EOFError:
                return

    def _lines(self, lost: set[int]) -> Iterator[bytes]:
        for place, (_entry, _key, line) in enumerate(self._entries()):
            yield unreadable(line) if place in lost else line


def _planned(chosen: Iterable[Chosen]) -> Iterator[tuple[Entry, str, str, bytes]]:
    """(entry, key of its image or "" where there is none, sha256, its line) of every frame."""
    folders: set[str] = set()
    for each in chosen:
        stem = archive_stem(each.title)
        folder = _new_name(stem, folders)
        for frame in _by_number(each.frames):
            name = f"{folder}/{image_name(stem, frame)}"
            key = "" if frame.status == Frame.Status.REJECTED else frame.image.name
            made = timezone.localtime(frame.taken_at or frame.received_at)
            yield Entry(name, frame.size_bytes, made), key, frame.sha256, line_of(each.capture, frame, name)


def _by_number(frames: QuerySet[Frame]) -> Iterator[Frame]:
    """Slice by slice."""
    after = -1
    while found := list(frames.filter(number__gt=after).order_by("number")[:SLICE]):
        yield from found
        after = found[-1].number


def _new_name(name: str, taken: set[str]) -> str:
    """`name`, or `name (2)` and so on: another than those taken on every file system, whatever it makes of letters."""
    count, found = 1, name
    while (plain := unicodedata.normalize("NFKC", found).casefold()) in taken:
        count += 1
        found = f"{name} ({count})"
    taken.add(plain)
    return found


def _read(key: str, size: int) -> bytes | None:
    """The image; None where the store cannot give it as its row describes it."""
    try:
        data = get_store().read(key)
    except StoreError:
        return None
    return data if len(data) == size else None


def _note(entry: Entry, text: bytes) -> tuple[Entry, bytes]:
    """What stands in the place of an image that cannot be read: a text under a name as long, with as many bytes."""
    stem, dot, suffix = entry.name.rpartition(".")
    name = stem + dot + ("text" if len(suffix) == 4 else "txt")
    return Entry(name, entry.size, entry.made), text[: entry.size].ljust(entry.size)
