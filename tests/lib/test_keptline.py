"""The kept line in percent: what is solid, where the dashes are."""

from cam2bytes.lib.keptline import SHORTEST_GAP, kept_line


def gap(start_ms, duration_ms):
    return {"from": 0, "to": 0, "start_ms": start_ms, "duration_ms": duration_ms}


def test_a_whole_recording_is_one_solid_line():
    line = kept_line(10_000, [], "Kept to 0:10")
    assert (line.kept, line.gaps) == (((0.0, 100.0),), ())


def test_nothing_yet_is_all_dashes():
    line = kept_line(0, [], "Nothing yet")
    assert (line.kept, line.gaps) == ((), ((0.0, 100.0),))


def test_a_gap_lies_where_it_was_and_is_as_long():
    line = kept_line(10_000, [gap(2_000, 3_000)], "")
    assert line.kept == ((0.0, 20.0), (50.0, 50.0))
    assert line.gaps == ((20.0, 30.0),)


def test_a_short_gap_is_still_seen():
    line = kept_line(1_000_000, [gap(500_000, 40)], "")
    assert line.gaps == ((50.0, SHORTEST_GAP),)


def test_a_gap_at_the_very_end_stays_on_the_line():
    line = kept_line(10_000, [gap(10_000, 2_000)], "")
    assert line.gaps == ((100 - SHORTEST_GAP, SHORTEST_GAP),)


def test_gaps_that_touch_do_not_lie_on_each_other():
    line = kept_line(1_000_000, [gap(500_500, 10), gap(500_000, 10)], "")
    (first, width), (second, _) = line.gaps
    assert second >= first + width
    assert all(start + width <= 100.01 for start, width in [*line.kept, *line.gaps])
