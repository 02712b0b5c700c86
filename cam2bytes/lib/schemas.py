"""Typed values shared by both APIs: short texts, labels, metadata, numbers, times."""

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, Field, PlainSerializer

from cam2bytes.lib.problems import Problem

MAX_NUMBER = 999_999_999
MAX_METADATA_BYTES = 4096
LATEST_MS = 253_402_300_799_999  # the last millisecond of the year 9999


def _without_nul(text: str) -> str:
    """PostgreSQL's text cannot hold a zero byte."""
    if "\x00" in text:
        raise ValueError("must not hold a zero byte")
    return text


def _small_json(value: dict) -> dict:
    try:
        encoded = json.dumps(value, allow_nan=False, ensure_ascii=False)
        size = len(encoded.encode())
    except (ValueError, RecursionError):
        raise ValueError("must be plain JSON") from None
    if size > MAX_METADATA_BYTES:
        raise ValueError(f"must be at most {MAX_METADATA_BYTES} bytes as JSON")
    if "\\u0000" in encoded:
        raise ValueError("must not hold a zero byte")
    return value


def iso_ms(moment: datetime) -> str:
    """ISO 8601, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


ShortText = Annotated[str, Field(max_length=200), AfterValidator(_without_nul)]
Label = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_without_nul)]
Labels = Annotated[list[Label], Field(max_length=50), AfterValidator(lambda labels: list(dict.fromkeys(labels)))]
Metadata = Annotated[dict, AfterValidator(_small_json)]
Pixels = Annotated[int, Field(ge=1, le=65_535)]
Count = Annotated[int, Field(ge=0, le=MAX_NUMBER + 1)]
EndReason = Annotated[str, Field(max_length=100), AfterValidator(_without_nul)]
Moment = Annotated[datetime, PlainSerializer(iso_ms, return_type=str)]


class StartIn(Schema):
    """What both kinds of start take; unknown fields are ignored."""

    name: ShortText = ""
    content_type: ShortText = ""
    width: Pixels | None = None
    height: Pixels | None = None
    camera_label: ShortText = ""
    device_name: ShortText = ""
    external_id: ShortText = ""
    labels: Labels = []
    metadata: Metadata = {}
    client_id: UUID | None = None


class PatchIn(Schema):
    """What a person may change afterwards; absent fields stay."""

    name: ShortText | None = None
    device_name: ShortText | None = None
    external_id: ShortText | None = None
    labels: Labels | None = None
    metadata: Metadata | None = None


class ProblemOut(Schema):
    """application/problem+json (RFC 9457)."""

    type: str
    status: int
    code: str
    detail: str


class ReceiptOut(Schema):
    """These bytes, with this digest, are kept: 201 now, 200 before."""

    number: int
    size_bytes: int
    sha256: str
    status: int


def parse_number(text: object) -> int:
    """A place in order from 0; Problem 422 for anything else."""
    if isinstance(text, str):
        text = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
    if type(text) is not int or not 0 <= text <= MAX_NUMBER:
        raise Problem("bad-number", f"The number must be a whole number from 0 to {MAX_NUMBER}.")
    return text


def parse_epoch_ms(value: object) -> datetime | None:
    """A time given as milliseconds since 1970; None when absent; Problem 422 for anything else."""
    if value is None or value == "":
        return None
    try:
        milliseconds = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1
    except (ValueError, OverflowError):
        milliseconds = -1
    if not 0 <= milliseconds <= LATEST_MS:
        raise Problem("invalid", "The time must be milliseconds since 1970-01-01T00:00Z.")
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def parse_sha256(value: object) -> str | None:
    """A digest given in hex; None when absent; Problem 422 for anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) == 64:
        try:
            return bytes.fromhex(value).hex()
        except ValueError:
            pass
    raise Problem("bad-digest", "sha256 must be 64 hexadecimal digits.")


def errors(*statuses: int) -> dict[int, type[ProblemOut]]:
    """For ninja's `response=`: these statuses answer with a problem."""
    return dict.fromkeys((*statuses, 401, 403, 503), ProblemOut)
