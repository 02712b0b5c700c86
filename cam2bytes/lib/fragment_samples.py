"""Fragmented MP4 (ISO/IEC 14496-12) read by hand, as it grows: what the tracks are, and every sample with its time.

Nothing is trusted: numbers that lead out of the bytes that are there make a fragment unreadable.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cam2bytes.lib.boxes import BOX_HEADER, boxes_in
from cam2bytes.lib.fragments import Sample

LARGEST_BOX = 16 * 1024 * 1024
"""A larger one is a lie, or nothing that a camera makes."""
MOST_SAMPLES = 20_000
"""In one run; a minute of pictures and sound has fewer."""
BETWEEN_FRAGMENTS = {b"ftyp", b"moov", b"styp", b"sidx", b"emsg", b"prft", b"free", b"skip", b"uuid", b"mfra"}
KINDS = {b"vide": "video", b"soun": "audio"}

# Flags of `tfhd` and of `trun`: which fields there are.
BASE_OFFSET, DESCRIPTION = 0x1, 0x2
USUAL_DURATION, USUAL_SIZE, USUAL_FLAGS = 0x8, 0x10, 0x20
DATA_OFFSET, FIRST_FLAGS = 0x1, 0x4
DURATION, SIZE, FLAGS, SHOWN_LATER = 0x100, 0x200, 0x400, 0x800
NOT_SYNC = 0x00010000


class BadFragment(Exception):
    """These boxes contradict themselves, or say what cannot be used here."""


class FragmentTrack(NamedTuple):
    """`entry` is its sample entry, its four letters in front; `usual` are duration, size and flags of a sample, where
    a fragment says nothing else."""

    number: int
    kind: str  # "video", "audio", or "" for anything else
    ticks_per_second: int
    entry: bytes
    usual: tuple[int, int, int]


class Fields:
    """The fields of a full box, one after another."""

    def __init__(self, body: bytes):
        self.body, self.place = body, 4
        self.version, self.flags = body[0] if body else 0, int.from_bytes(body[1:4])
        self.data_end = 0

    def take(self, size: int = 4, *, signed: bool = False) -> int:
        start, self.place = self.place, self.place + size
        if self.place > len(self.body):
            raise BadFragment("a box is shorter than its fields")
        return int.from_bytes(self.body[start : self.place], signed=signed)

    def take_if(self, flag: int, otherwise: int) -> int:
        return self.take() if self.flags & flag else otherwise

    @property
    def large(self) -> int:
        """Bytes of a time: eight from version 1 on."""
        return 8 if self.version else 4


# The header ------------------------------------------------------------------------------------------


def header_tracks(header: bytes) -> list[FragmentTrack]:
    """The tracks that `moov` tells of; raises `BadFragment`."""
    movie = _body(header, b"moov")
    usual = {}
    for kind, body in _boxes(_body(movie, b"mvex")):
        if kind == b"trex":
            fields = Fields(body)
            number, _ = fields.take(), fields.take()
            usual[number] = (fields.take(), fields.take(), fields.take())
    return [_track(body, usual) for kind, body in _boxes(movie) if kind == b"trak"]


def _track(trak: bytes, usual: dict[int, tuple[int, int, int]]) -> FragmentTrack:
    head, media = Fields(_body(trak, b"tkhd")), _body(trak, b"mdia")
    head.place += 2 * head.large
    clock = Fields(_body(media, b"mdhd"))
    clock.place += 2 * clock.large
    number, ticks_per_second = head.take(), clock.take()
    handler, entries = _body(media, b"hdlr"), _body(_body(_body(media, b"minf"), b"stbl"), b"stsd")
    entry = next(_boxes(entries[8:]), (b"", b""))
    kind = KINDS.get(handler[8:12], "")
    return FragmentTrack(number, kind, ticks_per_second, b"".join(entry), usual.get(number, (0, 0, 0)))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for kind, start, size in boxes_in(data):
        if size >= BOX_HEADER:
            yield kind, data[start + BOX_HEADER : start + size]


def _body(data: bytes, wanted: bytes) -> bytes:
    """What is in the first box of that kind, b"" where there is none."""
    return next((body for kind, body in _boxes(data) if kind == wanted), b"")


# Fragments -------------------------------------------------------------------------------------------


def read_fragments(
    data: bytes, tracks: dict[int, FragmentTrack]
) -> Iterator[tuple[list[tuple[int, Sample]], int | None]]:
    """Yield (samples with the number of their track, end): each whole fragment in `data`, and what stands between.

    Stops at the first that is not whole yet. What is no box, or none that belongs here, yields ([], None).
    """
    moof = None
    for kind, start, size in boxes_in(data):
        end = start + size
        is_known = kind in (b"moof", b"mdat") or kind in BETWEEN_FRAGMENTS
        if not is_known or not BOX_HEADER <= size <= LARGEST_BOX:
            yield [], None
            return
        if end > len(data):
            return
        if kind == b"moof":
            moof = start
        elif kind == b"mdat" and moof is not None:
            try:
                yield list(_samples(data[moof:end], tracks)), end
            except BadFragment:
                yield [], end
            moof = None
        elif moof is None:
            yield [], end


def _samples(fragment: bytes, tracks: dict[int, FragmentTrack]) -> Iterator[tuple[int, Sample]]:
    """Those of one `moof` and the `mdat` behind it."""
    for kind, body in _boxes(_body(fragment, b"moof")):
        if kind == b"traf":
            head = Fields(_body(body, b"tfhd"))
            track = tracks.get(head.take())
            if track:
                yield from ((track.number, sample) for sample in _of_track(fragment, body, head, track))


def _of_track(fragment: bytes, traf: bytes, head: Fields, track: FragmentTrack) -> Iterator[Sample]:
    if head.flags & BASE_OFFSET:
        raise BadFragment("counted from the beginning of the file")
    head.take_if(DESCRIPTION, 0)
    duration, size, flags = track.usual
    usual = head.take_if(USUAL_DURATION, duration), head.take_if(USUAL_SIZE, size), head.take_if(USUAL_FLAGS, flags)
    clock = Fields(_body(traf, b"tfdt"))
    ticks, place = clock.take(clock.large), 0
    for kind, body in _boxes(traf):
        if kind == b"trun":
            run = Fields(body)
            for sample in _of_run(fragment, run, usual, ticks, place):
                ticks += sample.duration
                yield sample
            place = run.data_end


def _of_run(fragment: bytes, run: Fields, usual: tuple[int, int, int], ticks: int, place: int) -> Iterator[Sample]:
    """The samples of a `trun`; `run.data_end` is the byte behind the last one's then."""
    count = run.take()
    if count > MOST_SAMPLES:
        raise BadFragment("too many samples")
    place = run.take(signed=True) if run.flags & DATA_OFFSET else place
    first_flags = run.take() if run.flags & FIRST_FLAGS else None
    for index in range(count):
        duration, size, flags = (
            run.take_if(flag, otherwise) for flag, otherwise in zip((DURATION, SIZE, FLAGS), usual, strict=True)
        )
        later = run.take(signed=run.version > 0) if run.flags & SHOWN_LATER else 0
        if index == 0 and first_flags is not None:
            flags = first_flags
        if not 0 < place <= place + size <= len(fragment) or ticks + later < 0:
            raise BadFragment("a sample that is not there")
        yield Sample(ticks + later, not flags & NOT_SYNC, fragment[place : place + size], duration)
        ticks, place = ticks + duration, place + size
    run.data_end = place
