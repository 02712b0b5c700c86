"""Ranges as RFC 9110 has them: the bytes that come are always the slice that was asked for."""

import io

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from cam2bytes.lib.ranges import opener_of_parts, serve_bytes

DATA = bytes(range(256)) * 4
SIZE = len(DATA)


def ask(range_header=None, *, data=DATA, method="get", open_at=None, filename="a video.webm", attach=False, **headers):
    if range_header is not None:
        headers["Range"] = range_header
    request = getattr(RequestFactory(), method)("/x", headers=headers)
    return serve_bytes(
        request,
        open_at=open_at or (lambda offset: io.BytesIO(data[offset:])),
        size_bytes=len(data),
        content_type="video/webm",
        filename=filename,
        etag="one",
        as_attachment=attach,
    )


def body_of(answer) -> bytes:
    body = answer.getvalue() if answer.streaming else answer.content
    let_go(answer)
    return body


def let_go(answer) -> None:
    """What the server does at the end, without the signal that closes database connections."""
    for close in answer._resource_closers:
        close()


def test_without_a_range_everything_comes():
    answer = ask()

    assert answer.status_code == 200
    assert body_of(answer) == DATA
    assert answer["Content-Length"] == str(SIZE)
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Type"] == "video/webm"
    assert "Content-Range" not in answer


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=5-9", 5, 9),
        ("bytes=1000-99999", 1000, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        ("bytes=-100", SIZE - 100, SIZE - 1),
        ("bytes=-99999", 0, SIZE - 1),
        ("BYTES = 3 - 4".replace(" = ", "= "), 3, 4),
        (" bytes=5-9 ", 5, 9),
        ("bytes=0005-0009", 5, 9),
        ("bytes=0-" + "9" * 5000, 0, SIZE - 1),
    ],
)
def test_one_range_is_answered_206(asked, first, last):
    answer = ask(asked)

    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer["Content-Length"] == str(last - first + 1)
    assert body_of(answer) == DATA[first : last + 1]


@pytest.mark.parametrize(
    "asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", "bytes=" + "9" * 5000 + "-"]
)
def test_a_range_without_any_byte_is_416(asked):
    answer = ask(asked)

    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{SIZE}"
    assert b"unsatisfiable-range" in answer.content
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "bytes=0-1, -1", "bytes=9-5", "bytes=-", "bytes=", "bytes", "", "items=0-1", "bytes=a-b",
     "bytes=0x1-2", "bytes=1-2-3", "bytes=-1-2", "bytes=+1-2", "bytes=\u0661-\u0662", "\x00"],
)  # fmt: skip
def test_several_ranges_and_unreadable_ones_get_everything(asked):
    answer = ask(asked)

    assert answer.status_code == 200
    assert body_of(answer) == DATA


@given(st.integers(0, 300), st.none() | st.integers(0, 400), st.none() | st.integers(0, 400))
def test_the_bytes_are_the_slice(size, first, last):
    data = DATA[:size]
    answer = ask(f"bytes={'' if first is None else first}-{'' if last is None else last}", data=data)
    if answer.status_code == 206:
        start, stop = (int(n) for n in answer["Content-Range"].removeprefix("bytes ").partition("/")[0].split("-"))
        expected = data[max(0, size - last) :] if first is None else data[first : None if last is None else last + 1]
        assert body_of(answer) == expected == data[start : stop + 1]
        assert expected
    elif answer.status_code == 416:
        assert (first is not None and first >= size) or (first is None and last == 0)
    else:
        assert body_of(answer) == data


@given(st.text(max_size=40).filter(lambda text: "\n" not in text and "\r" not in text))
def test_no_range_header_at_all_breaks_it(text):
    assert ask("bytes=" + text).status_code in (200, 206, 416)


def test_head_says_the_same_without_a_body_and_looks_at_no_range():
    def open_at(offset):
        raise AssertionError("HEAD opens nothing")

    answer = ask("bytes=0-1", method="head", open_at=open_at)

    assert answer.status_code == 200
    assert answer["Content-Length"] == str(SIZE)
    assert answer["Accept-Ranges"] == "bytes"
    assert answer.content == b""


def test_nothing_at_all_can_be_served():
    assert body_of(ask(data=b"")) == b""
    assert ask("bytes=0-", data=b"").status_code == 416
    assert ask("bytes=-5", data=b"").status_code == 200


@pytest.mark.parametrize("known", ['"one"', 'W/"one"', '"zero", "one"', "*"])
def test_what_the_browser_has_is_not_sent_again(known):
    answer = ask(**{"If-None-Match": known})

    assert answer.status_code == 304
    assert answer["ETag"] == '"one"'
    assert answer.content == b""


@pytest.mark.parametrize("known", ['"two"', "one", "", 'W/"two"'])
def test_what_it_has_otherwise_is_sent(known):
    assert ask(**{"If-None-Match": known}).status_code == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [('"one"', 206), ('"two"', 200), ('W/"one"', 200), ("Wed, 21 Oct 2026 07:28:00 GMT", 200), ("", 200)],
)
def test_a_range_goes_on_only_with_the_same_bytes(condition, status):
    assert ask("bytes=0-1", **{"If-Range": condition}).status_code == status


def test_what_is_served_cannot_act_as_a_page_and_is_kept_by_nobody_else():
    for answer in (ask(), ask("bytes=0-1"), ask(method="head"), ask(**{"If-None-Match": '"one"'})):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox allow-same-origin; default-src 'none';")
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Interview 3.mp4", 'attachment; filename="Interview 3.mp4"'),
        ("Gespräch 3.mp4", "attachment; filename*=utf-8''Gespr%C3%A4ch%203.mp4"),
        ('a"b.mp4', 'attachment; filename="a\\"b.mp4"'),
        ("../../etc/passwd", 'attachment; filename="..-..-etc-passwd"'),
        ("a\r\nSet-Cookie: x.mp4", 'attachment; filename="a Set-Cookie: x.mp4"'),
    ],
)
def test_a_name_can_be_read_by_people_and_harms_no_header(name, header):
    assert ask(attach=True, filename=name)["Content-Disposition"] == header


def test_inline_is_for_showing():
    assert ask()["Content-Disposition"].startswith("inline")


def test_an_object_that_is_too_short_breaks_off_instead_of_ending_early():
    answer = ask(open_at=lambda offset: io.BytesIO(DATA[:-1]))

    with pytest.raises(OSError, match="shorter"):
        body_of(answer)


def test_the_reader_is_closed_in_the_end_and_when_nobody_listens():
    for read_it in (True, False):
        reader = io.BytesIO(DATA)
        answer = ask(open_at=lambda offset, reader=reader: reader)
        if read_it:
            list(answer.streaming_content)
        let_go(answer)
        assert reader.closed


# Parts ---------------------------------------------------------------------------------------------


class Part(io.BytesIO):
    open_count = 0

    def __init__(self, data):
        super().__init__(data)
        Part.open_count += 1

    def close(self):
        if not self.closed:
            Part.open_count -= 1
        super().close()


@given(
    st.lists(st.binary(max_size=9), max_size=8),
    st.integers(0, 80),
    st.none() | st.integers(0, 80),
)
def test_parts_read_like_one_file(parts, first, last):
    Part.open_count = 0
    joined = b"".join(parts)
    named = {str(number): data for number, data in enumerate(parts)}
    open_at = opener_of_parts([(key, len(data)) for key, data in named.items()], lambda key: Part(named[key]))

    answer = ask(f"bytes={first}-{'' if last is None else last}", data=joined, open_at=open_at)

    if answer.status_code == 206:
        assert body_of(answer) == joined[first : None if last is None else last + 1]
    elif answer.status_code == 200:
        assert body_of(answer) == joined
    assert Part.open_count == 0


def test_one_part_is_open_at_a_time():
    opened = []

    def open_part(key):
        opened.append(io.BytesIO(bytes(100)))
        return opened[-1]

    reader = opener_of_parts([(str(n), 100) for n in range(10)], open_part)(250)

    while reader.read(30):
        assert [part.closed for part in opened] == [True] * (len(opened) - 1) + [False]
    assert len(opened) == 8
    assert opened[-1].closed
