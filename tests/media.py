"""Looking at recordings: the sample series, and every picture and sound of a file by decoding all of it.

Nothing of cam2bytes is used here, so that it can be measured by it.
"""

import base64
import hashlib
import io
import json
import random
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import av

SAMPLES = Path(__file__).parent / "samples"
SERIES = sorted(folder.name for folder in SAMPLES.iterdir() if any(folder.glob("chunk-*")))
FIRST_PAGES = "first-cam2bytes-messages-firefox-video"
"""The messages of the first cam2bytes's page hold chunks too, as data URLs."""


def chunks_of(series: str) -> list[bytes]:
    """The chunks of a sample series, as MediaRecorder gave them."""
    if series == FIRST_PAGES:
        messages = [json.loads(path.read_text()) for path in sorted((SAMPLES / series).glob("message-*"))]
        return [base64.b64decode(message["dataUrl"].partition(";base64,")[2]) for message in messages]
    return [path.read_bytes() for path in sorted((SAMPLES / series).glob("chunk-*"))]


def manifest_of(series: str) -> dict:
    return json.loads((SAMPLES / series / "manifest.json").read_text())


class Picture(NamedTuple):
    time_ms: int
    size: tuple[int, int]
    digest: str


@dataclass
class Look:
    """What came out of a file: pictures and sounds (blocks of samples) in order, with their times."""

    pictures: list[Picture]
    sound_times_ms: list[int]
    end_ms: float
    undecodable: int

    @property
    def moments(self) -> list[int]:
        return [picture.time_ms for picture in self.pictures]

    def near(self, time_ms: int, tolerance_ms: int = 2) -> list[Picture]:
        """The pictures that begin at that moment: a canvas that changes its size may give two at once."""
        first = bisect_left(self.moments, time_ms - tolerance_ms)
        return self.pictures[first : bisect_right(self.moments, time_ms + tolerance_ms)]


@lru_cache
def look_at_whole(series: str) -> Look:
    """What is in a sample series."""
    return look_at(b"".join(chunks_of(series)))


def look_at(source: bytes | Path) -> Look:
    """Decode everything. Times are as the file says, in whole milliseconds."""
    pictures, sounds, end, undecodable = [], [], 0.0, 0
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source)) as media:
        for stream in media.streams:
            stream.codec_context.thread_count = 1
        for packet in media.demux():
            if packet.size and packet.pts is not None:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base) * 1000)
            try:
                frames = packet.decode()
            except av.FFmpegError:
                undecodable += 1
                continue
            for frame in frames:
                if packet.stream.type == "video":
                    pictures.append(Picture(round(frame.time * 1000), (frame.width, frame.height), _digest(frame)))
                else:
                    sounds.append(round(frame.time * 1000))
    return Look(sorted(pictures), sounds, end, undecodable)


def _digest(frame) -> str:
    return hashlib.md5(frame.to_ndarray().tobytes(), usedforsecurity=False).hexdigest()


def shown_at(path: Path, second: float) -> int:
    """Seek as a player does: the time in ms of the picture shown at `second`."""
    with av.open(str(path)) as media:
        media.seek(round(second * av.time_base))
        shown = None
        for frame in media.decode(video=0):
            if frame.time > second and shown is not None:
                break
            shown = round(frame.time * 1000)
        return shown


def synthetic(seconds: float, *, container="webm", video="libvpx", audio="libopus", fps=10, size=(160, 120), **options):
    """A small recording made here: moving stripes and noise."""
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options) as output:
        picture = output.add_stream(video, rate=fps) if video else None
        sound = output.add_stream(audio, rate=48000) if audio else None
        if picture:
            picture.width, picture.height = size
            picture.pix_fmt = "yuv420p"
            picture.gop_size = fps
            for number in range(round(seconds * fps)):
                output.mux(picture.encode(_stripes(number, size)))
            output.mux(picture.encode())
        if sound:
            for number in range(round(seconds * 50)):
                output.mux(sound.encode(_noise(number, sound)))
            output.mux(sound.encode())
    return file.getvalue()


def _stripes(number: int, size: tuple[int, int]) -> av.VideoFrame:
    frame = av.VideoFrame(*size, "yuv420p")
    for index, plane in enumerate(frame.planes):
        stripes = bytes(range(256)) * (plane.buffer_size // 256 + 2)
        start = (number * 7 + index * 50) % 256
        plane.update(stripes[start : start + plane.buffer_size])
    frame.pts = number
    return frame


def _noise(number: int, stream) -> av.AudioFrame:
    frame = av.AudioFrame("s16", "stereo", 960)
    frame.planes[0].update(random.Random(number).randbytes(frame.planes[0].buffer_size))
    frame.sample_rate, frame.pts = 48000, number * 960
    return frame
