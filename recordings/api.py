"""HTTP API of recordings, version 1: recordings and chunks (mounted at /api/v1/recordings)."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Status

from cam2bytes.accounts.auth import api_auth
from cam2bytes.accounts.ownership import owned, owned_or_problem
from cam2bytes.lib import cursors, docs
from cam2bytes.lib.bodies import read_body
from cam2bytes.lib.browsers import user_agent_of
from cam2bytes.lib.listing import ListQuery, filtered
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.routing import Router
from cam2bytes.lib.schemas import PatchIn, ReceiptOut, errors, parse_number
from recordings import ingest, live, playback, presentation
from recordings.models import Recording
from recordings.report import report_of
from recordings.schemas import (
    AliveIn,
    ChunksOut,
    LiveOut,
    LiveQuery,
    PicturesOut,
    PicturesQuery,
    RecordingIn,
    RecordingOut,
    RecordingsOut,
    SealIn,
    chunk_from_request,
    live_out,
)  # fmt: skip
from recordings.told_schemas import HealthOut

router = Router(tags=["recordings"])


def _recording(request: HttpRequest, recording_id: UUID, *, writing: bool = False) -> Recording:
    found = Recording.objects.select_related("owner").defer("header")
    return owned_or_problem(found, request, recording_id, "recording", writing=writing)


def _keeping(request: HttpRequest, recording_id: UUID) -> Recording:
    """The recording with no more of its row than keeping a chunk needs: this is read many times a second."""
    return owned_or_problem(Recording.for_keeping(), request, recording_id, "recording", writing=True)


@router.post("", auth=api_auth, response={201: RecordingOut, 200: RecordingOut, **errors(400, 413, 415, 422, 507)})
def start_recording(request: HttpRequest, values: RecordingIn):
    """Start a recording; the same `client_id` again answers 200 with the same one."""
    recording, created = ingest.start_recording(request.user, values, request.api_token, user_agent_of(request))
    return Status(201 if created else 200, recording)


@router.get("", response={200: RecordingsOut, **errors(422)})
def list_recordings(request: HttpRequest, query: Query[ListQuery]):
    """Your own recordings, newest first."""
    rows = filtered(owned(Recording.objects.defer("header"), request.user), query)
    items, next_cursor = cursors.page(rows, query.cursor, query.limit)
    return {"items": items, "next_cursor": next_cursor}


@router.get("/{uuid:recording_id}", auth=api_auth, response={200: RecordingOut, **errors(404)})
def get_recording(request: HttpRequest, recording_id: UUID):
    """One recording, with what is held and what is missing."""
    return _recording(request, recording_id)


@router.patch("/{uuid:recording_id}", response={200: RecordingOut, **errors(400, 404, 410, 413, 415, 422)})
def change_recording(request: HttpRequest, recording_id: UUID, values: PatchIn):
    """Change name, device name, external id, labels or metadata; absent fields stay."""
    recording = _recording(request, recording_id, writing=True)
    changes = values.dict(exclude_none=True)
    for name, value in changes.items():
        setattr(recording, name, value)
    recording.save(update_fields=list(changes))
    return recording


@router.delete("/{uuid:recording_id}", response={204: None, **errors(404)})
def delete_recording(request: HttpRequest, recording_id: UUID):
    """Delete the recording with its chunks and files; again answers 204 too."""
    try:
        recording = _recording(request, recording_id, writing=True)
    except Problem as problem:
        if problem.code == "deleted":
            return Status(204, None)
        raise
    ingest.delete_recording(recording)
    return Status(204, None)


# Chunks ------------------------------------------------------------------------------------------


@router.put(
    "/{uuid:recording_id}/chunks/{number}",
    auth=api_auth,
    response={201: ReceiptOut, 200: ReceiptOut, **errors(400, 404, 409, 410, 411, 413, 415, 422, 507)},
    openapi_extra=docs.raw_body("application/octet-stream", headers=docs.CHUNK_HEADERS),
)
def put_chunk(request: HttpRequest, recording_id: UUID, number: str):
    """Keep one chunk: raw bytes, 0 allowed. 201 kept, 200 kept before, 409 other bytes hold this number."""
    recording = _keeping(request, recording_id)
    parse_number(number)
    body = read_body(request, settings.CAM2BYTES_MAX_CHUNK_BYTES)
    receipt = ingest.receive_chunk(recording, chunk_from_request(request, number, body))
    return Status(receipt.status, receipt.as_dict())


@router.get("/{uuid:recording_id}/chunks", auth=api_auth, response={200: ChunksOut, **errors(404)})
def list_chunks(request: HttpRequest, recording_id: UUID):
    """Which chunks are held and which are missing, as inclusive ranges."""
    recording = _recording(request, recording_id)
    return {"held": recording.held_ranges(), "missing": recording.missing_ranges()}


@router.post(
    "/{uuid:recording_id}/alive", auth=api_auth, response={200: RecordingOut, **errors(400, 404, 410, 413, 415, 422)}
)
def alive(request: HttpRequest, recording_id: UUID, values: AliveIn):
    """The page's sign of life, every 5 seconds, also while paused; `waiting_count` chunks wait in its outbox."""
    recording = _recording(request, recording_id, writing=True)
    return ingest.note_alive(recording, values.state, values.waiting_count, values.event_list())


@router.post(
    "/{uuid:recording_id}/seal",
    auth=api_auth,
    response={200: RecordingOut, **errors(400, 404, 409, 410, 413, 415, 422)},
)
def seal(request: HttpRequest, recording_id: UUID, values: SealIn):
    """State how many chunks there are; `header` is the first bytes once more, base64, at most 64 KiB."""
    return ingest.seal(_recording(request, recording_id, writing=True), values)


@router.get("/{uuid:recording_id}/health", response={200: HealthOut, **errors(404)})
def get_health(request: HttpRequest, recording_id: UUID):
    """How the recording is: gaps, pictures, drift, delay of its upload, pauses, devices, its browser and its end."""
    recording = _recording(request, recording_id)
    return {**report_of(recording), "sentence": presentation.health_sentence(recording)}


# Files -------------------------------------------------------------------------------------------


@router.get("/{uuid:recording_id}/video", response={200: None, **errors(404, 409, 416)})
def get_video(request: HttpRequest, recording_id: UUID, download: bool = False) -> HttpResponse:
    """The playable file, whole or by ranges; 409 before there is one."""
    return playback.serve_video(request, _recording(request, recording_id), as_attachment=download)


@router.get("/{uuid:recording_id}/pictures", response={200: PicturesOut, **errors(404, 409, 422)})
def list_pictures(request: HttpRequest, recording_id: UUID, query: Query[PicturesQuery]):
    """When the pictures of the video are shown, exactly, for ten seconds from `start_ms` on."""
    recording = _recording(request, recording_id)
    end_ms = query.start_ms + playback.PICTURES_WINDOW_MS
    times_ms = playback.picture_times_ms(recording, query.start_ms)
    return {"start_ms": query.start_ms, "end_ms": end_ms, "times_ms": times_ms}


@router.get("/{uuid:recording_id}/original", response={200: None, **errors(404, 416)})
def get_original(request: HttpRequest, recording_id: UUID, download: bool = False) -> HttpResponse:
    """All held chunks joined, exactly as they were sent, in any state."""
    return playback.serve_original(request, _recording(request, recording_id), as_attachment=download)


@router.get("/{uuid:recording_id}/poster", response={200: None, **errors(404)})
def get_poster(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """A JPEG picture of the video, or of what was recorded last while it runs; 404 until it is made."""
    recording = _recording(request, recording_id)
    if recording.status == Recording.Status.OPEN:
        ingest.ask_for_live_posters([recording])
    return playback.serve_poster(request, recording)


# While it is recorded ----------------------------------------------------------------------------


@router.get("/{uuid:recording_id}/live", response={200: LiveOut, **errors(404, 422)})
def watch_live(request: HttpRequest, recording_id: UUID, query: Query[LiveQuery]):
    """What there is to see of a running recording, as pieces for Media Source Extensions; ask again for more."""
    recording = _recording(request, recording_id)
    return live_out(recording, live.look(recording, after=query.after, at_ms=query.at_ms))


@router.get("/{uuid:recording_id}/live/{number}", response={200: None, **errors(404, 416, 422)})
def get_live_piece(request: HttpRequest, recording_id: UUID, number: str) -> HttpResponse:
    """The bytes of one live piece; 404 once the video is ready."""
    return playback.serve_live_piece(request, _recording(request, recording_id), parse_number(number))


@router.get("/{uuid:recording_id}/live/{number}/init", response={200: None, **errors(404, 416, 422)})
def get_live_init(request: HttpRequest, recording_id: UUID, number: str) -> HttpResponse:
    """The initialization segment that goes before this live piece."""
    return playback.serve_live_init(request, _recording(request, recording_id), parse_number(number))
