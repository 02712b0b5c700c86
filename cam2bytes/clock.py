"""The server's clock, for those who want to know how theirs differs. How it is used: docs/time.md."""

import time

from django.http import HttpRequest
from ninja import Schema

from cam2bytes.lib.routing import Router

router = Router(tags=["time"])


class TimeOut(Schema):
    """Milliseconds since 1970, with fractions."""

    received_at_ms: float
    sent_at_ms: float


@router.get("", auth=None, response=TimeOut)
def get_time(request: HttpRequest):
    """The server's clock, when your question reached it and when the answer left. Needs no sign-in.

    Half of (your time of the answer - your time of the question - what the server took) bounds the error.
    """
    received = time.time() * 1000
    return {"received_at_ms": received, "sent_at_ms": time.time() * 1000}
