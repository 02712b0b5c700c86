"""The HTTP API, version 1: both kinds under one root, one way of saying what went wrong.

Reference with examples at /api/v1/docs.
"""

import logging

from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from cam2bytes import clock
from cam2bytes.accounts.auth import full_auth
from cam2bytes.lib.bodies import JsonParser
from cam2bytes.lib.problems import CODES, Problem, problem_response
from cam2bytes.lib.storeerrors import StoreError, StoreFull
from capture.api import router as captures
from recordings.api import router as recordings
from recordings.derivative_api import router as derivatives

log = logging.getLogger(__name__)


def _description() -> str:
    rows = "\n".join(f"| {status} | `{code}` | {text} |" for code, (status, text) in CODES.items())
    return f"""Capture frames and record video into rows and files that survive.

Sign in with the session cookie (and `X-CSRFToken` for anything but reading) or with
`Authorization: Bearer c2b_...`. Times are ISO 8601 UTC with milliseconds. Numbers count from 0.

A **receipt** (201, or 200 when the same bytes were kept before) means: the bytes are durable and their row
is committed. On 429, 503 and 507, and when no answer came, keep your bytes and send them again: every
upload may be repeated.

Every error is `application/problem+json` with a stable `code`:

| status | code | meaning |
| --- | --- | --- |
{rows}
"""


api = NinjaAPI(
    title="cam2bytes",
    version="1",
    description=_description(),
    auth=full_auth,
    parser=JsonParser(),
    docs_url=None,
    urls_namespace="api-1",
)
api.add_router("/captures", captures)
api.add_router("/recordings", recordings)
api.add_router("/recordings", derivatives)
api.add_router("/time", clock.router)


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem)


@api.exception_handler(AuthenticationError)
def on_no_credentials(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem_response(Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"}))


@api.exception_handler(ValidationError)
def on_wrong_values(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say where and what, never what was sent."""
    found = [f"{_place(item['loc'])}: {item['msg']}" for item in error.errors[:5]]
    return problem_response(Problem("invalid", "; ".join(found)))


def _place(loc: tuple) -> str:
    """`body.values.name` as a client sees it: `name`."""
    names = [str(part) for part in loc if part not in ("body", "values", "query", "path")]
    return ".".join(names) or "body"


@api.exception_handler(Http404)
def on_nothing_there(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(Problem("not-found"))


@api.exception_handler(HttpError)
def on_unreadable_body(request: HttpRequest, error: HttpError) -> HttpResponse:
    """ninja wraps whatever its parser raises; what our parser had to say is the cause."""
    said = error.__cause__
    return problem_response(said if isinstance(said, Problem) else Problem("bad-request"))


@api.exception_handler(RequestDataTooBig)
def on_large_body(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem_response(Problem("too-large"))


@api.exception_handler(UnreadablePostError)
def on_broken_body(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problem_response(Problem("bad-request", "The body ended before its Content-Length."))


@api.exception_handler(SuspiciousOperation)
def on_suspicious(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    if isinstance(error, DisallowedHost):
        raise error
    return problem_response(Problem("bad-request"))


@api.exception_handler(StoreError)
def on_store_error(request: HttpRequest, error: StoreError) -> HttpResponse:
    log.error("store: %s", error)
    return problem_response(Problem("disk-full" if isinstance(error, StoreFull) else "unavailable"))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def on_database_error(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("database: %s", error)
    return problem_response(Problem("unavailable"))


@api.exception_handler(Exception)
def on_anything_else(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("%s %s", request.method, request.path)
    return problem_response(Problem("internal"))
