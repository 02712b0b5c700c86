"""When the pictures of a finished video are shown: read off its packets, nothing is decoded."""

from fractions import Fraction
from typing import BinaryIO

from cam2bytes.lib.demux import picture_and_sound
from cam2bytes.lib.video import open_finished
from cam2bytes.lib.windows import Window, seek


def moments_within(file: BinaryIO, window: Window) -> list[Fraction]:
    """The moments of the window at which another picture is shown, in order; none of a file without pictures.

    A webcam gives pictures when it has them, so their distances differ. Raises `BadVideo`.
    """
    moments = set()
    with open_finished(file) as media:
        source = next((stream for stream in picture_and_sound(media) if stream.type == "video"), None)
        if source is None:
            return []
        seek(media, window.start)
        for packet in media.demux(source):
            if packet.pts is None:
                continue
            if packet.dts is not None and packet.dts * packet.time_base >= window.end:
                break  # no picture is shown before it is decoded
            moments.add(packet.pts * packet.time_base)
    return sorted(moment for moment in moments if window.start <= moment < window.end)
