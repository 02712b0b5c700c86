"""What metadata.jsonl says of a frame: one JSON object on a line, for people who make datasets.

The last value, `missing`, may become known only when everything before it is sent and every length is fixed. So its
place is as long as the longest word that may come to stand there; JSON takes no notice of the spaces.
"""

import json

from cam2bytes.lib.schemas import iso_ms
from capture.models import CaptureSession, Frame

_THERE, _GONE = b"null        }\n", b'"unreadable"}\n'


def line_of(capture: CaptureSession, frame: Frame, file_name: str) -> bytes:
    """The line of a frame whose image will be there under `file_name`, or was rejected."""
    facts = {
        "file_name": file_name,
        "capture_id": str(capture.pk),
        "capture_name": capture.name,
        "device_name": capture.device_name,
        "capture_labels": capture.labels,
        "number": frame.number,
        "labels": frame.labels,
        "taken_at": iso_ms(frame.taken_at) if frame.taken_at else None,
        "taken_at_error_ms": capture.taken_at_error_ms,
        "received_at": iso_ms(frame.received_at),
        "content_type": frame.content_type,
        "size_bytes": frame.size_bytes,
        "sha256": frame.sha256,
        "width": frame.width,
        "height": frame.height,
        "sharpness": frame.sharpness,
        "brightness": frame.brightness,
        "perceptual_hash": frame.perceptual_hash,
        "near_duplicate": frame.near_duplicate,
        "processed": frame.processed,
    }
    rejected = frame.status == Frame.Status.REJECTED
    missing = json.dumps(f"rejected: {frame.reason}", ensure_ascii=False).encode() + b"}\n" if rejected else _THERE
    return json.dumps(facts, ensure_ascii=False).encode()[:-1] + b', "missing": ' + missing


def unreadable(line: bytes) -> bytes:
    """The same line, as long, of an image that turned out not to be readable."""
    return line.removesuffix(_THERE) + _GONE
