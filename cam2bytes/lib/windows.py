"""A finished file by stretches of its time: what is shown or heard between two moments.

Moments are seconds, counted from 0 as players do, as fractions: what is taken for one stretch is not taken
for the next, and nothing between them is left out.
"""

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

import av
from av.container import InputContainer

Tick = Callable[[Fraction], None]
"""Called with the moment that is reached, often; raises to stop the work."""


class Window(NamedTuple):
    """From `start`, included, to `end`, not included; in seconds."""

    start: Fraction
    end: Fraction


def seek(media: InputContainer, moment: Fraction) -> None:
    """Go to the last key frame before `moment`, or to the front where there is none."""
    if moment <= 0:
        return
    with contextlib.suppress(av.FFmpegError):  # no key frame so early: the beginning of the recording is missing
        media.seek(int(moment * av.time_base))


def moment_of(frame: av.VideoFrame | av.AudioFrame) -> Fraction:
    return frame.pts * frame.time_base


def frames_within(media: InputContainer, stream, window: Window) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """What of `stream` begins within the window, decoded, in order. A packet that does not decode is left out."""
    seek(media, window.start)
    for frame in decoded(media, stream):
        moment = moment_of(frame)
        if moment >= window.end:
            return
        if moment >= window.start:
            yield frame


def decoded(media: InputContainer, stream) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """From where the file stands to its end."""
    for packet in media.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        yield from (frame for frame in frames if frame.pts is not None)
