"""How steadily the pictures of a recording came, told picture by picture while it is woven.

What it cannot tell: a camera that gives fewer pictures in the dark, by its own choice, looks like one whose pictures
were lost. So `expected_frames` says how many there were if it had kept to its usual step, not how many are missing.
"""

from fractions import Fraction

COUNTED = 2000
"""Milliseconds: steps below are counted by their length, longer ones together."""
ORDINARY = (0.5, 1.5)
"""Times the median: such a step is taken for one picture's."""


class Rhythm:
    """The steps between the pictures of one track, in whole units of `time_base` seconds.

    Pictures are told in the order in which they are decoded, each later than the one before. A gap is no step:
    `interrupt` begins anew behind it; a pause is none either, because MediaRecorder takes it out of the times.
    """

    def __init__(self, time_base: Fraction):
        self._time_base = time_base
        self._unit = max(1, int(1 / (1000 * time_base)))  # about a millisecond
        self._steps = [0] * COUNTED
        self._counted = COUNTED * self._unit
        self._beyond = self._beyond_count = 0
        self._longest = self._longest_at = 0
        self._last: int | None = None

    def interrupt(self) -> None:
        self._last = None

    def add(self, time: int) -> None:
        """A picture at that time. It runs for every picture, so it does little."""
        last, self._last = self._last, time
        if last is None:
            return
        step = time - last
        if step > self._longest:
            self._longest, self._longest_at = step, last
        if step < self._counted:
            self._steps[step // self._unit] += 1
        else:
            self._beyond += step
            self._beyond_count += 1

    def facts(self, frame_count: int) -> dict:
        """{expected_frames, usual_step_ms, longest_step_ms, longest_step_at_ms}; what fewer than two pictures in a row
        cannot tell is None.

        expected_frames   those there are, and those that would have fitted into steps of more than one and a half
                          usual ones. The usual step is the mean of those near the median
        """
        steps = [(self._ms(index * self._unit + self._unit // 2), count) for index, count in enumerate(self._steps)]
        steps = [(ms, count) for ms, count in steps[1:] if count]  # two pictures at one moment are no step
        usual = _usual(steps) or self._ms(self._longest)
        if not usual:
            nothing = dict.fromkeys(("usual_step_ms", "longest_step_ms", "longest_step_at_ms"))
            return {"expected_frames": frame_count, **nothing}
        lacking = sum(count * (round(ms / usual) - 1) for ms, count in steps if ms > ORDINARY[1] * usual)
        lacking += round(self._ms(self._beyond) / usual) - self._beyond_count
        return {
            "expected_frames": frame_count + lacking,
            "usual_step_ms": round(usual, 1),
            "longest_step_ms": round(self._ms(self._longest)),
            "longest_step_at_ms": round(self._ms(self._longest_at)),
        }

    def _ms(self, ticks: int) -> float:
        return float(1000 * ticks * self._time_base)


def _usual(steps: list[tuple[float, int]]) -> float | None:
    """The mean of the steps [(ms, how often)], in order, that are near their median."""
    half, passed, median = sum(count for _, count in steps) / 2, 0, None
    for ms, count in steps:
        passed += count
        if passed >= half:
            median = ms
            break
    if median is None:
        return None
    low, high = (share * median for share in ORDINARY)
    near = [(ms, count) for ms, count in steps if low <= ms <= high]
    return sum(ms * count for ms, count in near) / sum(count for _, count in near)


def drift_ms(picture, sound) -> int:
    """How much longer the sound lasts than the picture, each from its own first moment to its own end.

    Takes the weaver's tracks. Neither end is known finer than the last picture and the last sound last: what is less
    than both together is 0.
    """
    lengths = [(track.end - track.first) * track.time_base for track in (picture, sound)]
    finest = sum(track.step * track.time_base for track in (picture, sound))
    longer = lengths[1] - lengths[0]
    return round(1000 * longer) if abs(longer) > finest else 0
