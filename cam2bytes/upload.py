"""POST /upload: the first cam2bytes's message, so that its pages go on working unchanged.

    {"serialNumber": 1, "timestamp": "2026-11-22T06:22:58.775Z", "dataUrl": "data:image/png;base64,…"}
    -> 200 {"message": "Task enqueued successfully", "job_id": "<id of the capture session or recording>"}

Image data URLs become frames, video and audio ones chunks of a recording; the number is serialNumber - 1.
Nothing that the client writes becomes a path: a timestamp is read as a time, a serial number as a number.
"""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

import capture.ingest
import recordings.ingest
from cam2bytes.accounts.auth import signed_in_or_token
from cam2bytes.api import api
from cam2bytes.lib import imageheads
from cam2bytes.lib.addresses import client_address
from cam2bytes.lib.bodies import parse_json, read_body
from cam2bytes.lib.containers import can_begin
from cam2bytes.lib.dataurl import DataUrl, parse_data_url
from cam2bytes.lib.digests import sha256_hex
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.schemas import parse_number
from cam2bytes.uploadruns import Message, target_of
from capture.models import CaptureSession, Frame
from capture.schemas import CaptureIn, IncomingFrame
from recordings.models import Chunk, Recording
from recordings.schemas import IncomingChunk, RecordingIn

MAX_OTHER_BYTES = 4096  # of a message, beside its data URL


@csrf_exempt  # the pages know of no token; `signed_in_or_token` asks the browser where they come from instead
@login_not_required
def upload(request: HttpRequest) -> HttpResponse:
    try:
        if request.method != "POST":
            raise Problem("method-not-allowed", headers={"Allow": "POST"})
        kept_in = Sender(request).keep(*read_message(request))
        return JsonResponse({"message": "Task enqueued successfully", "job_id": str(kept_in)})
    except Exception as error:  # the API's words for whatever went wrong, never a page
        return api.on_exception(request, error)


# The message -------------------------------------------------------------------------------------


def read_message(request: HttpRequest) -> tuple[int, datetime | None, DataUrl]:
    """(number from 0, time taken, what is in the data URL). Raises Problem 4xx."""
    if request.content_type != "application/json":
        raise Problem("unsupported-type", "Send application/json.")
    most = max(settings.CAM2BYTES_MAX_FRAME_BYTES, settings.CAM2BYTES_MAX_CHUNK_BYTES)
    message = parse_json(read_body(request, most * 4 // 3 + MAX_OTHER_BYTES))
    if not isinstance(message, dict):
        raise Problem("invalid", "The message must be an object.")
    return (
        parse_serial_number(message.get("serialNumber")),
        parse_timestamp(message.get("timestamp")),
        parse_data_url(message.get("dataUrl")),
    )


def parse_serial_number(value: object) -> int:
    """The number from 0 of a serial number from 1. Raises Problem 422."""
    if type(value) is not int or value < 1:
        raise Problem("bad-number", "serialNumber must be a whole number from 1.")
    return parse_number(value - 1)


def parse_timestamp(value: object) -> datetime | None:
    """An ISO 8601 time, UTC where it names no zone; None when absent. Raises Problem 422."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Problem("invalid", "timestamp must be an ISO 8601 time.") from None


# The sender --------------------------------------------------------------------------------------


class Sender:
    """Who sends, as far as that can be known. Raises Problem 401 when nobody may send like this."""

    def __init__(self, request: HttpRequest):
        user = signed_in_or_token(request)
        self.owner = user or open_upload_owner()
        self.token = request.api_token if user else None
        self.address = client_address(request)
        self.user_agent = request.headers.get("User-Agent", "")[:300]
        self.origin = request.headers.get("Origin", "")[:300]
        if self.token:
            self.account = f"token {self.token.pk}"
        else:
            self.account = f"browser {request.session.session_key}" if user else "anyone"

    def key(self, kind: str) -> str:
        """The same for all messages of one page and kind."""
        parts = (self.account, self.address, self.user_agent, self.origin, kind)
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def keep(self, number: int, taken_at: datetime | None, sent: DataUrl) -> UUID:
        """Keep what was sent; the id of the capture session or recording it went to. Raises Problem 4xx."""
        if sent.main_type in ("video", "audio"):
            return self._keep_chunk(number, taken_at, sent)
        if sent.main_type == "image" or not sent.data:
            return self._keep_frame(number, taken_at, sent)
        raise Problem("unsupported-type", "dataUrl must hold an image or a video.")

    def _keep_frame(self, number: int, taken_at: datetime | None, sent: DataUrl) -> UUID:
        def start() -> UUID:
            values = CaptureIn(content_type=sent.content_type[:200], metadata=self._facts())
            return capture.ingest.start_capture(self.owner, values, self.token)[0].pk

        target = self._target("capture", number, taken_at, sent, judge_image, held_frame, start)
        session = found_or_gone(CaptureSession.objects.filter(pk=target))
        capture.ingest.receive_frame(session, IncomingFrame(number, sent.data, taken_at))
        return session.pk

    def _keep_chunk(self, number: int, taken_at: datetime | None, sent: DataUrl) -> UUID:
        def start() -> UUID:
            values = RecordingIn(content_type=sent.content_type[:200], metadata=self._facts())
            return recordings.ingest.start_recording(self.owner, values, self.token, self.user_agent)[0].pk

        judge = judge_beginning if number == 0 else accept
        target = self._target("recording", number, taken_at, sent, judge, held_chunk, start)
        recording = found_or_gone(Recording.objects.filter(pk=target))
        recordings.ingest.receive_chunk(recording, IncomingChunk(number, sent.data))
        return recording.pk

    def _target(self, kind, number, taken_at, sent, judge, held, start) -> UUID:
        """Whose the message is. Bytes that `judge` refuses mark the beginning of a run, and start nothing."""
        try:
            judge(sent.data)
        except Problem:
            target_of(self.key(kind), Message(number, taken_at, None), held, start)
            raise
        return target_of(self.key(kind), Message(number, taken_at, sha256_hex(sent.data)), held, start)

    def _facts(self) -> dict:
        facts = {"user_agent": self.user_agent, "origin": self.origin, "address": self.address}
        return {"sent_to": "/upload", **{name: value for name, value in facts.items() if value}}


def open_upload_owner():
    """Whom uploads without sign-in belong to, where the operator allows them. Raises Problem 401, 503."""
    if not settings.CAM2BYTES_OPEN_UPLOAD:
        raise Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    people = get_user_model().objects.filter(is_active=True)
    name = settings.CAM2BYTES_OPEN_UPLOAD_OWNER
    people = people.filter(username=name) if name else people.filter(is_superuser=True)
    owner = people.order_by("pk").first()
    if owner is None:
        raise Problem("unavailable", "Nobody is there yet who could own open uploads.")
    return owner


def held_frame(target: str, number: int) -> str | None:
    return Frame.objects.filter(capture_id=target, number=number).values_list("sha256", flat=True).first()


def held_chunk(target: str, number: int) -> str | None:
    return Chunk.objects.filter(recording_id=target, number=number).values_list("sha256", flat=True).first()


def judge_image(data: bytes) -> None:
    """Raises Problem 415 or 422 for what cannot become a frame."""
    if not data:
        raise Problem("empty", "The data URL is empty: the camera was not open yet.")
    if not imageheads.sniff(data):
        raise Problem("unsupported-type", "A frame is a JPEG, WebP or PNG image.")
    try:
        imageheads.read_header(data)
    except imageheads.BadImage as bad:
        raise Problem("bad-image", str(bad)) from None


def judge_beginning(data: bytes) -> None:
    """Raises Problem 415 for what cannot be the first chunk of a recording."""
    if not can_begin(data):
        raise Problem("unsupported-type", "This is not the beginning of WebM, Matroska, MP4 or Ogg.")


def accept(data: bytes) -> None:
    """A later chunk is opaque."""


def found_or_gone(queryset):
    row = queryset.first()
    if row is None:
        raise Problem("deleted")
    return row
