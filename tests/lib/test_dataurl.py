"""Data URLs as browsers write them, and as nobody should."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam2bytes.lib.dataurl import parse_data_url
from cam2bytes.lib.problems import Problem

HEADS = (  # as Chromium and Firefox wrote them
    "image/png",
    "video/webm;codecs=vp8",
    "video/webm;codecs=vp8,opus",
    "video/webm;codecs=vp9,opus",
    "video/x-matroska;codecs=avc1.42001f,opus",
    "video/mp4;codecs=avc1.42001f,opus",
    "video/webm; codecs=vp8",
    'video/webm; codecs="vp8, opus"',
)


@pytest.mark.parametrize("head", HEADS)
def test_the_type_may_hold_commas_and_quotes(head):
    found = parse_data_url(f"data:{head};base64,AAEC")
    assert (found.content_type, found.data) == (head, b"\x00\x01\x02")
    assert found.main_type == head.partition("/")[0]


@given(st.sampled_from(HEADS), st.binary(max_size=200))
def test_any_bytes_come_back(head, data):
    assert parse_data_url(f"data:{head};base64,{base64.b64encode(data).decode()}").data == data


@pytest.mark.parametrize("text", ["data:,", "data:;base64,", "data:image/png;base64,", "DATA:,"])
def test_empty(text):
    assert parse_data_url(text).data == b""


@pytest.mark.parametrize("value", [
    None, 5, [], {}, True, "", "data", "data:", "image/png;base64,AAAA", "data:image/png", "data:image/png,%FF",
    "data:,x", "data:im\x00age/png;base64,AAAA", "data:im\u00e4ge/png;base64,AAAA", "data:\ud800;base64,AAAA",
    "data:" + "x" * 400 + ";base64,AAAA",
])  # fmt: skip
def test_what_is_no_data_url_is_a_problem(value):
    with pytest.raises(Problem) as refused:
        parse_data_url(value)
    assert refused.value.status == 422


@pytest.mark.parametrize("text", [
    "A", "AAA", "AA=A", "AAAA=", "=", "====", "AAAA====", "@@@AAAA!!!", "AA\nAA", " AAAA", "AA-_", "AAAA data",
    "\u0661\u0661\u0661\u0661", "\ud800\ud800\ud800\ud800", "%41%41%41%41",
])  # fmt: skip
def test_base64_is_strict(text):
    with pytest.raises(Problem) as refused:
        parse_data_url(f"data:image/png;base64,{text}")
    assert refused.value.status == 422


@given(st.text())
def test_no_text_does_worse_than_a_problem(text):
    for candidate in (text, f"data:{text}", f"data:image/png;base64,{text}", f"data:{text};base64,AAAA"):
        try:
            parse_data_url(candidate)
        except Problem as refused:
            assert refused.status == 422
