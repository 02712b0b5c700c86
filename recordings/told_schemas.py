"""What a page tells beside the bytes, as typed values; and the health report made of it, as JSON."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from cam2bytes.lib.problems import Problem
from cam2bytes.lib.schemas import ShortText
from recordings.told import MOST_EVENTS

MAX_RECORDING_MS = 7 * 24 * 3_600_000
MAX_WAITED_MS = 10 * 365 * 24 * 3_600_000
Milliseconds = Annotated[int, Field(ge=0, le=MAX_RECORDING_MS)]
EventKind = Literal[
    "paused", "resumed", "camera-gone", "camera-muted", "camera-back",
    "microphone-gone", "microphone-muted", "microphone-back",
]  # fmt: skip


class EventIn(Schema):
    """Something that happened `at_ms` into what is recorded, pauses left out. `resumed` and `-back` end what went
    before; `lasted_ms` is how long that was."""

    kind: EventKind
    at_ms: Milliseconds
    lasted_ms: Milliseconds | None = None
    device: ShortText = ""


class Telling(Schema):
    """`events`: all that happened since the start, in order, every time; the longest list counts."""

    events: Annotated[list[EventIn], Field(max_length=MOST_EVENTS)] | None = None

    def event_list(self) -> list[dict] | None:
        return None if self.events is None else [event.dict() for event in self.events]


class PauseOut(Schema):
    at_ms: int
    lasted_ms: int | None


class DeviceChangeOut(Schema):
    at_ms: int
    kind: str
    device: str
    lasted_ms: int | None


class UploadOut(Schema):
    told_count: int
    median_ms: int | None
    largest_ms: int | None


class HealthOut(Schema):
    """`null` is not told, or not known yet. Times are places in the video; docs/health.md defines each figure."""

    sentence: str
    status: str
    duration_ms: int | None
    gap_count: int
    gaps_ms: int
    gaps: list[dict]
    frame_count: int | None
    expected_frames: int | None
    usual_step_ms: float | None
    longest_step_ms: int | None
    longest_step_at_ms: int | None
    drift_ms: int | None
    upload: UploadOut
    pauses: list[PauseOut] | None
    device_changes: list[DeviceChangeOut] | None
    told_all: bool | None
    continues: UUID | None
    continued_by: list[UUID]
    end_reason: str
    browser: str
    user_agent: str
    video_codec: str
    audio_codec: str
    container: str
    recorded_as: str


def parse_waited_ms(text: str | None) -> int | None:
    """Of the header Cam2Bytes-Waited-Ms; None where it is absent, Problem 422 for what is no such time."""
    if not text:
        return None
    waited = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1
    if not 0 <= waited <= MAX_WAITED_MS:
        raise Problem("invalid", "Cam2Bytes-Waited-Ms must be whole milliseconds, from 0 to ten years.")
    return waited
