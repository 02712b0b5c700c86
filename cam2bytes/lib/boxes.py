"""The boxes of ISO/IEC 14496-12 (MP4): written, and found in what is written."""

from collections.abc import Iterator

BOX_HEADER = 8
LARGE_SIZE = 1


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of `kind` (four letters) around `parts`."""
    body = b"".join(parts)
    return (BOX_HEADER + len(body)).to_bytes(4) + kind + body


def nested(kind: bytes, parts: list[bytes]) -> list[bytes]:
    """The same, not joined: what is large is not copied for each box around it."""
    return [(BOX_HEADER + sum(map(len, parts))).to_bytes(4) + kind, *parts]


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return box(kind, bytes([version]), flags.to_bytes(3), *parts)


def u16(*values: int) -> bytes:
    return b"".join(value.to_bytes(2) for value in values)


def u32(*values: int) -> bytes:
    return b"".join(value.to_bytes(4) for value in values)


def boxes_in(data: bytes, start: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, size) of the boxes one after another from `start` on, as far as their heads lie in `data`."""
    while start + BOX_HEADER <= len(data):
        size = int.from_bytes(data[start : start + 4])
        if size == LARGE_SIZE:
            size = int.from_bytes(data[start + 8 : start + 16])
        yield data[start + 4 : start + 8], start, size
        if size < BOX_HEADER:  # 0 means "to the end of the file"; anything else below 8 is a lie
            return
        start += size
