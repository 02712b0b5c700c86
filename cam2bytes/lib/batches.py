"""The batch of frames, application/vnd.cam2bytes.frames: many frames in one request.

Records one after another, each

    4 bytes   length of the JSON, big-endian
    n bytes   UTF-8 JSON {"number", "taken_at_ms", "content_type", "size_bytes", "sha256"}
    m bytes   the image, `size_bytes` long

Records are independent: one that is refused leaves the others alone. Where the framing itself breaks,
what came before stays valid, and nothing behind it can be read.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass

CONTENT_TYPE = "application/vnd.cam2bytes.frames"
MAX_HEAD_BYTES = 4096


class BrokenBatch(Exception):
    """The framing breaks here; the text says how."""


@dataclass(frozen=True)
class Record:
    head: dict
    data: bytes


def records(body: bytes) -> Iterator[Record]:
    """The records in body order; raises BrokenBatch where the framing breaks."""
    position = 0
    while position < len(body):
        head, position = _read_head(body, position)
        size = head.get("size_bytes")
        if type(size) is not int or size < 0:
            raise BrokenBatch("A record's size_bytes is not a whole number.")
        if position + size > len(body):
            raise BrokenBatch("The batch ends inside an image.")
        yield Record(head, body[position : position + size])
        position += size


def _read_head(body: bytes, position: int) -> tuple[dict, int]:
    if position + 4 > len(body):
        raise BrokenBatch("The batch ends inside a length.")
    (length,) = struct.unpack_from(">I", body, position)
    position += 4
    if length > MAX_HEAD_BYTES:
        raise BrokenBatch(f"A record's JSON is longer than {MAX_HEAD_BYTES} bytes.")
    if position + length > len(body):
        raise BrokenBatch("The batch ends inside a record's JSON.")
    try:
        head = json.loads(body[position : position + length].decode())
    except (ValueError, RecursionError):
        raise BrokenBatch("A record's JSON cannot be read.") from None
    if not isinstance(head, dict):
        raise BrokenBatch("A record's JSON is not an object.")
    return head, position + length


def build(frames: list[tuple[dict, bytes]]) -> bytes:
    """A batch of (head, image) pairs; `size_bytes` is filled in where the head lacks it."""
    parts = []
    for head, data in frames:
        encoded = json.dumps({"size_bytes": len(data), **head}).encode()
        parts += [struct.pack(">I", len(encoded)), encoded, data]
    return b"".join(parts)
