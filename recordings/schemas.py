"""The words of the recordings API: what comes in as typed values, what goes out as JSON."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema
from pydantic import AfterValidator, Field

from cam2bytes.lib.digests import parse_content_digest, sha256_hex
from cam2bytes.lib.schemas import MAX_NUMBER, Count, EndReason, Moment, ShortText, StartIn, parse_number
from recordings.models import Recording
from recordings.told_schemas import MAX_RECORDING_MS, Telling, parse_waited_ms

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


class AliveIn(Telling):
    state: Literal["recording", "paused", "draining"]
    waiting_count: Count | None = None


class SealIn(Telling):
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


class LiveQuery(Schema):
    """`after`: a piece's number; `at_ms`: a moment. Neither: from the live edge."""

    after: Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None = None
    at_ms: Annotated[int, Field(ge=0, le=MAX_RECORDING_MS)] | None = None


class LivePieceOut(Schema):
    """`key_ms`: when its first key frame is shown, where playing can begin; null without one. `init` names the
    initialization segment at `init_url` that must be appended before it."""

    number: int
    start_ms: int
    end_ms: int
    key_ms: int | None
    size_bytes: int
    url: str
    init: str
    init_url: str


class LiveOut(Schema):
    """`content_type` is what to give to `addSourceBuffer`, "" where there is nothing to watch. `lag_ms`: how long ago
    the end of what is held, at `edge_ms` (null without pieces), was in the lens. `can_watch` is false where what is
    recorded cannot be handed on live at all. `is_over`: the recording has ended; `video_url` once its video is there.
    """

    status: str
    page_state: str
    can_watch: bool
    content_type: str
    lag_ms: int
    edge_ms: int | None
    is_over: bool
    video_url: str | None
    pieces: list[LivePieceOut]


def live_out(recording: Recording, view) -> dict:
    """The words of a `recordings.live.LiveView`."""
    root = f"{recording_url(recording)}/live"
    is_ready = recording.status == Recording.Status.READY
    return {
        "status": recording.status,
        "page_state": recording.page_state,
        "can_watch": view.can_watch,
        "content_type": view.content_type,
        "lag_ms": view.lag_ms,
        "edge_ms": view.edge_ms,
        "is_over": recording.status != Recording.Status.OPEN,
        "video_url": f"{recording_url(recording)}/video?revision={recording.revision}" if is_ready else None,
        "pieces": [
            {
                "number": piece.number,
                "start_ms": piece.start_ms,
                "end_ms": piece.end_ms,
                "key_ms": piece.key_ms,
                "size_bytes": piece.size_bytes,
                "url": f"{root}/{piece.number}",
                "init": sha256_hex(bytes(piece.parameter_sets))[:16],
                "init_url": f"{root}/{piece.number}/init",
            }
            for piece in view.pieces
        ],
    }


class PicturesQuery(Schema):
    start_ms: Annotated[int, Field(ge=0, le=MAX_RECORDING_MS)] = 0


class PicturesOut(Schema):
    """`times_ms`: when each picture from `start_ms` to before `end_ms` is shown, in the file's own time, in order."""

    start_ms: int
    end_ms: int
    times_ms: list[float]


def recording_url(recording: Recording) -> str:
    return f"/api/v1/recordings/{recording.pk}"


@dataclass(frozen=True)
class IncomingChunk:
    """A piece of the byte stream as it arrived; `sha256` and `waited_ms` are what the client said."""

    number: int
    data: bytes
    sha256: str | None = None
    waited_ms: int | None = None


def chunk_from_request(request: HttpRequest, number: str, body: bytes) -> IncomingChunk:
    """The chunk of a PUT: raw bytes, with Content-Digest and Cam2Bytes-Waited-Ms as headers."""
    sha256 = parse_content_digest(request.headers.get("Content-Digest"))
    return IncomingChunk(
        parse_number(number), body, sha256, parse_waited_ms(request.headers.get("Cam2Bytes-Waited-Ms"))
    )
