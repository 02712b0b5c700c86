"""A recording that still grows, as Media Source Extensions take it: an initialization segment and live pieces.

A *live piece* holds the frames that came to their end within one chunk. VP8, VP9, AV1 and Opus go out as WebM, in
Clusters of known size around the very bytes that came; H.264, which no browser takes from Matroska here, as
fragmented MP4. Nothing is decoded or encoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from cam2bytes.lib import avc, matroska
from cam2bytes.lib.avc import ParameterSets
from cam2bytes.lib.fragments import OPUS_HEAD, Sample, fragment, init_segment
from cam2bytes.lib.matroska_blocks import Block, Cluster, Track, header_facts, read_blocks

H264 = "V_MPEG4/ISO/AVC"
WEBM_CODECS = {"V_VP8": "vp8", "V_VP9": "vp09.00.10.08", "V_AV1": "av01.0.08M.08", "A_OPUS": "opus"}
USUAL_MS = {"video": 33, "audio": 20}
DURATION_OF_NOTHING = bytes.fromhex("448988") + bytes(8)
VOID_INSTEAD = bytes.fromhex("ec89") + bytes(9)
SECOND = 1_000_000_000


@dataclass(frozen=True)
class Reading:
    """What was found in a stretch of bytes.

    frames         (time of their Cluster in ticks, block), in order, of the tracks that are played
    pending_bytes  so many bytes at its end belong to an element that is not whole yet
    cluster_ticks  the time of the Cluster that goes on behind it; None: up to the next one nothing has a time
    """

    frames: list[tuple[int, Block]]
    pending_bytes: int
    cluster_ticks: int | None


@dataclass(frozen=True)
class LiveStream:
    """How one recording's stream is read and handed on; made by `live_stream`."""

    header: bytes
    tracks: tuple[Track, ...]
    tick_ns: int

    @cached_property
    def video(self) -> Track | None:
        return next((track for track in self.tracks if track.kind == "video"), None)

    @property
    def is_mp4(self) -> bool:
        return self.video is not None and self.video.codec == H264

    @property
    def media_type(self) -> str:
        return f"{'video' if self.video else 'audio'}/{'mp4' if self.is_mp4 else 'webm'}"

    def content_type(self, sets: ParameterSets | None) -> str:
        """For `addSourceBuffer`: 'video/mp4; codecs="avc1.42001f, opus"'."""
        codecs = [sets.codec if track.codec == H264 else WEBM_CODECS[track.codec] for track in self.tracks]
        return f'{self.media_type}; codecs="{", ".join(codecs)}"'

    def milliseconds(self, ticks: int) -> int:
        return round(ticks * self.tick_ns / 1_000_000)

    # Reading ---------------------------------------------------------------------------------

    def read(self, data: bytes, cluster_ticks: int | None) -> Reading:
        """Everything that is whole in `data`, which begins at an element.

        What cannot be read is left out up to the next Cluster.
        """
        played = {track.number for track in self.tracks}
        frames, start, is_lost = [], 0, True
        while is_lost and start is not None:
            position, is_lost = start, False
            for found, end in read_blocks(data[start:], cluster_ticks):
                if is_lost := end is None:
                    break
                position = start + end
                if isinstance(found, Cluster):
                    cluster_ticks = found.ticks
                elif found and found.track in played:
                    frames.append((found.ticks - found.offset, found))
            if is_lost:
                start, cluster_ticks = _next_entry(data, position + 1), None
        pending_bytes = min(len(data) - position, matroska.ENTRY_TAIL) if is_lost else len(data) - position
        return Reading(frames, pending_bytes, cluster_ticks)

    def is_key(self, block: Block) -> bool:
        """May playing begin here? With a picture track, at its key frames; else at any sound."""
        return block.is_key and (self.video is None or block.track == self.video.number)

    def parameter_sets(self, blocks: list[Block]) -> ParameterSets | None:
        """The last ones among these frames, or the header's; None for other codecs, and before the first key frame."""
        if not self.is_mp4:
            return None
        if self.video.private:
            return avc.parameter_sets_of(self.video.private)
        keys = [block for block in blocks if self.is_key(block)]
        found = (avc.parameter_sets_in(avc.units_of(block.payload)) for block in reversed(keys))
        return next(filter(None, found), None)

    # Handing on ------------------------------------------------------------------------------

    def init(self, sets: ParameterSets | None) -> bytes:
        """What a player is given before the first piece, and again when the parameter sets are others."""
        if self.is_mp4:
            return init_segment(list(self.tracks), sets, SECOND // self.tick_ns)
        # Firefox writes a duration of 0 into its header, and would play nothing beyond it.
        return self.header.replace(DURATION_OF_NOTHING, VOID_INSTEAD, 1)

    def piece(self, number: int, frames: list[tuple[int, Block]]) -> bytes:
        """The frames, ready to be appended; b"" for none."""
        if not frames:
            return b""
        return self._fragment(number, frames) if self.is_mp4 else b"".join(_clusters(frames))

    def _fragment(self, number: int, frames: list[tuple[int, Block]]) -> bytes:
        samples: dict[int, list[Sample]] = {track.number: [] for track in self.tracks}
        for _, block in frames:
            if not block.is_laced:
                samples[block.track].append(Sample(block.ticks, block.is_key, self._sample_bytes(block)))
        usual = {track.number: USUAL_MS[track.kind] * 1_000_000 // self.tick_ns for track in self.tracks}
        return fragment(number, samples, usual)

    def _sample_bytes(self, block: Block) -> bytes:
        if block.track == self.video.number and avc.is_byte_stream(block.payload):
            return avc.with_lengths(avc.units_of(block.payload))
        return block.payload


def live_stream(header: bytes) -> LiveStream | None:
    """The stream that begins with this header; None where it cannot be watched while it grows: another container
    than WebM and Matroska, other codecs, or bytes that cannot be read."""
    if not header.startswith(matroska.EBML):
        return None
    tracks, tick_ns = header_facts(header)
    firsts: dict[str, Track] = {}
    for track in tracks:
        if track.kind:
            firsts.setdefault(track.kind, track)
    played = tuple(firsts.values())
    known = all(track.codec in WEBM_CODECS or track.codec == H264 for track in played)
    has_heads = all(track.private.startswith(OPUS_HEAD) for track in played if track.codec == "A_OPUS")
    if not (played and known and has_heads and 0 < tick_ns <= SECOND):
        return None
    return LiveStream(header, played, tick_ns)


def entry_in(data: bytes, *, at_hole: bool = False) -> bytes:
    """`data` from its first Cluster on, b"" where none begins in it."""
    found = matroska.find_entry(data, at_hole=at_hole)
    return found[1] + data[found[0] :] if found else b""


def _next_entry(data: bytes, start: int) -> int | None:
    found = matroska.find_entry(data[start:], at_hole=False)
    return found and start + found[0]


def _clusters(frames: list[tuple[int, Block]]) -> Iterator[bytes]:
    for ticks, group in groupby(frames, key=lambda frame: frame[0]):
        body = b"\xe7\x88" + ticks.to_bytes(8) + b"".join(block.raw for _, block in group)
        yield matroska.CLUSTER + (len(body) | 1 << 56).to_bytes(8) + body
