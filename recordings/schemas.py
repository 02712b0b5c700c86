"""The words of the recordings API: what comes in as typed values, what goes out as JSON."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema
from pydantic import AfterValidator, Field

from cam2bytes.lib.digests import parse_content_digest
from cam2bytes.lib.schemas import Count, EndReason, Moment, ShortText, StartIn, parse_number
from recordings.models import Recording

ACCEPTED = (
    "video/webm", "video/x-matroska", "video/mp4", "audio/webm", "audio/mp4", "audio/ogg",
)  # fmt: skip
MAX_HEADER_BYTES = 64 * 1024


def media_type(content_type: str) -> str:
    """The type without its parameters: `video/webm` of `video/webm; codecs="vp8, opus"`."""
    return content_type.partition(";")[0].strip().lower()


def _header_size(text: str) -> str:
    try:
        size = len(base64.b64decode(text, validate=True))
    except binascii.Error:
        raise ValueError("must be base64") from None
    if size > MAX_HEADER_BYTES:
        raise ValueError(f"must hold at most {MAX_HEADER_BYTES} bytes")
    return text


class RecordingIn(StartIn):
    """What starts a recording; `content_type` is the recorder's mimeType, parameters included."""

    content_type: Annotated[ShortText, Field(min_length=1)]
    timeslice_ms: Annotated[int, Field(ge=1, le=3_600_000)] | None = None
    continues: UUID | None = None


class AliveIn(Schema):
    state: Literal["recording", "paused", "draining"]
    waiting_count: Count | None = None


class SealIn(Schema):
    chunk_count: Count
    end_reason: EndReason = "stopped"
    header: Annotated[str, AfterValidator(_header_size)] | None = None

    def header_bytes(self) -> bytes:
        return base64.b64decode(self.header) if self.header else b""


class RecordingOut(Schema):
    """`missing`: inclusive ranges of chunk numbers not held. `gaps`: holes of the current file, each
    {from, to, start_ms, duration_ms}: chunks `from` to `to` are missing, at `start_ms`."""

    id: UUID
    name: str
    status: str
    revision: int
    content_type: str
    device_name: str
    camera_label: str
    external_id: str
    labels: list[str]
    metadata: dict
    chunk_count: int | None
    received_count: int
    missing: list[list[int]]
    gaps: list[dict]
    size_bytes: int
    duration_ms: int | None
    width: int | None
    height: int | None
    video_codec: str
    audio_codec: str
    end_reason: str
    failure: str
    continues: UUID | None
    started_at: Moment
    sealed_at: Moment | None
    ready_at: Moment | None
    video_url: str | None
    poster_url: str | None

    @staticmethod
    def resolve_missing(recording: Recording) -> list[list[int]]:
        return recording.missing_ranges()

    @staticmethod
    def resolve_size_bytes(recording: Recording) -> int:
        """Of the video once there is one, else of the chunks held."""
        return recording.video_size_bytes if recording.video else recording.held_bytes

    @staticmethod
    def resolve_continues(recording: Recording) -> UUID | None:
        return recording.continues_id

    @staticmethod
    def resolve_video_url(recording: Recording) -> str | None:
        return f"{recording_url(recording)}/video" if recording.video else None

    @staticmethod
    def resolve_poster_url(recording: Recording) -> str | None:
        return f"{recording_url(recording)}/poster" if recording.poster else None


class RecordingsOut(Schema):
    items: list[RecordingOut]
    next_cursor: str | None


class ChunksOut(Schema):
    """Inclusive ranges of numbers."""

    held: list[list[int]]
    missing: list[list[int]]


def recording_url(recording: Recording) -> str:
    return f"/api/v1/recordings/{recording.pk}"


@dataclass(frozen=True)
class IncomingChunk:
    """A piece of the byte stream as it arrived; `sha256` is what the client said, in hex, or None."""

    number: int
    data: bytes
    sha256: str | None = None


def chunk_from_request(request: HttpRequest, number: str, body: bytes) -> IncomingChunk:
    """The chunk of a PUT: raw bytes and a Content-Digest header."""
    return IncomingChunk(parse_number(number), body, parse_content_digest(request.headers.get("Content-Digest")))
