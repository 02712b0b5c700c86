"""Errors of the HTTP API: raise a `Problem` anywhere, the API answers application/problem+json (RFC 9457).

Every code that cam2bytes sends is in `CODES`, with its status and the sentence used when the place that
raises it has nothing better to say. Details never repeat what the client sent.
"""

import json
from http import HTTPStatus

from django.http import HttpResponse

CODES: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be understood."),
    "bad-json": (400, "The body is not valid JSON."),
    "bad-batch": (400, "The batch breaks off or is not framed as described."),
    "unauthenticated": (401, "Sign in, or send a valid API token."),
    "csrf": (403, "The X-CSRFToken header is missing or does not match the cookie."),
    "scope": (403, "This token may not do that."),
    "not-found": (404, "There is nothing here."),
    "method-not-allowed": (405, "This address does not take that method."),
    "number-conflict": (409, "Other bytes are already kept under this number; the first stay."),
    "seal-conflict": (409, "This recording was sealed with another count."),
    "sealed": (409, "This recording was sealed with fewer chunks."),
    "not-ready": (409, "The video is not ready yet."),
    "not-applicable": (409, "This cannot be made from this recording."),
    "deleted": (410, "This was deleted."),
    "length-required": (411, "Send a Content-Length."),
    "too-large": (413, "The body is larger than allowed."),
    "unsupported-type": (415, "This content type is not accepted here."),
    "unsatisfiable-range": (416, "No byte of the file lies in that range."),
    "invalid": (422, "A value is wrong."),
    "digest-mismatch": (422, "The bytes do not match the digest sent with them."),
    "bad-digest": (422, "The Content-Digest header cannot be read."),
    "bad-number": (422, "The number must be a whole number from 0."),
    "empty": (422, "The body is empty."),
    "bad-image": (422, "The image cannot be taken."),
    "too-many": (429, "Too many requests."),
    "unavailable": (503, "The server cannot keep this now; keep it and send it again."),
    "disk-full": (507, "The server has no room; keep it and send it again."),
    "internal": (500, "Something failed on the server."),
}
CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = {"too-many": 30, "unavailable": 5, "disk-full": 60}


class Problem(Exception):
    """An answer other than success. `code` is a key of `CODES`; `extra` is added to the JSON object."""

    def __init__(self, code: str, detail: str = "", *, headers: dict | None = None, extra: dict | None = None):
        self.code = code
        self.status, sentence = CODES[code]
        self.detail = str(detail) or sentence
        self.headers = dict(headers or {})
        if code in RETRY_AFTER_SECONDS:
            self.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS[code]))
        self.extra = dict(extra or {})
        super().__init__(f"{code}: {self.detail}")

    def as_dict(self) -> dict:
        return {"type": f"about:blank#{self.code}", "status": self.status, "code": self.code,
                "detail": self.detail, **self.extra}  # fmt: skip


def problem_response(problem: Problem) -> HttpResponse:
    return HttpResponse(
        json.dumps(problem.as_dict()),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )


def as_http(problem: Problem) -> bytes:
    """The answer as it goes over the wire (RFC 9112), for where no request reaches Django; the connection ends."""
    body = json.dumps(problem.as_dict()).encode()
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": len(body),
        "Connection": "close",
        **problem.headers,
    }
    lines = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
