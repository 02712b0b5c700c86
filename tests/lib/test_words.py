"""Numbers and codes as people read them."""

import pytest

from cam2bytes.lib import words


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, ""),
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (164_300, "164 kB"),
        (999_600, "1.0 MB"),
        (13_400_000, "13 MB"),
        (1_340_000_000, "1.3 GB"),
        (38_200_000_000, "38.2 GB"),
        (412_000_000_000, "412 GB"),
        (7 * 10**15, "7.0 PB"),
    ],
)
def test_bytes_are_shown_as_sizes(count, text):
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(None, ""), (0, "0:00"), (59_999, "0:59"), (761_000, "12:41"), (3_723_000, "1:02:03")]
)
def test_places_in_time_are_shown_as_a_player_does(ms, text):
    assert words.clock(ms) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0.0 s"),
        (3_400, "3.4 s"),
        (43_000, "43 s"),
        (60_000, "1 min"),
        (761_000, "12 min 41 s"),
        (3_723_000, "1 h 2 min"),
    ],
)
def test_lengths_of_time_are_told_in_words(ms, text):
    assert words.span(ms) == text


@pytest.mark.parametrize(
    ("fps", "text"),
    [
        (None, ""),
        (2, "2 per second"),
        (1.987, "1.99 per second"),
        (0.5, "every 2 s"),
        (0.1, "every 10 s"),
        (1 / 60, "every minute"),
    ],
)
def test_rates_are_told_in_words(fps, text):
    assert words.rate(fps) == text


def test_big_numbers_are_grouped_by_a_space_that_does_not_break():
    assert words.grouped(2618) == "2\u202f618"


def test_types_and_codecs_have_the_names_people_know():
    assert words.type_name("video/webm;codecs=vp8,opus") == "WebM"
    assert words.type_name("application/x-unheard-of") == "application/x-unheard-of"
    assert words.codec_name("h264") == "H.264"


@pytest.mark.parametrize(
    ("name", "text"),
    [("Mira Okafor", "MO"), ("mira", "M"), ("desk.07", "D0"), ("ana maria de la cruz", "AC"), ("!", "?")],
)
def test_an_account_has_one_or_two_initials(name, text):
    assert words.initials(name) == text


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Feeder, east side", "Feeder, east side"),
        ("../../etc/passwd", "etc passwd"),
        ('a<b>:"c"|d?*', "a b c d"),
        ("Vögel im März", "Vögel im März"),
        ("line\nbreak\x00", "line break"),
        ("...", "frames"),
        ("nul", "_nul"),
        ("Com1.front door", "_Com1.front door"),
        ("console", "console"),
        ("x" * 300, "x" * 80),
    ],
)
def test_file_names_are_readable_and_safe_on_every_common_file_system(name, stem):
    assert words.file_stem(name, "frames") == stem
