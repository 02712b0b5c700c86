"""Opening untrusted media: FFmpeg is told which demuxer to use and is given bytes, never a name to open."""

import contextlib
from collections.abc import Iterator
from typing import BinaryIO

import av
from av.container import InputContainer

from cam2bytes.lib.containers import BadVideo, Container, Unreadable

Frame = tuple[int, int, int, int, bool, av.Packet | bytes]
"""(index of its stream, pts, dts, duration or 0, is it a key frame, its bytes); times in the stream's `time_base`."""

PARAMETER_SET_CODECS = {"h264", "hevc"}
MAX_TRACKS = 16
MAX_PIXELS = 8192 * 8192
READ_BYTES = 128 * 1024
MOST_REORDERED = 16  # H.264 allows no more pictures to be decoded before one is shown
UNREADABLE = "the bytes are damaged and cannot be read"

OPTIONS = {
    "protocol_whitelist": "none",  # a playlist or a reference inside the file opens nothing
    "max_pixels": str(MAX_PIXELS),
    "threads": "1",
}


def _open_nothing(url: str, flags: int, options: dict):
    raise PermissionError("recordings may not open other files or addresses")


@contextlib.contextmanager
def open_media(source: BinaryIO, container: Container) -> Iterator[InputContainer]:
    """Open a readable object (seekable or not) with the container's own demuxer; raises `BadVideo`.

    Errors of FFmpeg while the context is open come out as `Unreadable`; those of `source` as they are.
    """
    try:
        with av.open(
            source,
            format=container.demuxer,
            options=OPTIONS,
            io_open=_open_nothing,
            metadata_errors="replace",
            buffer_size=READ_BYTES,
        ) as media:
            _check_tracks(media)
            yield media
    except av.FFmpegError as error:
        raise Unreadable(UNREADABLE) from error


def _check_tracks(media: InputContainer) -> None:
    if len(media.streams) > MAX_TRACKS:
        raise BadVideo(f"there are more than {MAX_TRACKS} tracks in it")
    for stream in media.streams.video:
        if stream.codec_context and stream.codec_context.width * stream.codec_context.height > MAX_PIXELS:
            raise BadVideo("the picture is larger than 8192 x 8192")


def picture_and_sound(media: InputContainer) -> list:
    """The first video track and the first sound track, as far as they exist and their codec is known."""
    known = [stream for stream in media.streams if stream.codec_context is not None]
    firsts = {}
    for stream in known:
        if stream.type in ("video", "audio"):
            firsts.setdefault(stream.type, stream)
    return list(firsts.values())


def is_described(stream) -> bool:
    """Is all known that a file's header must say? H.264's parameter sets may come only with its first key frame."""
    context = stream.codec_context
    return bool(context.extradata) or context.codec.canonical_name not in PARAMETER_SET_CODECS


class Run:
    """A run of a recording as FFmpeg reads it: its first video and first sound track."""

    header = b""
    """Of a `PlainRun` it is the recording's header."""

    def __init__(self, media: InputContainer):
        self.streams = picture_and_sound(media)
        self.start_time = media.start_time
        self._media = media

    def frames(self, streams: list) -> Iterator[Frame]:
        """What there is of these streams, as it comes; the data are packets."""
        for packet in usable_packets(self._media, streams):
            yield packet.stream_index, packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe, packet


@contextlib.contextmanager
def open_run(source: BinaryIO, container: Container) -> Iterator[Run]:
    """As `open_media`."""
    with open_media(source, container) as media:
        yield Run(media)


def usable_packets(media: InputContainer, streams: list) -> Iterator[av.Packet]:
    """The whole packets of these tracks, each with a presentation and a decoding time (pts and dts).

    Where pictures are reordered, Matroska's first packets come without decoding times; they get that of the
    first packet which has one. So decoding times may repeat.
    """
    undated: dict[int, list[av.Packet]] = {}
    for packet in media.demux(streams):
        if not packet.size or packet.is_corrupt or packet.pts is None:
            continue
        is_dated = packet.dts is not None
        if is_dated and not undated:
            yield packet
            continue
        early = undated.setdefault(packet.stream_index, [])
        early.append(packet)
        if is_dated or len(early) > MOST_REORDERED:
            yield from _dated(undated.pop(packet.stream_index))
    for early in undated.values():
        yield from _dated(early)


def _dated(packets: list[av.Packet]) -> list[av.Packet]:
    """Give packets without a decoding time that of the last, or the first moment at which one is shown."""
    known = packets[-1].dts if packets else None
    for packet in packets:
        if packet.dts is None:
            packet.dts = min(other.pts for other in packets) if known is None else known
    return packets
