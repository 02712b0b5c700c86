"""What every kind of live stream has in common: how the bytes that came are read, and what is asked of them.

A *live piece* holds the frames that came to their end within one chunk. What a frame is, only the stream itself
knows; nothing is decoded or encoded.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from cam2bytes.lib.avc import ParameterSets
from cam2bytes.lib.containers import Container


class Step(NamedTuple):
    """The frames of the next element.

    end    the byte behind it; None: no element begins here, look for the next place where reading can begin
    clock  the time that what follows is counted from
    """

    frames: list
    end: int | None
    clock: int | None


LOST = Step([], None, None)
LATEST_MS = 100 * 24 * 3600 * 1000
LATEST_CLOCK = 2**62
"""Later times are damage, or a lie."""


@dataclass(frozen=True)
class Reading:
    """What was found in a stretch of bytes.

    frames         in order, of the tracks that are played
    pending_bytes  so many bytes at its end belong to an element that is not whole yet
    clock          the time that what follows is counted from, in the stream's own units; None: reading goes on at
                   the next place where it can begin
    """

    frames: list
    pending_bytes: int
    clock: int | None


class LiveStream(ABC):
    """How one recording's stream is read and handed on; made by `livestream.live_stream`."""

    container: ClassVar[Container]
    needs_sets: ClassVar[bool] = False
    """Is nothing to be shown before the first parameter sets came with a key frame?"""

    @abstractmethod
    def _steps(self, data: bytes, clock: int | None) -> Iterator[Step]:
        """The elements that are whole in `data`, one after another; ends with `LOST` where there is none."""

    @abstractmethod
    def times_ms(self, frames: list) -> list[int]:
        """When these frames are shown, in their order."""

    @abstractmethod
    def is_key(self, frame) -> bool:
        """May playing begin here? With a picture track, at its key frames; else at any sound."""

    @abstractmethod
    def content_type(self, sets: ParameterSets | None) -> str:
        """For `addSourceBuffer`: 'video/mp4; codecs="avc1.42001f, opus"'."""

    @abstractmethod
    def init(self, sets: ParameterSets | None) -> bytes:
        """What a player is given before the first piece, and again when the parameter sets are others."""

    @abstractmethod
    def piece(self, number: int, frames: list) -> bytes:
        """The frames, ready to be appended; b"" for none."""

    def parameter_sets(self, frames: list) -> ParameterSets | None:
        """The last ones among these frames, or the header's; None where they are not needed to begin."""
        return None

    def read(self, data: bytes, clock: int | None) -> Reading:
        """Everything that is whole in `data`, which begins at an element.

        What cannot be read is left out up to the next place where reading can begin.
        """
        frames, start, is_lost = [], 0, True
        while is_lost and start is not None:
            position, is_lost = start, False
            for found, end, after in self._steps(data[start:], clock):
                if is_lost := end is None:
                    break
                position, clock = start + end, None if after is None or after > LATEST_CLOCK else after
                frames += self._believable(found)
            if is_lost:
                entry = self.container.find_entry(data[position + 1 :], at_hole=False)
                start, clock = entry and position + 1 + entry[0], None
        pending_bytes = len(data) - position
        return Reading(frames, min(pending_bytes, self.container.entry_tail) if is_lost else pending_bytes, clock)

    def _believable(self, frames: list) -> list:
        """Those whose time a recording can reach."""
        return [frame for frame, ms in zip(frames, self.times_ms(frames), strict=True) if ms < LATEST_MS]

    def entry_in(self, data: bytes, *, at_hole: bool = False) -> bytes:
        """`data` from the first place where reading can begin, b"" where there is none."""
        found = self.container.find_entry(data, at_hole=at_hole)
        return found[1] + data[found[0] :] if found else b""

    def key_ms(self, frames: list) -> int | None:
        """When the first key frame among these is shown."""
        return next((self.times_ms([frame])[0] for frame in frames if self.is_key(frame)), None)
