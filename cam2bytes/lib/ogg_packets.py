"""Ogg (RFC 3533) with Opus in it (RFC 7845), read as it grows: every whole packet with its time.

A page says when its last packet ends, in samples of 48 kHz; how long a packet lasts says its first byte.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cam2bytes.lib.ogg import PAGE, PAGE_HEAD

RATE = 48000
SILK_MS, CELT_MS, HYBRID_MS = (10, 20, 40, 60), (2.5, 5, 10, 20), (10, 20)
MOST_FRAMES = 48


class OggPage(NamedTuple):
    """`packets` begin and end in it, or in the pages before it that were waited for; `position` is when the last one
    ends, in samples; `end` the byte behind it."""

    packets: list[bytes]
    position: int
    end: int


def read_pages(data: bytes) -> Iterator[OggPage | None]:
    """The pages in `data`, those that share a packet as one. Stops at what is not whole; None: no page begins here."""
    start, parts = 0, [b""]
    while len(data) - start >= PAGE_HEAD:
        if not data.startswith(PAGE, start):
            yield None
            return
        body = start + PAGE_HEAD + data[start + PAGE_HEAD - 1]
        laces = data[start + PAGE_HEAD : body]
        if body + sum(laces) > len(data):
            return
        position = int.from_bytes(data[start + 6 : start + 14], "little")
        for lace in laces:
            parts[-1] += data[body : body + lace]
            body += lace
            if lace < 255:
                parts.append(b"")
        start = body
        if not parts[-1]:
            yield OggPage(parts[:-1], position, start)
            parts = [b""]


def packet_samples(packet: bytes) -> int:
    """How long an Opus packet lasts (RFC 6716 §3.1), in samples of 48 kHz; 0 for none."""
    if not packet:
        return 0
    config, count_code = packet[0] >> 3, packet[0] & 3
    count = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[count_code]
    if config < 12:
        frame_ms = SILK_MS[config & 3]
    elif config < 16:
        frame_ms = HYBRID_MS[config & 1]
    else:
        frame_ms = CELT_MS[config & 3]
    return int(frame_ms * RATE / 1000) * min(count, MOST_FRAMES)
