"""Serving what a recording became: its video and poster, and the chunks joined as they were sent.

Who may see the recording is decided before this is called.
"""

import io
from fractions import Fraction

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from cam2bytes.lib import words
from cam2bytes.lib.avc import unpacked
from cam2bytes.lib.containers import BadVideo
from cam2bytes.lib.digests import sha256_hex
from cam2bytes.lib.keys import suffix_of
from cam2bytes.lib.livestream import live_stream
from cam2bytes.lib.picturetimes import moments_within
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.ranges import opener_of_parts, serve_bytes
from cam2bytes.lib.serving import serve_object
from cam2bytes.lib.sprites import webvtt
from cam2bytes.lib.store import ObjectMissing, get_store
from cam2bytes.lib.windows import Window
from recordings.models import Derivative, LivePiece, Recording

PICTURES_WINDOW_MS = 10_000
DERIVATIVE_MARKS = {"mp4": "", "frames": " frames", "sprite": " pictures"}


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


def picture_times_ms(recording: Recording, start_ms: int) -> list[float]:
    """When the pictures of `PICTURES_WINDOW_MS` from `start_ms` on are shown; Problem 409 before there is a video."""
    if not recording.video:
        raise Problem("not-ready")
    if start_ms > recording.duration_ms:
        return []
    window = Window(Fraction(start_ms, 1000), Fraction(start_ms + PICTURES_WINDOW_MS, 1000))
    try:
        with get_store().open(recording.video.name) as file:
            return [round(float(moment * 1000), 3) for moment in moments_within(file, window)]
    except ObjectMissing:
        raise Problem("not-found") from None
    except BadVideo:
        raise Problem("not-applicable", "The video cannot be read.") from None


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


def serve_live_piece(request: HttpRequest, recording: Recording, number: int) -> HttpResponseBase:
    """A live piece; never by way of the bucket's own address, which a page's script could not read."""
    piece = _live_piece(recording, number)
    if not piece.file:
        raise Problem("not-found", "There is nothing to see in this piece.")
    data = _live_bytes(piece.file.name)
    return _serve_small(request, data, _etag(piece.file.name))


def serve_live_init(request: HttpRequest, recording: Recording, number: int) -> HttpResponseBase:
    piece = _live_piece(recording, number)
    stream = live_stream(bytes(recording.header or b""))
    if stream is None:
        raise Problem("not-found", "This recording cannot be watched while it runs.")
    sets = unpacked(bytes(piece.parameter_sets))
    if stream.needs_sets and sets is None:
        raise Problem("not-found", "No key frame has come yet.")
    init = stream.init(sets)
    return _serve_small(request, init, sha256_hex(init)[:16])


def _live_piece(recording: Recording, number: int) -> LivePiece:
    piece = LivePiece.objects.filter(recording_id=recording.pk, number=number).first()
    if piece is None:
        raise Problem("not-found", "There is no such live piece, or not any more.")
    return piece


def _live_bytes(key: str) -> bytes:
    try:
        return get_store().read(key)
    except ObjectMissing:
        raise Problem("not-found", "This live piece is gone.") from None


def _serve_small(request: HttpRequest, data: bytes, etag: str) -> HttpResponseBase:
    def open_at(offset: int) -> io.BytesIO:
        return io.BytesIO(data[offset:])

    return serve_bytes(
        request, open_at=open_at, size_bytes=len(data), content_type="application/octet-stream", filename="live.bin",
        etag=etag,
    )  # fmt: skip


def serve_derivative(request: HttpRequest, derivative: Derivative, *, as_attachment: bool = False) -> HttpResponseBase:
    """Its file; Problem 409 before there is one."""
    if not derivative.file:
        raise Problem("not-ready", "This is not made yet.")
    return serve_object(
        request,
        derivative.file.name,
        content_type=derivative.content_type,
        size_bytes=derivative.size_bytes,
        etag=_etag(derivative.file.name),
        filename=_filename(derivative.recording, derivative.content_type, mark=DERIVATIVE_MARKS[derivative.kind]),
        as_attachment=as_attachment,
    )


def serve_webvtt(derivative: Derivative) -> HttpResponse:
    """Which part of a sprite is for when; Problem 404 for what is no sprite, 409 before there is one."""
    if derivative.kind != Derivative.Kind.SPRITE:
        raise Problem("not-found")
    if not derivative.file:
        raise Problem("not-ready", "This is not made yet.")
    facts = derivative.facts
    text = webvtt("file", facts["tile"], facts["count"], facts["step_ms"], derivative.recording.duration_ms)
    return HttpResponse(text, content_type="text/vtt; charset=utf-8", headers={"Cache-Control": "private, no-cache"})


def _etag(key: str) -> str:
    """The end of a key holds a nonce: another file, another tag."""
    return key.rpartition("/")[2]


def file_stem(recording: Recording) -> str:
    """ "Interview 3"; without a name, when it began: "Recording 2026-11-22 08-02"."""
    return words.file_stem(recording.name, f"Recording {timezone.localtime(recording.started_at):%Y-%m-%d %H-%M}")


def _filename(recording: Recording, content_type: str, mark: str = "") -> str:
    return file_stem(recording) + mark + suffix_of(content_type)
