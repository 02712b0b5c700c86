"""Serving kept objects: from the disk with byte ranges, or by handing off to a signed address of the bucket.

Who may see the object is decided before this is called; nothing here looks at owners.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from cam2bytes.lib.problems import Problem
from cam2bytes.lib.ranges import serve_bytes
from cam2bytes.lib.store import ObjectMissing, get_store


def serve_object(
    request: HttpRequest,
    key: str,
    *,
    content_type: str,
    etag: str,
    size_bytes: int | None = None,
    filename: str = "",
    as_attachment: bool = False,
) -> HttpResponse:
    """The object under `key`, whole or the range asked for; Problem 404 when the store does not have it."""
    store = get_store()
    filename = filename or key.rpartition("/")[2]
    address = store.url(key, content_type=content_type, filename=filename, as_attachment=as_attachment)
    if address:
        return _hand_off(address)
    try:
        size = store.size(key) if size_bytes is None else size_bytes
    except ObjectMissing:
        raise Problem("not-found") from None

    def open_at(offset: int):
        file = store.open(key)
        file.seek(offset)
        return file

    return serve_bytes(
        request, open_at=open_at, size_bytes=size, content_type=content_type, filename=filename, etag=etag,
        as_attachment=as_attachment,
    )  # fmt: skip


def _hand_off(address: str) -> HttpResponse:
    """To the bucket. Whoever may see it now need not be allowed to in an hour, so nobody keeps the answer."""
    response = HttpResponseRedirect(address)
    response["Cache-Control"] = "private, no-store"
    return response
