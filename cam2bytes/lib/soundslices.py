"""Sound as AAC in slices that fit together without a click.

All slices cut one raster of 1024 samples at 48 kHz. An encoder begins two packets before its slice and goes on one
packet after it, because each packet of AAC overlaps its neighbours; what was encoded beyond the slice is dropped.
The raster runs from the file's 0 to its end: where there is no sound, silence is encoded, so that sound and
picture stay in step in players that know nothing of holes.
"""

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer

from cam2bytes.lib.windows import Tick, Window, decoded, moment_of, seek

RATE = 48_000
PACKET_SAMPLES = 1024
EARLIER_PACKETS = 2
BIT_RATES = {"mono": 96_000, "stereo": 160_000}
JITTER_SAMPLES = RATE // 50
"""Times in a file are rounded, and shake: sound that comes by no more than that early or late goes on without a gap."""
DECODER_START = Fraction(1, 5)
"""A decoder of Opus sounds right only some packets after it began."""

Anchor = list[int]
"""[time of a block of sound, in samples; where it was laid]: the next slice lays the same block in the same place."""


def add_aac_track(output: av.container.OutputContainer, source) -> av.AudioStream:
    """A track for `encode_window`; mono stays mono, anything else becomes stereo."""
    layout = "mono" if source.codec_context.layout.nb_channels == 1 else "stereo"
    return output.add_stream("aac", rate=RATE, layout=layout, bit_rate=BIT_RATES[layout])


def encode_window(
    media: InputContainer, source, track: av.AudioStream, window: Window, anchor: Anchor | None, tick: Tick
) -> tuple[list[av.Packet], Anchor | None]:
    """The packets of the window, and the anchor for the window after it."""
    first, end = _raster(window.start), _raster(window.end)
    origin = max(first - EARLIER_PACKETS, 0) * PACKET_SAMPLES
    samples = np.zeros((track.layout.nb_channels, (end + 1) * PACKET_SAMPLES - origin), np.float32)
    seek(media, Fraction(origin, RATE) - DECODER_START)
    next_anchor = None
    for time, place, block in _laid(_blocks(media, source, track.layout.name, tick), anchor):
        if place >= origin + samples.shape[1]:
            break
        _put(samples, place - origin, block)
        if next_anchor is None and place + block.shape[1] > (end - EARLIER_PACKETS) * PACKET_SAMPLES:
            next_anchor = [time, place]
    wanted = range(first * PACKET_SAMPLES, end * PACKET_SAMPLES)
    return [packet for packet in _encoded(track, samples, origin) if packet.pts in wanted], next_anchor


def _raster(moment: Fraction) -> int:
    return round(moment * RATE / PACKET_SAMPLES)


def _blocks(media: InputContainer, source, layout: str, tick: Tick) -> Iterator[tuple[int, np.ndarray]]:
    """(time in samples, samples of shape (channels, n)) of what is heard, from where the file stands."""
    resampler = av.AudioResampler("fltp", layout, RATE)
    for frame in decoded(media, source):
        tick(moment_of(frame))
        for block in resampler.resample(frame):
            if block.pts is not None:
                yield round(moment_of(block) * RATE), block.to_ndarray()


def _laid(blocks: Iterator[tuple[int, np.ndarray]], anchor: Anchor | None) -> Iterator[tuple[int, int, np.ndarray]]:
    """(time, place, samples): each block where the one before ended, or where its time says if that is far off."""
    expected = None
    for time, block in blocks:
        if anchor and time < anchor[0]:
            continue
        if anchor and time == anchor[0]:
            expected = anchor[1]
        place = expected if expected is not None and abs(time - expected) <= JITTER_SAMPLES else time
        yield time, place, block
        expected = place + block.shape[1]


def _put(samples: np.ndarray, place: int, block: np.ndarray) -> None:
    """Lay a block at `place`, which may lie before the front; what sticks out is left out."""
    start, end = max(place, 0), min(place + block.shape[1], samples.shape[1])
    if end > start:
        samples[:, start:end] = block[:, start - place : end - place]


def _encoded(track: av.AudioStream, samples: np.ndarray, origin: int) -> Iterator[av.Packet]:
    for start in range(0, samples.shape[1], PACKET_SAMPLES):
        block = np.ascontiguousarray(samples[:, start : start + PACKET_SAMPLES])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=track.layout.name)
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), origin + start
        yield from track.encode(frame)
    yield from track.encode(None)
