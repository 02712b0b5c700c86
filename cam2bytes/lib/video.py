"""Recordings as files: making a playable one out of the bytes that came, and reading the facts off it.

The bytes come from strangers. The demuxer is chosen by their first bytes, it is fed bytes and opens nothing
itself, and what cannot be used raises `BadVideo` with a reason for a person to read. Nothing is encoded
again, except posters.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import av

from cam2bytes.lib.containers import BadVideo, Unreadable, container_of, header_of, sniff_container
from cam2bytes.lib.demux import open_media, open_run, picture_and_sound, usable_packets
from cam2bytes.lib.isobmff import index_comes_last
from cam2bytes.lib.plain import NotPlain, open_plain
from cam2bytes.lib.runs import BLOCK_BYTES, HEAD_BYTES, Pieces, Runs
from cam2bytes.lib.weave import Weaver, container_for

__all__ = [
    "BadVideo", "VideoFacts", "header_of", "make_live_poster", "make_poster", "probe", "remux", "sniff_container",
]  # fmt: skip

CONTAINER_TYPES = {"mp4": "mp4", "matroska": "x-matroska", "webm": "webm", "ogg": "ogg"}
POSTER_WIDTH = 640
POSTER_QUALITY = 82
POSTER_MOMENT = av.time_base
"""Cameras need a moment to adjust: the poster shows the second second, or the first picture of a shorter file."""


@dataclass(frozen=True)
class VideoFacts:
    """What a finished file is. `width`, `height`, `video_codec` are None without picture, `audio_codec` without sound.

    container     "webm", "mp4", "matroska" or "ogg"
    frame_count   pictures written; None where that was not counted
    gaps          [{"from", "to", "start_ms", "duration_ms"}]: missing chunks, both ends included, and what is
                  therefore lacking, in the file's own time; duration 0 where nothing after it tells
    rhythm        how steadily it came, as `Weaver.rhythm` says
    """

    container: str
    content_type: str
    duration_ms: int
    size_bytes: int
    width: int | None = None
    height: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    frame_count: int | None = None
    gaps: list[dict] = field(default_factory=list)
    rhythm: dict = field(default_factory=dict)


def remux(
    source: Pieces,
    target_path: Path,
    *,
    header: bytes = b"",
    chunk_count: int | None = None,
    expected_seconds: float = 0,
) -> VideoFacts:
    """Write the recording in `source` as one seekable file with a true duration; no packet is changed.

    source        a readable of bytes, or (number, bytes) in order: numbers left out are holes, a number may
                  repeat when a chunk is read in blocks, chunks may be empty, the last may be cut. What can be
                  read twice (no iterator) is read without FFmpeg first, which is faster
    target_path   where to write; what lies there is replaced. Its container is in the facts: MP4 with its
                  index in front for H.264, WebM for VP8, VP9, AV1 and for Opus alone
    header        the recording's saved first bytes, for when chunk 0 is missing
    chunk_count   how many chunks there should be, so that missing last ones are named too
    expected_seconds   about how long it is: spares moving a long MP4 when its index is known

    Raises `BadVideo` (then `target_path` may hold a part) and OSError. Memory does not grow with the length,
    but for MP4's index.
    """
    if not isinstance(source, Iterator) and not hasattr(source, "read"):
        with contextlib.suppress(NotPlain):
            runs = Runs(source, header=header, chunk_count=chunk_count)
            return _weave(runs, open_plain, target_path, expected_seconds)
    return _weave(Runs(source, header=header, chunk_count=chunk_count), open_run, target_path, expected_seconds)


def _weave(runs: Runs, open_it: Callable, target_path: Path, expected_seconds: float) -> VideoFacts:
    trouble = None
    with Weaver(target_path, expected_seconds) as weaver:
        while runs.next_run():
            if runs.holes:
                weaver.add_hole(runs.holes)
            try:
                with _readable(runs, target_path) as source, open_it(source, runs.container) as run:
                    weaver.add_run(run)
            except Unreadable as error:
                trouble = error
        if runs.holes:
            weaver.add_hole(runs.holes)
        if weaver.is_empty:
            raise trouble or BadVideo("no picture or sound in it could be read")
        gaps, frame_count = weaver.finish()
    facts = probe(target_path)
    return replace(facts, frame_count=frame_count, gaps=[gap.as_dict() for gap in gaps], rhythm=weaver.rhythm())


@contextlib.contextmanager
def _readable(runs: Runs, target_path: Path) -> Iterator[BinaryIO]:
    """The run itself; or, for an MP4 whose index stands at its end, a file beside the target that can be sought."""
    if runs.container.name != "mp4" or not index_comes_last(runs.head):
        yield runs
        return
    with tempfile.TemporaryFile(dir=target_path.parent) as whole:
        while block := runs.read(BLOCK_BYTES):
            whole.write(block)
        whole.seek(0)
        yield whole


def probe(path: Path) -> VideoFacts:
    """Read the facts off the finished file at `path`, and prove by decoding that it shows or sounds something.

    Raises `BadVideo`.
    """
    with open(path, "rb") as file, open_finished(file) as media:
        streams = {stream.type: stream for stream in picture_and_sound(media)}
        if not streams:
            raise BadVideo("there is neither picture nor sound in it")
        video, audio = streams.get("video"), streams.get("audio")
        duration_ms = _end_ms(media)
        if duration_ms is None:
            raise BadVideo("it does not say how long it lasts")
        if next(media.decode(video or audio), None) is None:
            raise BadVideo("nothing in it can be decoded")
        codecs = {_codec(stream) for stream in streams.values()}
        container = _container_name(media, codecs)
        return VideoFacts(
            container=container,
            content_type=f"{'video' if video else 'audio'}/{CONTAINER_TYPES[container]}",
            duration_ms=duration_ms,
            size_bytes=path.stat().st_size,
            width=video.codec_context.width if video else None,
            height=video.codec_context.height if video else None,
            video_codec=_codec(video),
            audio_codec=_codec(audio),
        )


def make_poster(file: BinaryIO) -> bytes:
    """One picture of a finished file as JPEG, at most 640 pixels wide; `file` can be sought. Raises `BadVideo`."""
    frame = _picture_at(file, POSTER_MOMENT) or _picture_at(file, 0)
    if frame is None:
        raise BadVideo("no picture in it can be decoded")
    return _as_poster(frame)


def make_live_poster(stretch: bytes) -> bytes | None:
    """The same of a recording that still grows: the last key frame in `stretch`, which is the recording's header and
    bytes from a place on where reading can begin. None where no key frame is whole in it. Raises `BadVideo`."""
    frame = None
    with open_media(io.BytesIO(stretch), container_of(stretch)) as media:
        tracks = [stream for stream in picture_and_sound(media) if stream.type == "video"]
        packets = usable_packets(media, tracks) if tracks else ()
        for packet, _follows in pairwise(packets):  # the last may be cut
            if packet.is_keyframe:
                frame = next(iter(packet.decode()), frame)
    return frame and _as_poster(frame)


def _as_poster(frame: av.VideoFrame) -> bytes:
    width = min(frame.width, POSTER_WIDTH)
    image = frame.to_image(width=width, height=max(1, round(frame.height * width / frame.width)))
    poster = io.BytesIO()
    image.save(poster, "JPEG", quality=POSTER_QUALITY)
    return poster.getvalue()


@contextlib.contextmanager
def open_finished(file: BinaryIO) -> Iterator[av.container.InputContainer]:
    """A finished file, opened as everything is opened here; raises `BadVideo`."""
    file.seek(0)
    container = container_of(file.read(HEAD_BYTES))
    file.seek(0)
    with open_media(file, container) as media:
        yield media


def _picture_at(file: BinaryIO, moment: int) -> av.VideoFrame | None:
    """The first picture at `moment` (in av.time_base) or after it, None if there is none."""
    with open_finished(file) as media:
        if not media.streams.video:
            return None
        if moment:
            try:
                media.seek(moment)
            except av.FFmpegError:  # no key frame so early: the beginning of the recording is missing
                return None
        for frame in media.decode(video=0):
            if frame.time is None or frame.time * av.time_base >= moment:
                return frame
    return None


def _end_ms(media) -> int | None:
    """When the file ends, counted from 0 as players do, also where its first packet comes later than that.

    A WebM says just that; of an MP4 FFmpeg tells how long each track lasts from its own first packet.
    """
    if media.format.name.startswith("mov"):
        ends = [((s.start_time or 0) + s.duration) * s.time_base for s in media.streams if s.duration]
        return round(max(ends) * 1000) if ends else None
    return None if media.duration is None else round(media.duration / 1000)


def _container_name(media, codecs: set[str]) -> str:
    """FFmpeg has one demuxer for WebM and Matroska; it is WebM when it holds nothing else than WebM may."""
    demuxer = media.format.name.split(",")[0]
    return {"mov": "mp4", "matroska": container_for(codecs)}.get(demuxer, demuxer)


def _codec(stream) -> str | None:
    return stream and stream.codec_context.codec.canonical_name
