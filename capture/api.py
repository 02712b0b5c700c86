"""HTTP API of capture, version 1: capture sessions and frames (mounted at /api/v1/captures)."""

from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Body, Query, Status
from ninja.responses import Response

from cam2bytes.accounts.auth import api_auth
from cam2bytes.accounts.ownership import owned, owned_or_problem
from cam2bytes.accounts.tombstones import buried_frames
from cam2bytes.lib import batches, cursors, docs
from cam2bytes.lib.bodies import read_body
from cam2bytes.lib.listing import ListQuery, filtered
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.routing import Router
from cam2bytes.lib.schemas import PatchIn, ReceiptOut, errors, parse_number
from cam2bytes.lib.serving import serve_object
from capture import ingest, presentation
from capture.archive import Chosen, archive_stem, image_name, picked, serve_archive
from capture.choosing import WrongPlace
from capture.models import CaptureSession, Frame
from capture.schemas import (
    AliveIn,
    ArchiveQuery,
    CaptureIn,
    CaptureOut,
    CapturesArchiveQuery,
    CapturesOut,
    CloseIn,
    FrameOut,
    FramePatchIn,
    FramesOut,
    FramesQuery,
    ReceiptsOut,
    frame_from_request,
    frames_from_batch,
)  # fmt: skip

router = Router(tags=["captures"])


def _capture(request: HttpRequest, capture_id: UUID, *, writing: bool = False) -> CaptureSession:
    return owned_or_problem(CaptureSession.objects.all(), request, capture_id, "capture session", writing=writing)


def _frame(request: HttpRequest, capture_id: UUID, number: str, *, writing: bool = False) -> Frame:
    capture, place = _capture(request, capture_id, writing=writing), parse_number(number)
    frame = capture.frames.filter(number=place).first()
    if frame is None and writing and buried_frames(capture.pk, [place]):
        raise Problem("deleted", "This frame was deleted.")
    if frame is None:
        raise Problem("not-found", "There is no such frame.")
    return frame


# Capture sessions --------------------------------------------------------------------------------


@router.post("", auth=api_auth, response={201: CaptureOut, 200: CaptureOut, **errors(400, 413, 415, 422, 507)})
def start_capture(request: HttpRequest, values: CaptureIn):
    """Start a capture session. Every field is optional; the same `client_id` again answers 200 with the same one."""
    capture, created = ingest.start_capture(request.user, values, request.api_token)
    return Status(201 if created else 200, capture)


@router.get("", response={200: CapturesOut, **errors(422)})
def list_captures(request: HttpRequest, query: Query[ListQuery]):
    """Your own capture sessions, newest first."""
    rows = filtered(owned(CaptureSession.objects.all(), request.user), query)
    items, next_cursor = cursors.page(rows, query.cursor, query.limit)
    return {"items": items, "next_cursor": next_cursor}


@router.get("/{uuid:capture_id}", auth=api_auth, response={200: CaptureOut, **errors(404)})
def get_capture(request: HttpRequest, capture_id: UUID):
    """One capture session."""
    return _capture(request, capture_id)


@router.patch("/{uuid:capture_id}", response={200: CaptureOut, **errors(400, 404, 410, 413, 415, 422)})
def change_capture(request: HttpRequest, capture_id: UUID, values: PatchIn):
    """Change name, device name, external id, labels or metadata; absent fields stay."""
    capture = _capture(request, capture_id, writing=True)
    changes = values.dict(exclude_none=True)
    for name, value in changes.items():
        setattr(capture, name, value)
    capture.save(update_fields=list(changes))
    return capture


@router.delete("/{uuid:capture_id}", response={204: None, **errors(404)})
def delete_capture(request: HttpRequest, capture_id: UUID):
    """Delete the capture session with its frames and files; again answers 204 too."""
    try:
        capture = _capture(request, capture_id, writing=True)
    except Problem as problem:
        if problem.code == "deleted":
            return Status(204, None)
        raise
    ingest.delete_capture(capture)
    return Status(204, None)


@router.post(
    "/{uuid:capture_id}/alive", auth=api_auth, response={200: CaptureOut, **errors(400, 404, 410, 413, 415, 422)}
)
def alive(request: HttpRequest, capture_id: UUID, values: Body[AliveIn] = None):
    """The page's sign of life, every 5 seconds; with it, if it likes, how its sampling goes."""
    capture = _capture(request, capture_id, writing=True)
    capture.note_alive(values.sampling_facts() if values else None)
    capture.refresh_from_db()
    return capture


@router.post(
    "/{uuid:capture_id}/close",
    auth=api_auth,
    response={200: CaptureOut, **errors(400, 404, 410, 413, 415, 422)},
)
def close_capture(request: HttpRequest, capture_id: UUID, values: CloseIn):
    """State how many frames there are. Frames that are still on their way are accepted afterwards too."""
    capture = _capture(request, capture_id, writing=True)
    capture.close(values.end_reason, values.frame_count, values.dropped_count)
    capture.note_sampling(values.sampling_facts())
    capture.refresh_from_db()
    return capture


# Images in bulk ----------------------------------------------------------------------------------


@router.get("/archive", response={200: None, **errors(404, 416, 422)})
def get_captures_archive(request: HttpRequest, query: Query[CapturesArchiveQuery]) -> HttpResponse:
    """All images of up to thirty capture sessions as one ZIP file with metadata.jsonl, made while it is sent."""
    captures = [_capture(request, capture_id) for capture_id in dict.fromkeys(query.capture)]
    return serve_archive(request, [_chosen(capture, capture.frames.all()) for capture in captures])


@router.get("/{uuid:capture_id}/archive", response={200: None, **errors(404, 416, 422)})
def get_archive(request: HttpRequest, capture_id: UUID, query: Query[ArchiveQuery]) -> HttpResponse:
    """The images of a capture session, or only the wanted ones, as one ZIP file with metadata.jsonl."""
    capture = _capture(request, capture_id)
    try:
        frames = picked(query.choice().frames(capture), query.frame)
    except ValueError as wrong:
        raise Problem("invalid", f"frame: {wrong}.") from None
    return serve_archive(request, [_chosen(capture, frames)])


def _chosen(capture: CaptureSession, frames: QuerySet[Frame]) -> Chosen:
    return Chosen(presentation.title(capture), capture, frames)


# Frames ------------------------------------------------------------------------------------------


@router.put(
    "/{uuid:capture_id}/frames/{number}",
    auth=api_auth,
    response={201: ReceiptOut, 200: ReceiptOut, **errors(400, 404, 409, 410, 411, 413, 415, 422, 507)},
    openapi_extra=docs.raw_body("image/jpeg", "image/webp", "image/png", headers=docs.FRAME_HEADERS),
)
def put_frame(request: HttpRequest, capture_id: UUID, number: str):
    """Keep one image: raw bytes. 201 kept, 200 kept before, 409 other bytes hold this number."""
    capture = _capture(request, capture_id, writing=True)
    parse_number(number)
    body = read_body(request, settings.CAM2BYTES_MAX_FRAME_BYTES)
    receipt = ingest.receive_frame(capture, frame_from_request(request, number, body))
    return Status(receipt.status, receipt.as_dict())


@router.post(
    "/{uuid:capture_id}/frames",
    auth=api_auth,
    response={200: ReceiptsOut, **errors(400, 404, 410, 411, 413, 415, 507)},
    openapi_extra=docs.raw_body(batches.CONTENT_TYPE),
)
def post_frames(request: HttpRequest, capture_id: UUID):
    """Keep a batch of frames. One receipt or refusal for each record, in body order."""
    capture = _capture(request, capture_id, writing=True)
    if request.content_type != batches.CONTENT_TYPE:
        raise Problem("unsupported-type", f"Send {batches.CONTENT_TYPE}.")
    body = read_body(request, settings.CAM2BYTES_MAX_BATCH_BYTES)
    if not body:
        raise Problem("bad-batch", "The batch is empty.")
    outcomes = ingest.receive_frames(capture, frames_from_batch(body))
    # Straight to JSON: a union of two schemas would be validated twice for every frame.
    return Response({"receipts": [outcome.as_dict() for outcome in outcomes]})


@router.get("/{uuid:capture_id}/frames", response={200: FramesOut, **errors(404, 422)})
def list_frames(request: HttpRequest, capture_id: UUID, query: Query[FramesQuery]):
    """The frames by number, or by a measure; only the wanted ones. `after` is the `next_after` of the page before."""
    capture, choice = _capture(request, capture_id), query.choice()
    if query.after is not None and not choice.measure:
        parse_number(query.after)
    try:
        found = choice.page(capture, query.after, query.limit + 1)
    except WrongPlace:
        raise Problem("invalid", "after is not a next_after that this list gave in this order.") from None
    items = found[: query.limit]
    return {"items": items, "next_after": choice.place_of(items[-1]) if len(found) > query.limit else None}


@router.get("/{uuid:capture_id}/frames/{number}", response={200: FrameOut, **errors(404, 422)})
def get_frame(request: HttpRequest, capture_id: UUID, number: str):
    """One frame."""
    return _frame(request, capture_id, number)


@router.patch("/{uuid:capture_id}/frames/{number}", response={200: FrameOut, **errors(400, 404, 410, 413, 415, 422)})
def change_frame(request: HttpRequest, capture_id: UUID, number: str, values: FramePatchIn):
    """Label one frame."""
    frame = _frame(request, capture_id, number, writing=True)
    frame.labels = values.labels
    frame.save(update_fields=["labels"])
    return frame


@router.delete("/{uuid:capture_id}/frames/{number}", response={204: None, **errors(404, 422)})
def delete_frame(request: HttpRequest, capture_id: UUID, number: str):
    """Delete one frame with its files; its number then answers 410 to uploads. Again answers 204 too."""
    capture = _capture(request, capture_id)
    ingest.delete_frame(capture, parse_number(number))
    return Status(204, None)


@router.get("/{uuid:capture_id}/frames/{number}/image", response={200: None, **errors(404, 416, 422)})
def get_image(request: HttpRequest, capture_id: UUID, number: str, download: bool = False) -> HttpResponse:
    """The image as it was sent. `?download=1` offers it as a file under a readable name."""
    frame = _frame(request, capture_id, number)
    if frame.status == Frame.Status.REJECTED:
        raise Problem("not-found", "This frame was rejected.")
    stem = archive_stem(presentation.title(frame.capture))
    return serve_object(
        request,
        frame.image.name,
        content_type=frame.content_type,
        size_bytes=frame.size_bytes,
        etag=frame.sha256,
        filename=image_name(stem, frame),
        as_attachment=download,
    )


@router.get("/{uuid:capture_id}/frames/{number}/thumbnail", response={200: None, **errors(404, 422)})
def get_thumbnail(request: HttpRequest, capture_id: UUID, number: str) -> HttpResponse:
    """A small JPEG, at most 320 pixels on the longer side; 404 until it is made."""
    frame = _frame(request, capture_id, number)
    if not frame.thumbnail:
        raise Problem("not-found", "There is no thumbnail yet.")
    return serve_object(request, frame.thumbnail.name, content_type="image/jpeg", etag=frame.thumbnail.name)
