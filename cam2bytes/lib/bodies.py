"""Request bodies: raw ones read with a cap, JSON ones parsed without surprises."""

import json

from django.http import HttpRequest
from django.http.request import UnreadablePostError
from ninja.parser import Parser

from cam2bytes.lib.problems import Problem


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The whole raw body; Problem 411 without a length, 413 above `limit` bytes, 400 when it breaks off."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    if not (declared.isascii() and declared.isdigit()):
        raise Problem("length-required")
    size = int(declared)
    if size > limit:
        raise Problem("too-large", f"The body may hold at most {limit} bytes.")
    try:
        body = request.read(size) if size else b""
    except (UnreadablePostError, OSError):
        body = b""
    if len(body) != size:
        raise Problem("bad-request", "The body ended before its Content-Length.")
    return body


class JsonParser(Parser):
    """JSON bodies: the declared type must be JSON (a form of another site cannot send that unasked), and
    whatever cannot be parsed is 400, never a crash."""

    def parse_body(self, request: HttpRequest):
        if request.content_type != "application/json":
            raise Problem("unsupported-type", "Send application/json.")
        value = parse_json(request.body)
        if not isinstance(value, dict):  # ninja would look for attributes of a list or a number, and find defaults
            raise Problem("invalid", "The body must be a JSON object.")
        return value


def parse_json(body: bytes):
    """The value of a JSON text in UTF-8; Problem 400 for anything else, NaN and infinities too (RFC 8259)."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Problem("bad-json") from None


def _refuse_constant(name: str):
    raise ValueError(name)
