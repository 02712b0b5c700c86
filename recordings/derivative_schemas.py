"""The words of the derivatives API."""

from decimal import Decimal
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from cam2bytes.lib.schemas import Moment
from recordings.derivative import EVERY_PICTURE, Derivative


class DerivativeIn(Schema):
    """`fps`, for frames only: how many pictures for each second, in hundredths; absent or null takes every one."""

    kind: Literal["mp4", "frames"]
    fps: Annotated[float, Field(ge=0.1, le=30)] | None = None

    def rate(self) -> Decimal:
        return EVERY_PICTURE if self.fps is None or self.kind != "frames" else Decimal(str(round(self.fps, 2)))


class DerivativeOut(Schema):
    id: int
    kind: str
    fps: float | None
    status: str
    progress: float
    seconds_left: int | None
    size_bytes: int | None
    content_type: str
    failure: str
    created_at: Moment
    ready_at: Moment | None
    file_url: str | None
    webvtt_url: str | None

    @staticmethod
    def resolve_fps(derivative: Derivative) -> float | None:
        return float(derivative.fps) or None

    @staticmethod
    def resolve_progress(derivative: Derivative) -> float:
        return round(derivative.progress, 3)

    @staticmethod
    def resolve_file_url(derivative: Derivative) -> str | None:
        return f"{derivative.address}/file" if derivative.file else None

    @staticmethod
    def resolve_webvtt_url(derivative: Derivative) -> str | None:
        return derivative.webvtt_address or None


class DerivativesOut(Schema):
    items: list[DerivativeOut]
