"""Serving bytes over HTTP with ranges (RFC 9110 §13, §14), from anything that can be read from an offset.

One range is answered 206, several 200 with everything, one that holds no byte 416; a Range header that
cannot be read is ignored. HEAD never looks at ranges. The answers may be kept by the browser alone, which
asks again by ETag; what is served is somebody's upload, so it may not run as a page or be embedded elsewhere.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from cam2bytes.lib.problems import Problem, problem_response

BLOCK_BYTES = 256 * 1024
ONE_RANGE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE | re.ASCII)
MOST_DIGITS = 30
SAFETY = {
    "X-Content-Type-Options": "nosniff",
    # No script runs. With no origin at all (a bare sandbox) Chromium would not even show a video in a tab of its own.
    "Content-Security-Policy": (
        "sandbox allow-same-origin; default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


class Unsatisfiable(Exception):
    """No byte lies in the range that was asked for."""


def serve_bytes(
    request: HttpRequest,
    *,
    open_at: Callable[[int], BinaryIO],
    size_bytes: int,
    content_type: str,
    filename: str,
    etag: str,
    as_attachment: bool = False,
) -> HttpResponseBase:
    """Answer GET or HEAD for `size_bytes` bytes.

    open_at   gives a reader standing at an offset, for exactly one answer; it is closed afterwards
    filename  for the person who saves it; may hold any letters
    etag      without quotes; another one whenever the bytes are others
    """
    headers = {
        **SAFETY,
        "ETag": f'"{etag}"',
        "Accept-Ranges": "bytes",
        "Content-Disposition": content_disposition_header(as_attachment, _safe_name(filename)),
    }
    if _matches(request.headers.get("If-None-Match"), headers["ETag"]):
        return HttpResponseNotModified(headers=headers)
    try:
        wanted = _wanted_range(request, size_bytes, headers["ETag"])
    except Unsatisfiable:
        everything = {**SAFETY, "Content-Range": f"bytes */{size_bytes}", "Accept-Ranges": "bytes"}
        return problem_response(Problem("unsatisfiable-range", headers=everything))
    first, last = wanted or (0, size_bytes - 1)
    headers["Content-Length"] = str(last - first + 1)
    if wanted:
        headers["Content-Range"] = f"bytes {first}-{last}/{size_bytes}"
    if request.method == "HEAD":
        return HttpResponse(headers=headers, content_type=content_type)
    body = _Slice(open_at(first), last - first + 1)
    return StreamingHttpResponse(body, status=206 if wanted else 200, headers=headers, content_type=content_type)


def opener_of_parts(
    parts: Sequence[tuple[str, int]], open_part: Callable[[str], BinaryIO]
) -> Callable[[int], BinaryIO]:
    """An `open_at` for (key, size in bytes) parts that follow one another; `open_part(key)` opens a seekable one."""
    ends = list(accumulate(size for _, size in parts))

    def open_at(offset: int) -> BinaryIO:
        index = bisect_right(ends, offset)
        skip = offset - (ends[index - 1] if index else 0)
        return _Parts([key for key, _ in parts[index:]], skip, open_part)

    return open_at


def _wanted_range(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """(first, last) byte asked for, None for all of them; raises `Unsatisfiable`."""
    asked = ONE_RANGE.fullmatch(request.headers.get("Range", "").strip())
    if request.method != "GET" or not asked or not _if_range_holds(request, etag):
        return None
    first_digits, last_digits = asked.groups()
    if not first_digits:
        return _suffix(last_digits, size)
    first = _number(first_digits)
    last = _number(last_digits) if last_digits else first
    if last < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return first, min(last, size - 1) if last_digits else size - 1


def _suffix(digits: str, size: int) -> tuple[int, int] | None:
    if not digits:
        return None
    length = _number(digits)
    if not length:
        raise Unsatisfiable
    return (max(0, size - length), size - 1) if size else None


def _number(digits: str) -> int:
    """However long: Python refuses to read thousands of digits, and no file is that large."""
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= MOST_DIGITS else 10**MOST_DIGITS


def _if_range_holds(request: HttpRequest, etag: str) -> bool:
    """Only the very same bytes may be continued. We send no dates, so a date in If-Range never matches."""
    condition = request.headers.get("If-Range")
    return condition is None or condition.strip() == etag


def _matches(if_none_match: str | None, etag: str) -> bool:
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    return etag in (known.removeprefix("W/") for known in parse_etags(if_none_match))


def _safe_name(filename: str) -> str:
    """Without what breaks a header or means something in a path."""
    printable = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in filename)
    return " ".join(printable.replace("/", "-").replace("\\", "-").split())


class _Slice:
    """An iterator over the next `length` bytes of `reader`, which it closes."""

    def __init__(self, reader: BinaryIO, length: int):
        self._reader, self._left = reader, length

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        if not self._left:
            self.close()
            raise StopIteration
        data = self._reader.read(min(BLOCK_BYTES, self._left))
        if not data:
            # The length is already promised: break off, so that nobody takes a part for the whole.
            self.close()
            raise OSError("the object is shorter than its row says")
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._reader.close()


class _Parts:
    """A reader over parts that follow one another, one open at a time; the first is entered at `skip` bytes."""

    def __init__(self, keys: Sequence[str], skip: int, open_part: Callable[[str], BinaryIO]):
        self._keys, self._open_part, self._part = iter(keys), open_part, None
        self._next_part()
        if skip:
            self._part.seek(skip)

    def read(self, size: int) -> bytes:
        while self._part:
            if data := self._part.read(size):
                return data
            self._next_part()
        return b""

    def close(self) -> None:
        if self._part:
            self._part.close()

    def _next_part(self) -> None:
        self.close()
        key = next(self._keys, None)
        self._part = None if key is None else self._open_part(key)
