"""Weaving runs of packets into one seekable file, copying every packet as it is.

The times of the packets stay what they were, counted from the first; behind a hole a track goes on with its
next key frame, because what comes before it cannot be shown as it was.
"""

import contextlib
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av

from cam2bytes.lib.containers import BadVideo, Unreadable
from cam2bytes.lib.demux import is_described
from cam2bytes.lib.ffmpegfile import FFmpegFile
from cam2bytes.lib.mp4file import Mp4File
from cam2bytes.lib.rhythm import Rhythm, drift_ms
from cam2bytes.lib.runs import Hole
from cam2bytes.lib.webmfile import WebmFile

WEBM_CODECS = {"vp8", "vp9", "av1", "opus", "vorbis"}
MP4_CODECS = {"h264", "hevc", "vp9", "av1", "aac", "opus", "mp3"}
MAX_DURATION = 48 * 3600
LARGEST_STEP_BACK = Fraction(1, 2)
"""Seconds that a packet's time may lie before its track's last and still be nudged forward, not dropped."""


def container_for(codecs: set[str]) -> str:
    """The container in which people's browsers play these codecs: "webm", "mp4", or else "matroska"."""
    if codecs <= WEBM_CODECS:
        return "webm"
    return "mp4" if codecs <= MP4_CODECS else "matroska"


class Gap(NamedTuple):
    """Chunks `first` to `last` are missing, and what the file lacks for it, in its own time."""

    first: int
    last: int
    start_ms: int
    duration_ms: int

    def as_dict(self) -> dict:
        return {"from": self.first, "to": self.last, "start_ms": self.start_ms, "duration_ms": self.duration_ms}


def _from_writing(error: av.FFmpegError) -> Exception:
    """Tells the disk's errors (OSError) from those of the packets (`Unreadable`)."""
    if isinstance(error, OSError):
        return OSError(error.errno, error.strerror)
    return Unreadable("the bytes are damaged and do not fit together")


@dataclass
class _Track:
    """One track of the file. Times are whole numbers in units of its `time_base`, from the recording's first moment.

    held   the last frame, (data, pts, dts, duration, is it a key frame), until it is known how long it lasts
    rhythm   of pictures: how steadily they come
    """

    kind: str
    number: int
    time_base: Fraction
    origin: int
    latest: int
    largest_step_back: int
    awaited: bool = False
    waits_for_key: bool = False
    held: tuple | None = None
    last_dts: int | None = None
    step: int = 0
    end: int = 0
    packets: int = 0
    first: int | None = None
    rhythm: Rhythm | None = None


@dataclass
class _Hole:
    """A hole while it is being crossed: where each track ended before it and went on after it, in seconds."""

    first: int
    last: int
    ends: dict[str, Fraction]
    resumes: dict[str, Fraction] = field(default_factory=dict)


class Weaver:
    """Takes runs one after another and writes `path`. Use as a context manager; `finish()` completes the file.

    expected_seconds   about how long it will be (see `Mp4File`)
    """

    def __init__(self, path: Path, expected_seconds: float = 0):
        self._path = path
        self._expected_seconds = expected_seconds
        self._output = None
        self._tracks: dict[str, _Track] = {}
        self._holes: list[_Hole] = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._abandon()  # there is something left only after an error, which is what matters then

    def _abandon(self) -> None:
        output, self._output = self._output, None
        if output is not None:
            with contextlib.suppress(av.FFmpegError, OSError):
                output.close()

    @property
    def is_empty(self) -> bool:
        """Has nothing come yet that can be shown or heard?"""
        return not any(track.held for track in self._tracks.values())

    def add_run(self, run) -> None:
        """Copy one run (`demux.Run` or `plain.PlainRun`)."""
        if not self._tracks:
            if not run.streams or not all(is_described(stream) for stream in run.streams):
                return
            self._begin(run)
        for track in self._tracks.values():
            track.waits_for_key = track.kind == "video"
            track.awaited = bool(self._holes) and track.kind not in self._holes[-1].resumes
            if track.rhythm:
                track.rhythm.interrupt()
        wanted = [stream for stream in run.streams if stream.type in self._tracks]
        tracks = {stream.index: self._tracks[stream.type] for stream in wanted}
        take = self._take
        for index, pts, dts, duration, is_key, data in run.frames(wanted):
            take(tracks[index], data, pts, dts, duration, is_key)

    def add_hole(self, holes: list[Hole]) -> None:
        """Note what is missing before the next run, or at the end."""
        ends = {kind: track.end * track.time_base for kind, track in self._tracks.items()}
        self._holes.append(_Hole(holes[0].first, holes[-1].last, ends))

    def finish(self) -> tuple[list[Gap], int]:
        """Write what is held back and the index; returns the gaps and the number of pictures."""
        for track in self._tracks.values():
            if track.held:
                self._write(track, track.step)
        output, self._output = self._output, None
        try:
            output.close()
        except av.FFmpegError as error:
            raise _from_writing(error) from error
        video = self._tracks.get("video")
        return self._gaps(), video.packets if video else 0

    def rhythm(self) -> dict:
        """After `finish`: what `Rhythm.facts` says of the pictures, and `drift_ms`, which is None where there are not
        both, or one of them did not come back behind a hole."""
        came = {kind: track for kind, track in self._tracks.items() if track.packets}
        facts = came["video"].rhythm.facts(came["video"].packets) if "video" in came else {}
        ended = [track for track in came.values() if not (track.waits_for_key or track.awaited)]
        return {**facts, "drift_ms": drift_ms(came["video"], came["audio"]) if len(ended) == 2 else None}

    def _begin(self, run) -> None:
        container = container_for({stream.codec_context.codec.canonical_name for stream in run.streams})
        try:
            self._output = self._new_file(container, run.header)
            # MediaRecorder's clock begins near 0; when the beginning is missing, 0 is still where it began.
            start = Fraction(0 if self._holes else run.start_time or 0, av.time_base)
            tracks = {
                stream.type: _Track(
                    kind=stream.type,
                    number=self._output.add_track(stream),
                    time_base=stream.time_base,
                    origin=round(start / stream.time_base),
                    latest=int(MAX_DURATION / stream.time_base),
                    largest_step_back=int(LARGEST_STEP_BACK / stream.time_base),
                    rhythm=Rhythm(stream.time_base) if stream.type == "video" else None,
                )
                for stream in run.streams
            }
            self._output.begin()
        except av.FFmpegError as error:
            self._abandon()
            raise _from_writing(error) from error
        self._tracks = tracks

    def _new_file(self, container: str, header: bytes):
        if container == "mp4":
            return Mp4File(self._path, self._expected_seconds)
        if container == "webm" and header:
            return WebmFile(self._path, header, self._expected_seconds)
        return FFmpegFile(self._path, container)

    def _take(self, track: _Track, data, pts: int, dts: int, duration: int, is_key: bool) -> None:
        """The innermost step: it runs some 80 times for each second recorded, so it counts in whole numbers."""
        pts -= track.origin
        dts -= track.origin
        if track.waits_for_key and not is_key:
            self._resume(track, pts + (duration or track.step))
            return
        last_dts = track.last_dts
        if last_dts is not None and dts <= last_dts:
            if last_dts - dts > track.largest_step_back:
                return
            dts = last_dts + 1
        if dts > track.latest:
            raise BadVideo("the times in it run beyond 48 hours")
        if track.waits_for_key or track.awaited:
            self._resume(track, pts)
            track.waits_for_key = track.awaited = False
        if track.held:
            self._write(track, dts - last_dts)
        else:
            track.first = pts
        if pts < dts:
            pts = dts
        track.held = data, pts, dts, duration, is_key
        track.last_dts = dts
        track.end = pts + (duration or track.step)
        track.packets += 1
        if track.rhythm:
            track.rhythm.add(dts)

    def _write(self, track: _Track, step: int) -> None:
        """Write the frame held back, now that the time until the next one is known."""
        data, pts, dts, duration, is_key = track.held
        track.held = None
        track.step = step
        try:
            self._output.write(track.number, data, pts, dts, duration or step, is_key)
        except av.FFmpegError as error:
            raise _from_writing(error) from error

    def _resume(self, track: _Track, time: int) -> None:
        if self._holes:
            self._holes[-1].resumes[track.kind] = time * track.time_base

    def _gaps(self) -> list[Gap]:
        """From the first track's end to the last track's return, something is lacking. Gaps do not overlap:
        where a track does not return between two holes, what it lacks up to the second belongs to the first."""
        gaps, covered_ms = [], 0
        for hole in self._holes:
            ends = [hole.ends.get(kind, Fraction(0)) for kind in hole.resumes]
            start = min(ends) if ends else max(hole.ends.values(), default=Fraction(0))
            start_ms = max(covered_ms, round(start * 1000))
            covered_ms = max(start_ms, round(max(hole.resumes.values(), default=Fraction(0)) * 1000))
            gaps.append(Gap(hole.first, hole.last, start_ms, covered_ms - start_ms))
        return gaps
