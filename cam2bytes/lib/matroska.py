"""The little that must be known of Matroska and WebM: where the header ends, and where reading can begin again.

A MediaRecorder's stream is

    EBML  Segment( Info  Tracks  Cluster(Timecode  SimpleBlock ...)  Cluster(...) ... )

with Segment and Clusters of unknown size. Everything before the first Cluster is the header: it comes once
and nothing can be read without it. Behind a hole the next Cluster is the only safe place to go on: blocks
carry times relative to their Cluster, so blocks whose Cluster was lost would be shown at a false time.
"""

CLUSTER = bytes.fromhex("1f43b675")
SEGMENT = bytes.fromhex("18538067")
TRACKS = bytes.fromhex("1654ae6b")
EBML = bytes.fromhex("1a45dfa3")

TIMECODE_ID = 0xE7
CRC32 = b"\xbf\x84"
ENTRY_TAIL = 32
"""Bytes that may be needed to be sure of a Cluster: id 4, size 8, CRC-32 6, Timecode 2 and some."""


def header_length(head: bytes) -> int | None:
    """Bytes before the first Cluster, or all of `head` where it ends behind the Tracks; None while it is shorter."""
    position = 0
    has_tracks = False
    while not (has_tracks and position == len(head)):
        element_id, after_id = element_id_at(head, position)
        size, after_size = size_at(head, after_id)
        if after_size is None:
            return None
        if element_id == CLUSTER:
            return position
        # The Segment is entered; every other element before the first Cluster is stepped over.
        if element_id == SEGMENT:
            position = after_size
        elif size is None:
            return None
        else:
            position = after_size + size
            has_tracks = has_tracks or element_id == TRACKS
    return position


def find_entry(data: bytes, *, at_hole: bool) -> tuple[int, bytes] | None:
    """Where the next Cluster begins in `data`, as (offset, bytes to put in front); None when there is none.

    `at_hole`: `data` begins right behind a hole. Chromium ends its chunks one byte inside the next element,
    so a Cluster's first id byte may have gone with the lost chunk: `43 B6 75 ...` is then a Cluster too.
    """
    if at_hole:
        for lost in (1, 2, 3):
            if data.startswith(CLUSTER[lost:]) and _opens_cluster(data, len(CLUSTER) - lost):
                return 0, CLUSTER[:lost]
    offset = data.find(CLUSTER)
    while offset >= 0:
        if _opens_cluster(data, offset + len(CLUSTER)):
            return offset, b""
        offset = data.find(CLUSTER, offset + 1)
    return None


def _opens_cluster(data: bytes, position: int) -> bool:
    """Does a size and a Timecode follow? The four id bytes alone may also occur inside a picture."""
    _, position = size_at(data, position)
    if position is None:
        return False
    if data[position : position + 2] == CRC32:
        position += 6
    following = data[position : position + 2]
    return len(following) == 2 and following[0] == TIMECODE_ID and 0x81 <= following[1] <= 0x88


def element_id_at(data: bytes, position: int) -> tuple[bytes, int]:
    length = _vint_length(data, position, longest=4)
    return data[position : position + length], position + length


def size_at(data: bytes, position: int) -> tuple[int | None, int | None]:
    """(size or None if unknown, position behind it); the position is None when the data ends before that."""
    length = _vint_length(data, position, longest=8)
    raw = data[position : position + length]
    if not length or len(raw) < length:
        return None, None
    value = int.from_bytes(raw) & ((1 << 7 * length) - 1)
    unknown = value == (1 << 7 * length) - 1
    return (None if unknown else value), position + length


def _vint_length(data: bytes, position: int, *, longest: int) -> int:
    """Length of the variable-size integer there, told by the leading zero bits of its first byte; 0 if none."""
    if position >= len(data) or not data[position]:
        return 0
    length = 9 - data[position].bit_length()
    return length if length <= longest else 0
