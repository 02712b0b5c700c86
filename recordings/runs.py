"""The chunks of a recording as runs of numbers: held together, or missing together."""

from dataclasses import dataclass

from recordings.models import Recording


@dataclass
class Run:
    """Numbers `first` to `last`, all held (with their bytes) or all missing."""

    first: int
    last: int
    size_bytes: int = 0
    is_hole: bool = False

    @property
    def count(self):
        return self.last - self.first + 1


def runs_of(recording: Recording):
    """Runs in order of their numbers, up to the recording's count or its highest chunk."""
    runs, expected = [], 0
    for number, size_bytes in recording.chunks.order_by("number").values_list("number", "size_bytes").iterator():
        if number > expected:
            runs.append(Run(expected, number - 1, is_hole=True))
        if runs and not runs[-1].is_hole and runs[-1].last == number - 1:
            runs[-1].last = number
            runs[-1].size_bytes += size_bytes
        else:
            runs.append(Run(number, number, size_bytes))
        expected = number + 1
    if recording.chunk_count is not None and recording.chunk_count > expected:
        runs.append(Run(expected, recording.chunk_count - 1, is_hole=True))
    return runs
