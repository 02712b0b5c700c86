"""An MP4 for every player, H.264 and AAC, made in slices that are joined by copying packets.

What is H.264 or AAC already is copied; the rest is encoded. The times of the pictures stay as they are, and a
recording whose pictures change their size becomes one of one size. A slice is a NUT file: it keeps any time exactly.
"""

import heapq
import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.codec.context import Flags
from av.video.frame import PictureType

from cam2bytes.lib.containers import BadVideo
from cam2bytes.lib.demux import picture_and_sound, usable_packets
from cam2bytes.lib.h264 import sequence_parameter_sets
from cam2bytes.lib.mp4file import Mp4File
from cam2bytes.lib.pictures import Fitter
from cam2bytes.lib.soundslices import add_aac_track, encode_window
from cam2bytes.lib.video import open_finished
from cam2bytes.lib.windows import Tick, Window, frames_within, moment_of

SUFFIX = ".nut"
CLOCK = Fraction(1, 90_000)
# Without reordered pictures, slices can be joined at any picture; a key frame every 60 keeps seeking quick.
X264 = {"preset": "veryfast", "crf": "23", "bf": "0", "profile": "high", "g": "60"}
COPY, ENCODE = "copy", "encode"


def prepare(file: BinaryIO) -> dict:
    """What is to be done with which track, for all slices alike: {"video": "copy" or "encode", "size": [w, h],
    "audio": ...}, as far as there are such tracks. Raises `BadVideo` where there is nothing to do."""
    plan: dict = {}
    with open_finished(file) as media:
        is_mp4 = media.format.name.startswith("mov")
        for stream in picture_and_sound(media):
            codec = stream.codec_context.codec.canonical_name
            if stream.type == "audio":
                plan["audio"] = COPY if codec == "aac" else ENCODE
                continue
            plan["size"] = [max(side // 2, 1) * 2 for side in (stream.codec_context.width, stream.codec_context.height)]
            of_one_size = codec == "h264" and len(sequence_parameter_sets(media, stream)) <= 1
            plan["video"] = COPY if of_one_size else ENCODE
    if is_mp4 and ENCODE not in plan.values():
        raise BadVideo("the video is an MP4 for every player already")
    return plan


def needs_slices(plan: dict) -> bool:
    """Whether anything is encoded at all."""
    return ENCODE in plan.values()


def write_slice(file: BinaryIO, path: Path, plan: dict, window: Window, before: dict, tick: Tick) -> dict:
    """Write to `path` what has to be encoded of the window. `before` is what the slice before gave back, {} for the
    first. Raises `BadVideo`, OSError, and what `tick` raises.
    """
    after: dict = {"packets": 0}
    with av.open(f"file:{path}", "w", format="nut") as output:
        with open_finished(file) as media:
            sources = {stream.type: stream for stream in picture_and_sound(media) if plan[stream.type] == ENCODE}
            tracks = {kind: _add_track(output, source, plan) for kind, source in sources.items()}
            output.start_encoding()
            if "video" in sources:
                for packet in _pictures(media, sources["video"], tracks["video"], plan["size"], window, tick):
                    output.mux(packet)
                    after["packets"] += 1
        if "audio" in sources:
            with open_finished(file) as media:  # once more, from its front
                sound = next(stream for stream in picture_and_sound(media) if stream.type == "audio")
                anchor = before.get("anchor")
                packets, after["anchor"] = encode_window(media, sound, tracks["audio"], window, anchor, tick)
                output.mux(packets)
                after["packets"] += len(packets)
    return after


def _add_track(output, source, plan: dict) -> av.stream.Stream:
    if source.type == "audio":
        return add_aac_track(output, source)
    track = output.add_stream("libx264", rate=30, options=X264)
    track.time_base = CLOCK
    context = track.codec_context
    context.width, context.height = plan["size"]
    context.pix_fmt, context.time_base = "yuv420p", CLOCK
    context.flags |= Flags.global_header
    context.thread_count = max((os.cpu_count() or 2) - 1, 1)  # there is other work
    return track


def _pictures(media, source, track, size: list[int], window: Window, tick: Tick) -> Iterator[av.Packet]:
    fitter, last = Fitter(*size), -1
    for frame in frames_within(media, source, window):
        tick(moment_of(frame))
        last = max(round(moment_of(frame) / CLOCK), last + 1)
        fitted = fitter.fit(frame)
        fitted.pts, fitted.time_base, fitted.pict_type = last, CLOCK, PictureType.NONE
        yield from track.encode(fitted)
    yield from track.encode(None)


# Joining -----------------------------------------------------------------------------------------


def join(file: BinaryIO, slices: Iterable[tuple[BinaryIO, dict]], path: Path, plan: dict) -> str:
    """Write the finished MP4 to `path`, its index in front: the tracks of `file` that are copied, and the slices,
    each with what `write_slice` gave back. Its content type. Memory grows by the index alone."""
    with Mp4File(path) as output:
        copied = _copied(file, output, plan)
        for packet in heapq.merge(copied, _encoded(slices, output), key=lambda packet: packet.dts * packet.time_base):
            output.mux_one(packet)
    return "video/mp4" if "video" in plan else "audio/mp4"


def _copied(file: BinaryIO, output, plan: dict) -> Iterator[av.Packet]:
    with open_finished(file) as media:
        sources = [stream for stream in picture_and_sound(media) if plan[stream.type] == COPY]
        tracks = {source.index: output.add_stream_from_template(source, opaque=True) for source in sources}
        for packet in usable_packets(media, sources) if sources else ():
            packet.stream = tracks[packet.stream_index]
            yield packet


def _encoded(slices: Iterable[tuple[BinaryIO, dict]], output) -> Iterator[av.Packet]:
    tracks: dict[int, av.stream.Stream] = {}
    for file, facts in slices:
        if not facts["packets"]:
            continue
        with av.open(file, format="nut") as media:
            for source in media.streams if not tracks else ():
                tracks[source.index] = output.add_stream_from_template(source, opaque=True)
            for packet in media.demux():
                if packet.size:
                    packet.stream = tracks[packet.stream_index]
                    yield packet
