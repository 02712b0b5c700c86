"""HTTP API of what is made from a recording, version 1 (mounted beside the recordings, at /api/v1/recordings)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Status

from cam2bytes.accounts.ownership import owned_or_problem
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.routing import Router
from cam2bytes.lib.schemas import errors
from recordings import asking, playback
from recordings.derivative import Derivative
from recordings.derivative_schemas import DerivativeIn, DerivativeOut, DerivativesOut
from recordings.models import Recording

router = Router(tags=["recordings"])
ALL = "/{uuid:recording_id}/derivatives"
ONE = ALL + "/{int:derivative_id}"


def _recording(request: HttpRequest, recording_id: UUID, *, writing: bool = False) -> Recording:
    found = Recording.objects.select_related("owner").defer("header")
    return owned_or_problem(found, request, recording_id, "recording", writing=writing)


def _derivative(request: HttpRequest, recording_id: UUID, derivative_id: int) -> Derivative:
    recording = _recording(request, recording_id)
    found = recording.derivatives.select_related("recording__owner").filter(pk=derivative_id).first()
    if found is None:
        raise Problem("not-found")
    return found


@router.get(ALL, response={200: DerivativesOut, **errors(404)})
def list_derivatives(request: HttpRequest, recording_id: UUID):
    """What is made from the recording, or is being made, oldest first. The sprite is made by itself."""
    derivatives = _recording(request, recording_id).derivatives.select_related("recording").order_by("pk")
    return {"items": list(derivatives)}


@router.post(ALL, response={201: DerivativeOut, 200: DerivativeOut, **errors(400, 404, 409, 410, 413, 415, 422, 507)})
def ask_for_derivative(request: HttpRequest, recording_id: UUID, values: DerivativeIn):
    """Ask for an MP4 for every player, or for pictures out of the video as one ZIP file. 200: it was asked for before;
    what had failed is tried again."""
    recording = _recording(request, recording_id, writing=True)
    derivative, created = asking.ask_for(recording, values.kind, values.rate())
    return Status(201 if created else 200, derivative)


@router.get(ONE, response={200: DerivativeOut, **errors(404)})
def get_derivative(request: HttpRequest, recording_id: UUID, derivative_id: int):
    """One of them, with how far it has come."""
    return _derivative(request, recording_id, derivative_id)


@router.delete(ONE, response={204: None, **errors(404)})
def delete_derivative(request: HttpRequest, recording_id: UUID, derivative_id: int):
    """Cancel it while it is made, or remove it; again answers 204 too."""
    try:
        asking.discard(_derivative(request, recording_id, derivative_id))
    except Problem as problem:
        if problem.code != "not-found" or not _recording(request, recording_id):
            raise
    return Status(204, None)


@router.get(ONE + "/file", response={200: None, **errors(404, 409, 416)})
def get_derivative_file(
    request: HttpRequest, recording_id: UUID, derivative_id: int, download: bool = False
) -> HttpResponse:
    """Its file, whole or by ranges; 409 before there is one."""
    derivative = _derivative(request, recording_id, derivative_id)
    return playback.serve_derivative(request, derivative, as_attachment=download)


@router.get(ONE + "/webvtt", response={200: None, **errors(404, 409)})
def get_derivative_webvtt(request: HttpRequest, recording_id: UUID, derivative_id: int) -> HttpResponse:
    """Of a sprite: WebVTT that says which part of the picture is for which part of the video."""
    return playback.serve_webvtt(_derivative(request, recording_id, derivative_id))
