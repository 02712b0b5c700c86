"""Serving what a recording became: its video and poster, and the chunks joined as they were sent.

Who may see the recording is decided before this is called.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from cam2bytes.lib import words
from cam2bytes.lib.keys import suffix_of
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.ranges import opener_of_parts, serve_bytes
from cam2bytes.lib.serving import serve_object
from cam2bytes.lib.store import get_store
from recordings.models import Recording


def serve_video(request: HttpRequest, recording: Recording, *, as_attachment: bool = False) -> HttpResponseBase:
    """The last file that was ready; Problem 409 before there is one."""
    if not recording.video:
        raise Problem("not-ready")
    return serve_object(
        request,
        recording.video.name,
        content_type=recording.video_content_type,
        size_bytes=recording.video_size_bytes,
        etag=_etag(recording.video.name),
        filename=_filename(recording, recording.video_content_type),
        as_attachment=as_attachment,
    )


def serve_poster(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    """The picture for lists; Problem 404 until it is made."""
    if not recording.poster:
        raise Problem("not-found", "There is no poster yet.")
    return serve_object(
        request,
        recording.poster.name,
        content_type="image/jpeg",
        etag=_etag(recording.poster.name),
        filename=_filename(recording, "image/jpeg"),
    )


def serve_original(request: HttpRequest, recording: Recording, *, as_attachment: bool = False) -> HttpResponseBase:
    """All chunks held, joined as they were sent, in any state."""
    parts = list(recording.chunks.order_by("number").values_list("file", "size_bytes"))
    size_bytes = sum(size for _, size in parts)
    content_type = recording.content_type.partition(";")[0].strip().lower() or "application/octet-stream"
    return serve_bytes(
        request,
        open_at=opener_of_parts(parts, get_store().open),
        size_bytes=size_bytes,
        content_type=content_type,
        # Chunks never change, so how many there are and how long they are says which bytes these are.
        etag=f"{recording.pk.hex}-{len(parts)}-{size_bytes}",
        filename=_filename(recording, content_type, mark=" original"),
        as_attachment=as_attachment,
    )


def _etag(key: str) -> str:
    """The end of a key holds a nonce: another file, another tag."""
    return key.rpartition("/")[2]


def _filename(recording: Recording, content_type: str, mark: str = "") -> str:
    """ "Interview 3.mp4"; without a name, when it began: "Recording 2026-11-22 08-02.mp4"."""
    began = f"Recording {timezone.localtime(recording.started_at):%Y-%m-%d %H-%M}"
    return words.file_stem(recording.name, began) + mark + suffix_of(content_type)
