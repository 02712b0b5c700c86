"""Ogg with Opus that still grows (Firefox, where only sound is recorded): no Media Source takes Ogg, so out it goes
as fragmented MP4, the packets as they came.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cam2bytes.lib.avc import ParameterSets
from cam2bytes.lib.containers import CONTAINERS
from cam2bytes.lib.fragments import LAST_MS, OPUS_HEAD, Sample, fragment, init_segment
from cam2bytes.lib.livereading import LOST, LiveStream, Step
from cam2bytes.lib.matroska_blocks import Track
from cam2bytes.lib.ogg_packets import RATE, packet_samples, read_pages


@dataclass(frozen=True)
class OggStream(LiveStream):
    """Its frames are samples, their ticks those of Opus: 48,000 a second."""

    container = CONTAINERS["ogg"]
    track: Track

    def content_type(self, sets: ParameterSets | None) -> str:
        return 'audio/mp4; codecs="opus"'

    def _steps(self, data: bytes, clock: int | None) -> Iterator[Step]:
        for page in read_pages(data):
            if page is None:
                yield LOST
                return
            if page.position == 0:  # what the sound is, and comments about it
                yield Step([], page.end, 0)
                continue
            lasting = [packet_samples(packet) for packet in page.packets]
            ticks = max(page.position - sum(lasting), 0) if clock is None else clock
            samples = []
            for packet, duration in zip(page.packets, lasting, strict=True):
                samples.append(Sample(ticks, True, packet, duration))
                ticks += duration
            clock = page.position
            yield Step(samples, page.end, clock)

    def times_ms(self, frames: list[Sample]) -> list[int]:
        return [round(sample.ticks * 1000 / RATE) for sample in frames]

    def is_key(self, frame: Sample) -> bool:
        return True

    def init(self, sets: ParameterSets | None) -> bytes:
        return init_segment([self.track], None, RATE)

    def piece(self, number: int, frames: list[Sample]) -> bytes:
        last = {self.track.number: LAST_MS["audio"] * RATE // 1000}
        return fragment(number, {self.track.number: frames}, last) if frames else b""


def ogg_stream(header: bytes) -> OggStream | None:
    """The stream that begins with this header; None where its sound is something else than Opus."""
    first = next(read_pages(header), None)
    head = first.packets[0] if first and first.packets else b""
    return OggStream(Track(1, "audio", "A_OPUS", head)) if head.startswith(OPUS_HEAD) else None
