"""WebM and Matroska that still grow: H.264, VP9 and AV1 go out as fragmented MP4, VP8 and sound alone as WebM, in
Clusters of known size around the very bytes that came.

Why not WebM where it could be: no browser here takes H.264 from Matroska; and Firefox, given WebM in pieces, leaves
out pictures behind the end of each up to the next key frame. MP4 has no VP8.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from cam2bytes.lib import avc, matroska
from cam2bytes.lib.avc import ParameterSets
from cam2bytes.lib.containers import CONTAINERS
from cam2bytes.lib.fragments import LAST_MS, OPUS_HEAD, Sample, fragment, init_segment
from cam2bytes.lib.livereading import LOST, LiveStream, Step
from cam2bytes.lib.matroska_blocks import Block, Cluster, Track, header_facts, read_blocks

H264 = "V_MPEG4/ISO/AVC"
CODECS = {"V_VP8": "vp8", "V_VP9": "vp09.00.10.08", "V_AV1": "av01.0.08M.08", "A_OPUS": "opus"}
AS_MP4 = (H264, "V_VP9", "V_AV1")
DURATION_OF_NOTHING = bytes.fromhex("448988") + bytes(8)
VOID_INSTEAD = bytes.fromhex("ec89") + bytes(9)
SECOND = 1_000_000_000


@dataclass(frozen=True)
class MatroskaStream(LiveStream):
    """Its frames are (time of their Cluster in ticks, block)."""

    container = CONTAINERS["webm"]
    header: bytes
    tracks: tuple[Track, ...]
    tick_ns: int

    @cached_property
    def video(self) -> Track | None:
        return next((track for track in self.tracks if track.kind == "video"), None)

    @property
    def needs_sets(self) -> bool:
        return self.video is not None and self.video.codec == H264

    @property
    def is_mp4(self) -> bool:
        """Does it go out as MP4?"""
        return self.video is not None and self.video.codec in AS_MP4

    def content_type(self, sets: ParameterSets | None) -> str:
        kind = f"{'video' if self.video else 'audio'}/{'mp4' if self.is_mp4 else 'webm'}"
        codecs = [sets.codec if track.codec == H264 else CODECS[track.codec] for track in self.tracks]
        return f'{kind}; codecs="{", ".join(codecs)}"'

    # Reading ---------------------------------------------------------------------------------

    def _steps(self, data: bytes, clock: int | None) -> Iterator[Step]:
        played = {track.number for track in self.tracks}
        for found, end in read_blocks(data, clock):
            if end is None:
                yield LOST
            elif isinstance(found, Cluster):
                clock = found.ticks
                yield Step([], end, clock)
            else:
                is_played = found is not None and found.track in played
                yield Step([(found.ticks - found.offset, found)] if is_played else [], end, clock)

    def times_ms(self, frames: list[tuple[int, Block]]) -> list[int]:
        return [round(block.ticks * self.tick_ns / 1_000_000) for _, block in frames]

    def is_key(self, frame: tuple[int, Block]) -> bool:
        _, block = frame
        return block.is_key and (self.video is None or block.track == self.video.number)

    def parameter_sets(self, frames: list[tuple[int, Block]]) -> ParameterSets | None:
        if not self.needs_sets:
            return None
        if self.video.private:
            return avc.parameter_sets_of(self.video.private)
        keys = [block for _, block in filter(self.is_key, frames)]
        found = (avc.parameter_sets_in(avc.units_of(block.payload)) for block in reversed(keys))
        return next(filter(None, found), None)

    # Handing on ------------------------------------------------------------------------------

    def init(self, sets: ParameterSets | None) -> bytes:
        if self.is_mp4:
            return init_segment(list(self.tracks), sets, SECOND // self.tick_ns)
        # Firefox writes a duration of 0 into its header, and would play nothing beyond it.
        return self.header.replace(DURATION_OF_NOTHING, VOID_INSTEAD, 1)

    def piece(self, number: int, frames: list[tuple[int, Block]]) -> bytes:
        if not frames:
            return b""
        return self._fragment(number, frames) if self.is_mp4 else b"".join(_clusters(frames))

    def _fragment(self, number: int, frames: list[tuple[int, Block]]) -> bytes:
        samples: dict[int, list[Sample]] = {track.number: [] for track in self.tracks}
        for _, block in frames:
            if not block.is_laced:
                samples[block.track].append(Sample(block.ticks, block.is_key, self._sample_bytes(block)))
        last = {track.number: LAST_MS[track.kind] * 1_000_000 // self.tick_ns for track in self.tracks}
        return fragment(number, samples, last)

    def _sample_bytes(self, block: Block) -> bytes:
        if self.needs_sets and block.track == self.video.number and avc.is_byte_stream(block.payload):
            return avc.with_lengths(avc.units_of(block.payload))
        return block.payload


def matroska_stream(header: bytes) -> MatroskaStream | None:
    """The stream that begins with this header; None where it cannot be watched while it grows: other codecs, or
    bytes that cannot be read."""
    tracks, tick_ns = header_facts(header)
    firsts: dict[str, Track] = {}
    for track in tracks:
        if track.kind:
            firsts.setdefault(track.kind, track)
    played = tuple(firsts.values())
    known = all(track.codec in CODECS or track.codec == H264 for track in played)
    has_heads = all(track.private.startswith(OPUS_HEAD) for track in played if track.codec == "A_OPUS")
    if not (played and known and has_heads and 0 < tick_ns <= SECOND):
        return None
    return MatroskaStream(header, played, tick_ns)


def _clusters(frames: list[tuple[int, Block]]) -> Iterator[bytes]:
    for ticks, group in groupby(frames, key=lambda frame: frame[0]):
        body = b"\xe7\x88" + ticks.to_bytes(8) + b"".join(block.raw for _, block in group)
        yield matroska.CLUSTER + (len(body) | 1 << 56).to_bytes(8) + body
