"""The network address of a client."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that talks to us; behind the operator's proxy, the one that the proxy saw.

    Of X-Forwarded-For only the last entry is the proxy's own; what stands before it is whatever the
    client wrote.
    """
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.CAM2BYTES_BEHIND_PROXY and forwarded:
        return forwarded.rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")
