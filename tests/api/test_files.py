"""Images and pictures over HTTP: HEAD, ranges, ETags, names, types. The video's are in recordings/test_playback."""

import pytest

from tests.api.untouched import assert_problem
from tests.makers import image, put_frame, start_capture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def frame(alices) -> str:
    """The address of a frame that is ready."""
    capture = start_capture(alices, name="Desk 7: morning/evening")
    put_frame(alices, capture, 12, image())
    return f"/api/v1/captures/{capture}/frames/12"


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_an_image_comes_as_it_was_sent(alices, frame):
    answer = alices.get(f"{frame}/image")
    assert (answer.status_code, body_of(answer)) == (200, image())
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Length"] == str(len(image()))
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-cache"
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("what", ["image", "thumbnail"])
def test_head_says_the_same_without_the_bytes(alices, frame, what):
    whole, head = alices.get(f"{frame}/{what}"), alices.head(f"{frame}/{what}")
    assert head.status_code == 200 and body_of(head) == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Accept-Ranges"):
        assert head[name] == whole[name]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=10-19", 206, slice(10, 20)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-10", 206, slice(-10, None)),
        ("bytes=0-999999999", 206, slice(None)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=5-1", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        (f"bytes=0-{'9' * 5000}", 206, slice(None)),
    ],
)
def test_ranges(alices, frame, asked, status, part):
    answer = alices.get(f"{frame}/image", headers={"Range": asked})
    assert (answer.status_code, body_of(answer)) == (status, image()[part])


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_a_range_without_any_byte_is_416(alices, frame, asked):
    answer = alices.get(f"{frame}/image", headers={"Range": asked})
    assert_problem(answer, 416, "unsatisfiable-range")
    assert answer["Content-Range"] == f"bytes */{len(image())}"


def test_what_the_browser_has_is_not_sent_again(alices, frame):
    etag = alices.head(f"{frame}/image")["ETag"]
    assert alices.get(f"{frame}/image", headers={"If-None-Match": etag}).status_code == 304
    assert alices.get(f"{frame}/image", headers={"If-None-Match": '"other"'}).status_code == 200
    continued = {"Range": "bytes=5-9", "If-Range": etag}
    assert alices.get(f"{frame}/image", headers=continued).status_code == 206
    assert alices.get(f"{frame}/image", headers=continued | {"If-Range": '"other"'}).status_code == 200


def test_a_download_has_a_readable_safe_name(alices, frame):
    disposition = alices.get(f"{frame}/image?download=1")["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert ".jpg" in disposition and "Desk 7" in disposition and "/" not in disposition
    assert alices.get(f"{frame}/image")["Content-Disposition"].startswith("inline")


def test_a_frame_that_was_rejected_has_no_picture(alices):
    capture = start_capture(alices)
    put_frame(alices, capture, 0, image("red", (200, 200))[:-60])
    frame = f"/api/v1/captures/{capture}/frames/0"
    assert alices.get(frame).json()["status"] == "rejected"
    for what in ("image", "thumbnail"):
        assert_problem(alices.get(f"{frame}/{what}"), 404, "not-found")
