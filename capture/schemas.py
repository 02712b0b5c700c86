"""The words of the capture API: what comes in as typed values, what goes out as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from cam2bytes.lib import batches
from cam2bytes.lib.cursors import MAX_LIMIT
from cam2bytes.lib.digests import parse_content_digest
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.schemas import (
    Count,
    EndReason,
    Labels,
    Moment,
    ReceiptOut,
    StartIn,
    parse_epoch_ms,
    parse_number,
    parse_sha256,
)  # fmt: skip
from capture.choosing import Choice, Order
from capture.models import CaptureSession, Frame
from capture.sampled_schemas import SamplingFacts, SamplingTold


class CaptureIn(StartIn):
    """What starts a capture session; all of it optional."""

    requested_fps: Annotated[float, Field(gt=0, le=1000)] | None = None


class AliveIn(SamplingTold):
    """What the page tells with a sign of life; nothing has to be."""


class CloseIn(SamplingTold):
    frame_count: Count
    dropped_count: Count | None = None
    end_reason: EndReason = "stopped"


class FramePatchIn(Schema):
    labels: Labels


class RefusalOut(Schema):
    """A record of a batch that was not kept; `number` is null where it could not be read."""

    number: int | None
    status: int
    code: str
    detail: str


class ReceiptsOut(Schema):
    receipts: list[ReceiptOut | RefusalOut]


class CaptureOut(Schema):
    id: UUID
    name: str
    status: str
    camera_label: str
    device_name: str
    external_id: str
    labels: list[str]
    metadata: dict
    requested_fps: float | None
    achieved_fps: float | None
    width: int | None
    height: int | None
    content_type: str
    frame_count: int
    ready_count: int
    rejected_count: int
    expected_frame_count: int | None
    dropped_count: int | None
    taken_at_error_ms: float | None
    sampling: SamplingFacts | None
    end_reason: str
    started_at: Moment
    closed_at: Moment | None


class CapturesOut(Schema):
    items: list[CaptureOut]
    next_cursor: str | None


class FrameFilter(Schema):
    """Which frames. What is not measured yet passes what hides, and fails what asks for a figure."""

    sharpness_min: Annotated[float, Field(ge=0)] | None = None
    brightness_min: Annotated[float, Field(ge=0, le=255)] | None = None
    brightness_max: Annotated[float, Field(ge=0, le=255)] | None = None
    hide_near_duplicates: bool = False
    hide_blurred: bool = False

    def choice(self) -> Choice:
        return Choice(**self.dict(exclude={"after", "limit", "frame"}))


class FramesQuery(FrameFilter):
    """And in which order, page by page."""

    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 100
    sort: Order = "number"


class ArchiveQuery(FrameFilter):
    frame: list[str] = []


class CapturesArchiveQuery(Schema):
    capture: Annotated[list[UUID], Field(min_length=1, max_length=30)]


class FrameOut(Schema):
    number: int
    status: str
    reason: str
    content_type: str
    size_bytes: int
    sha256: str
    width: int
    height: int
    labels: list[str]
    taken_at: Moment | None
    received_at: Moment
    sharpness: float | None
    brightness: float | None
    perceptual_hash: str | None
    near_duplicate: bool | None
    processed: dict
    image_url: str | None
    thumbnail_url: str | None

    @staticmethod
    def resolve_image_url(frame: Frame) -> str | None:
        return None if frame.status == Frame.Status.REJECTED else f"{frame_url(frame)}/image"

    @staticmethod
    def resolve_thumbnail_url(frame: Frame) -> str | None:
        return f"{frame_url(frame)}/thumbnail" if frame.thumbnail else None


class FramesOut(Schema):
    items: list[FrameOut]
    next_after: int | str | None


def capture_url(capture: CaptureSession) -> str:
    return f"/api/v1/captures/{capture.pk}"


def frame_url(frame: Frame) -> str:
    return f"/api/v1/captures/{frame.capture_id}/frames/{frame.number}"


@dataclass(frozen=True)
class IncomingFrame:
    """An image as it arrived, not judged yet; `sha256` is what the client said, in hex, or None."""

    number: int
    data: bytes
    taken_at: datetime | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Refused:
    """A frame that is not kept, and why; `number` is None where it could not be read."""

    number: int | None
    problem: Problem

    def as_dict(self) -> dict:
        return {"number": self.number, "status": self.problem.status, "code": self.problem.code,
                "detail": self.problem.detail}  # fmt: skip


def frame_from_request(request: HttpRequest, number: str, body: bytes) -> IncomingFrame:
    """The frame of a PUT: raw bytes, Content-Digest and Cam2Bytes-Taken-At (epoch ms) as headers."""
    return IncomingFrame(
        parse_number(number),
        body,
        parse_epoch_ms(request.headers.get("Cam2Bytes-Taken-At")),
        parse_content_digest(request.headers.get("Content-Digest")),
    )


def frames_from_batch(body: bytes) -> Iterator[IncomingFrame | Refused]:
    """The frames of a batch in body order; a record that makes no sense, or a broken frame, is refused."""
    found = batches.records(body)
    while True:
        try:
            record = next(found)
        except StopIteration:
            return
        except batches.BrokenBatch as broken:
            yield Refused(None, Problem("bad-batch", str(broken)))
            return
        yield _frame_from_record(record)


def _frame_from_record(record: batches.Record) -> IncomingFrame | Refused:
    head, number = record.head, None
    try:
        if type(head.get("number")) is not int:
            raise Problem("bad-number")
        number = parse_number(head["number"])
        return IncomingFrame(
            number, record.data, parse_epoch_ms(head.get("taken_at_ms")), parse_sha256(head.get("sha256"))
        )
    except Problem as problem:
        return Refused(number, problem)
