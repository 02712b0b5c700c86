"""The little that must be known of MP4: where the header ends, and where reading can begin again.

A MediaRecorder's stream is `ftyp moov (moof mdat) (moof mdat) ...`: a header without which nothing can be
read, then fragments that begin with a key frame and carry their own time. Behind a hole the next `moof` is
the place to go on. A plain MP4 (one `mdat`, one index) can be read too, but not repaired.
"""

from cam2bytes.lib.boxes import boxes_in

MOVIE_HEADER_BOX = 16
"""Size of `mfhd`, always the first box in a `moof`."""
ENTRY_TAIL = 24


def header_length(head: bytes) -> int | None:
    """Bytes up to the end of `moov`; None while `head` does not reach that far, or has media before it."""
    for kind, start, size in boxes_in(head):
        if kind == b"mdat":
            return None
        if kind == b"moov":
            return start + size if start + size <= len(head) else None
    return None


def index_comes_last(head: bytes) -> bool:
    """Does the media stand before its index, so that only the whole file can be read?"""
    for kind, _, _ in boxes_in(head):
        if kind in (b"moov", b"mdat"):
            return kind == b"mdat"
    return False


def find_entry(data: bytes, *, at_hole: bool) -> tuple[int, bytes] | None:
    """Where the next fragment begins in `data`, as (offset, b""); None when there is none.

    A `moof` is believed when its size is sane and an `mfhd` follows at once: the letters alone may occur
    inside a picture.
    """
    found = data.find(b"moof", 4)
    while found >= 0:
        start = found - 4
        size = int.from_bytes(data[start : start + 4])
        inner = data[found + 4 : found + 12]
        if size >= 24 and inner == MOVIE_HEADER_BOX.to_bytes(4) + b"mfhd":
            return start, b""
        found = data.find(b"moof", found + 1)
    return None
