"""All images of a capture session as one ZIP file, made while it is sent: never more than one image in memory.

Images are stored, not compressed again. Every entry is written whole into a small window that can be patched
until it is sent, so sizes and checksums stand *before* the bytes; programs that read a ZIP from the front
(and not only from its list at the end) can open it too.
"""

import io
import zipfile

from django.utils import timezone
from django.utils.translation import gettext as _

from cam2bytes.lib import words
from cam2bytes.lib.keys import suffix_of
from cam2bytes.lib.store import StoreError
from capture.models import Frame

SLICE = 200  # rows read at a time: no cursor stays open while a slow line downloads


class Window(io.RawIOBase):
    """The end of a growing file: what was taken is gone, what was not can still be patched."""

    def __init__(self):
        self._taken = 0
        self._buffer = io.BytesIO()

    def writable(self):
        return True

    def seekable(self):
        return True

    def write(self, data):
        return self._buffer.write(data)

    def tell(self):
        return self._taken + self._buffer.tell()

    def seek(self, offset, whence=io.SEEK_SET):
        if whence == io.SEEK_SET:
            offset -= self._taken
        return self._taken + self._buffer.seek(offset, whence)

    def take(self):
        """The bytes since the last taking; they can be changed no more."""
        data = self._buffer.getvalue()
        self._taken += len(data)
        self._buffer = io.BytesIO()
        return data


def image_name(stem, frame):
    """Like "Feeder east side 000123 08-02-11.300.jpg": sorts by number, and says when, in the viewer's zone."""
    name = f"{stem} {frame.number:06d}"
    if frame.taken_at:
        taken = timezone.localtime(frame.taken_at)
        name += f" {taken:%H-%M-%S}.{taken.microsecond // 1000:03d}"
    return name + suffix_of(frame.content_type)


def stream_images(capture_id, stem):
    """The pieces of the ZIP file of all images that are not rejected, in order of their numbers."""
    window, unreadable, zone = Window(), [], timezone.get_current_timezone()
    with zipfile.ZipFile(window, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for frame in _frames(capture_id):
            with timezone.override(zone):  # a generator runs after the middleware that set the viewer's zone
                name = image_name(stem, frame)
                entry = zipfile.ZipInfo(f"{stem}/{name}", _dos_time(frame))
            try:
                with frame.image.open("rb") as file:
                    data = file.read()
            except (OSError, StoreError):
                unreadable.append(name)
                continue
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
            yield window.take()
        if unreadable:
            archive.writestr(f"{stem}/{_('not readable')}.txt", "\n".join(unreadable) + "\n")
    yield window.take()


def _frames(capture_id):
    """The frames by number, slice by slice."""
    after = -1
    while True:
        rows = Frame.objects.filter(capture=capture_id, number__gt=after).exclude(status=Frame.Status.REJECTED)
        found = list(rows.order_by("number")[:SLICE])
        if not found:
            return
        yield from found
        after = found[-1].number


def _dos_time(frame):
    """The entry's time; ZIP knows no year before 1980."""
    taken = timezone.localtime(frame.taken_at or frame.received_at)
    return max(taken.timetuple()[:6], (1980, 1, 1, 0, 0, 0))


def archive_stem(title):
    """The readable part of all names inside the archive."""
    return words.file_stem(title.replace(",", ""), _("frames"))
