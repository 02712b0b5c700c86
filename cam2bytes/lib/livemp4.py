"""Fragmented MP4 that still grows (Safari, and Chromium where it is asked to): out it goes as fragmented MP4 with
the header that came, the samples as they came, in fragments that are put together anew.

Why anew: in Chromium's own fragments a track's last sample does not last until the next fragment begins. Its own
Media Source Extensions take that for a break, and leave out every picture up to the next key frame: of 220
pictures 34 were shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cam2bytes.lib.avc import ParameterSets
from cam2bytes.lib.containers import CONTAINERS
from cam2bytes.lib.fragment_samples import BadFragment, FragmentTrack, header_tracks, read_fragments
from cam2bytes.lib.fragments import LAST_MS, Sample, fragment
from cam2bytes.lib.livereading import LOST, LiveStream, Step
from cam2bytes.lib.samplecodecs import codec_of


@dataclass(frozen=True)
class Mp4Stream(LiveStream):
    """Its frames are (number of the track, sample)."""

    container = CONTAINERS["mp4"]
    header: bytes
    tracks: dict[int, FragmentTrack]

    @property
    def has_video(self) -> bool:
        return any(track.kind == "video" for track in self.tracks.values())

    def content_type(self, sets: ParameterSets | None) -> str:
        codecs = ", ".join(codec_of(track.entry) for track in self.tracks.values())
        return f'{"video" if self.has_video else "audio"}/mp4; codecs="{codecs}"'

    def _steps(self, data: bytes, clock: int | None) -> Iterator[Step]:
        """Every fragment says its own time: a clock of 0 says no more than that reading goes on here."""
        for samples, end in read_fragments(data, self.tracks):
            yield LOST if end is None else Step(samples, end, 0)

    def times_ms(self, frames: list[tuple[int, Sample]]) -> list[int]:
        return [round(sample.ticks * 1000 / self.tracks[track].ticks_per_second) for track, sample in frames]

    def is_key(self, frame: tuple[int, Sample]) -> bool:
        track, sample = frame
        return sample.is_key and (not self.has_video or self.tracks[track].kind == "video")

    def init(self, sets: ParameterSets | None) -> bytes:
        return self.header

    def piece(self, number: int, frames: list[tuple[int, Sample]]) -> bytes:
        if not frames:
            return b""
        samples = {track: [sample for of, sample in frames if of == track] for track in self.tracks}
        last = {of: LAST_MS[track.kind] * track.ticks_per_second // 1000 for of, track in self.tracks.items()}
        return fragment(number, samples, last)


def mp4_stream(header: bytes) -> Mp4Stream | None:
    """The stream that begins with this header; None where it cannot be watched while it grows: other codecs, or
    bytes that cannot be read."""
    try:
        tracks = {track.number: track for track in header_tracks(header) if track.kind}
    except BadFragment:
        return None
    if not tracks or not all(codec_of(track.entry) and track.ticks_per_second for track in tracks.values()):
        return None
    return Mp4Stream(header, tracks)
