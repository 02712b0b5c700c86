"""What a page tells of its sampling, as typed values: each bounded, because it is kept and shown."""

from typing import Annotated, Literal, get_args

from ninja import Schema
from pydantic import Field

from cam2bytes.lib.schemas import MAX_NUMBER, Count

Way = Literal["worker", "video-frames", "timer"]
Reason = Literal["camera-late", "encoder-busy", "encoder-failed", "page-busy", "outbox-full"]
REASONS = get_args(Reason)
MOST_DROPS = 100
MAX_SPAN_MS = 365 * 24 * 3_600_000
MAX_EPOCH_MS = 253_402_300_799_999
Span = Annotated[float, Field(ge=0, le=MAX_SPAN_MS, allow_inf_nan=False)]


class DropIn(Schema):
    """`count` frames left out around `at_ms`, in milliseconds since 1970 by the server's clock."""

    reason: Reason
    at_ms: Annotated[int, Field(ge=0, le=MAX_EPOCH_MS)]
    count: Annotated[int, Field(ge=1, le=MAX_NUMBER)]


class ClockIn(Schema):
    """The server's clock minus the sender's, as found by round trips to `/api/v1/time`; `error_ms` is half of the
    best one and what the clocks may have drifted since."""

    offset_ms: Annotated[float, Field(ge=-MAX_EPOCH_MS, le=MAX_EPOCH_MS, allow_inf_nan=False)]
    error_ms: Span
    round_trip_ms: Span
    measured_count: Count
    step_count: Count


class SamplingFacts(Schema):
    """requested_count = taken_count - extra_count + all that was dropped."""

    way: Way
    requested_count: Count
    taken_count: Count
    extra_count: Count = 0
    dropped: Annotated[dict[Reason, Count], Field(max_length=len(REASONS))] = {}
    drops: Annotated[list[DropIn], Field(max_length=MOST_DROPS)] = []
    jitter_p50_ms: Span | None = None
    jitter_p95_ms: Span | None = None
    clock: ClockIn | None = None


class SamplingIn(SamplingFacts):
    """`number` rises with each word of the page; of two words the one with the higher number counts."""

    number: Count
    taken_at_error_ms: Span | None = None


class SamplingTold(Schema):
    """What carries the page's word on its sampling."""

    sampling: SamplingIn | None = None

    def sampling_facts(self) -> dict | None:
        return self.sampling and self.sampling.dict()
