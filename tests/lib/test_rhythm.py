"""The steps between pictures, where their truth is made here."""

from fractions import Fraction

import pytest

from cam2bytes.lib.rhythm import Rhythm

MS = Fraction(1, 1000)


def facts_of(times, time_base=MS, interrupted_before=()):
    rhythm = Rhythm(time_base)
    for time in times:
        if time in interrupted_before:
            rhythm.interrupt()
        rhythm.add(time)
    return rhythm.facts(len(times))


@pytest.mark.parametrize(
    "time_base", [MS, Fraction(1, 30_000), Fraction(1, 90_000), Fraction(1, 12_800), Fraction(1, 600)]
)
def test_thirty_a_second_lack_nothing_whatever_the_time_base(time_base):
    told = facts_of([round(number / 30 / time_base) for number in range(9000)], time_base)
    assert told["expected_frames"] == 9000
    assert told["usual_step_ms"] == pytest.approx(33.3, abs=0.9)
    assert told["longest_step_ms"] in (33, 34, 35)


def test_pictures_left_out_are_expected_and_the_longest_step_is_found():
    times = [50 * number for number in range(200) if number not in (60, 61, 62, 120)]
    told = facts_of(times)
    assert told == {
        "expected_frames": 200, "usual_step_ms": 50.0, "longest_step_ms": 200, "longest_step_at_ms": 2950,
    }  # fmt: skip


def test_steps_of_many_seconds_count_too():
    told = facts_of([*range(0, 5000, 50), *range(65_000, 70_000, 50)])
    assert told["longest_step_ms"] == 60_050
    assert told["expected_frames"] == 70_000 // 50


def test_what_is_interrupted_is_no_step():
    told = facts_of([*range(0, 5000, 50), *range(65_000, 70_000, 50)], interrupted_before={65_000})
    assert (told["longest_step_ms"], told["expected_frames"]) == (50, 200)


def test_a_camera_that_slows_down_in_the_dark_is_held_against_its_usual_rate():
    told = facts_of([*range(0, 6000, 40), *range(6000, 8000, 80)])
    assert (told["usual_step_ms"], told["expected_frames"]) == (40.0, 199)


@pytest.mark.parametrize("times", [[], [40], [40, 40]])
def test_one_picture_has_no_rhythm(times):
    told = facts_of(times)
    assert told["expected_frames"] == len(times)
    assert told["usual_step_ms"] is None and told["longest_step_ms"] is None
