"""Where objects lie: every name of every object is made here, from ids, numbers and digests only.

    captures/<3 hex of id>/<id>/frames/<number // 1000>/<number>-<sha256, 16 hex>-<nonce>.jpg
    captures/<3 hex of id>/<id>/thumbnails/<number // 1000>/<number>-<nonce>.jpg
    recordings/<3 hex of id>/<id>/chunks/<number // 1000>/<number>-<sha256, 16 hex>-<nonce>.bin
    recordings/<3 hex of id>/<id>/video/<revision>-<nonce>.mp4      poster/<revision>-<nonce>.jpg
    recordings/<3 hex of id>/<id>/derivatives/<id>/<nonce>.mp4      <id>/parts/<number // 1000>/<number>-<nonce>.bin
    recordings/<3 hex of id>/<id>/live/<number // 1000>/<number>-<nonce>.bin
    .../quarantine/<number // 1000>/<number>-<sha256, 16 hex>-<nonce>.bin
    lost+found/<a key of the above>

No text of a client is in a key, so none can lead out of the store. The nonce is new for every attempt:
two writers never meet in one name, nothing is overwritten, and the loser of a race can remove its own
object without touching the winner's. At most 1,000 numbers share a folder.
"""

import secrets
from uuid import UUID

FOLDER_SIZE = 1000
TEMP_PREFIX = ".incoming/"  # files in the making
LOST_PREFIX = "lost+found/"  # objects that no row speaks of, under their old keys
QUARANTINE = "quarantine"
FRAME_FOLDERS = ("frames", "thumbnails", QUARANTINE)
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/png": ".png",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/mp4": ".mp4",
    "audio/webm": ".webm",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
    "application/zip": ".zip",
}


def _nonce() -> str:
    return secrets.token_hex(6)


def _in_folder(number: int) -> str:
    return f"{number // FOLDER_SIZE:06d}/{number:09d}"


def suffix_of(content_type: str) -> str:
    return SUFFIXES.get(content_type, ".bin")


def run_prefix(room: str, run_id: UUID) -> str:
    """`room` is "captures/" or "recordings/"."""
    return f"{room}{run_id.hex[:3]}/{run_id}/"


def capture_prefix(capture_id: UUID) -> str:
    return run_prefix("captures/", capture_id)


def recording_prefix(recording_id: UUID) -> str:
    return run_prefix("recordings/", recording_id)


def frame_key(capture_id: UUID, number: int, sha256: str, content_type: str) -> str:
    name = f"{_in_folder(number)}-{sha256[:16]}-{_nonce()}{suffix_of(content_type)}"
    return f"{capture_prefix(capture_id)}frames/{name}"


def thumbnail_key(capture_id: UUID, number: int) -> str:
    return f"{capture_prefix(capture_id)}thumbnails/{_in_folder(number)}-{_nonce()}.jpg"


def chunk_key(recording_id: UUID, number: int, sha256: str) -> str:
    return f"{recording_prefix(recording_id)}chunks/{_in_folder(number)}-{sha256[:16]}-{_nonce()}.bin"


def video_key(recording_id: UUID, revision: int, content_type: str) -> str:
    return f"{recording_prefix(recording_id)}video/{revision:06d}-{_nonce()}{suffix_of(content_type)}"


def poster_key(recording_id: UUID, revision: int) -> str:
    return f"{recording_prefix(recording_id)}poster/{revision:06d}-{_nonce()}.jpg"


def derivative_prefix(recording_id: UUID, derivative_id: int) -> str:
    return f"{recording_prefix(recording_id)}derivatives/{derivative_id}/"


def derivative_key(prefix: str, content_type: str) -> str:
    """`prefix` is that of the derivative."""
    return f"{prefix}{_nonce()}{suffix_of(content_type)}"


def derivative_part_key(prefix: str, number: int) -> str:
    return f"{prefix}parts/{_in_folder(number)}-{_nonce()}.bin"


def live_prefix(recording_id: UUID) -> str:
    return f"{recording_prefix(recording_id)}live/"


def live_piece_key(recording_id: UUID, number: int) -> str:
    return f"{live_prefix(recording_id)}{_in_folder(number)}-{_nonce()}.bin"


def quarantine_key(prefix: str, number: int, sha256: str) -> str:
    """For bytes that came under a number that holds others; `prefix` is a capture's or a recording's."""
    return f"{quarantine_start(prefix, number, sha256)}{_nonce()}.bin"


def quarantine_start(prefix: str, number: int, sha256: str) -> str:
    """How every key of these bytes in quarantine begins."""
    return f"{prefix}{QUARANTINE}/{_in_folder(number)}-{sha256[:16]}-"


def frame_folders(capture_id: UUID, number: int) -> list[str]:
    """The folders that hold every object of one frame, and of the others that share them: FOLDER_SIZE numbers."""
    place = f"{number // FOLDER_SIZE:06d}/"
    return [f"{capture_prefix(capture_id)}{folder}/{place}" for folder in FRAME_FOLDERS]


def frame_starts(capture_id: UUID, number: int) -> list[str]:
    """How the keys of every object of one frame begin: the image, thumbnails, and what is in quarantine."""
    return [f"{capture_prefix(capture_id)}{folder}/{_in_folder(number)}-" for folder in FRAME_FOLDERS]
