"""Pictures taken out of a video at a rate, each a JPEG that says when it is shown, as one ZIP with a list of them.

At a rate r the first picture of every 1/r seconds is taken, so at most r a second and none twice. Slices are ZIP
files too; joining copies their entries. JPEG does not shrink any more: entries are stored as they are.
"""

import csv
import io
import math
import zipfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from cam2bytes.lib.containers import BadVideo
from cam2bytes.lib.demux import picture_and_sound
from cam2bytes.lib.pictures import jpeg_of
from cam2bytes.lib.video import open_finished
from cam2bytes.lib.windows import Tick, Window, frames_within, moment_of

QUALITY = 92
MOST_PICTURES = 100_000
TOO_MANY = f"that would be more than {MOST_PICTURES} pictures; choose a lower rate"
LIST_NAME = "frames.csv"
COLUMNS = ("number", "time_ms", "width", "height", "file")
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the entries' date: nobody knows when a picture in a video was taken


def write_slice(file: BinaryIO, path: Path, fps: float, window: Window, before: dict, tick: Tick) -> dict:
    """Write to `path` the pictures that are taken in the window; `fps` 0 takes every one. `before` is what the slice
    before gave back, {} for the first. Raises `BadVideo`, OSError, and what `tick` raises."""
    count, step = before.get("count", 0), before.get("step", -1)
    with open_finished(file) as media, _new_archive(path) as archive:
        rows = io.StringIO()
        listing = csv.writer(rows, lineterminator="\n")
        source = next(stream for stream in picture_and_sound(media) if stream.type == "video")
        for frame in frames_within(media, source, window):
            moment = moment_of(frame)
            tick(moment)
            if fps:
                if (own_step := math.floor(moment * Fraction(str(fps)))) <= step:
                    continue
                step = own_step
            if count >= MOST_PICTURES:
                raise BadVideo(TOO_MANY)
            name = picture_name(count, moment)
            _add(archive, name, jpeg_of(frame.to_image(), QUALITY))
            listing.writerow((count, milliseconds(moment), frame.width, frame.height, name))
            count += 1
        _add(archive, LIST_NAME, rows.getvalue())
    return {"count": count, "step": step}


def join(slices: Iterable[BinaryIO], path: Path) -> None:
    """Write the whole set to `path`. One picture at a time is in memory."""
    lists = [",".join(COLUMNS) + "\n"]
    with _new_archive(path) as archive:
        for file in slices:
            with zipfile.ZipFile(file) as part:
                for entry in part.infolist():
                    if entry.filename == LIST_NAME:
                        lists.append(part.read(entry).decode())
                    else:
                        _add(archive, entry.filename, part.read(entry))
        _add(archive, LIST_NAME, "".join(lists))


def picture_name(number: int, moment: Fraction) -> str:
    """Like "000012_00-01-04.033.jpg": sorts by number, and says when it is shown."""
    minutes, thousandths = divmod(round(moment * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{number:06d}_{hours:02d}-{minutes:02d}-{thousandths // 1000:02d}.{thousandths % 1000:03d}.jpg"


def milliseconds(moment: Fraction) -> str:
    """Exact to a thousandth: "33.333", "40"."""
    return f"{float(moment * 1000):.3f}".rstrip("0").rstrip(".")


def _new_archive(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True)


def _add(archive: zipfile.ZipFile, name: str, data: bytes | str) -> None:
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)
