"""Long recordings as MediaRecorder would give them, made piece by piece out of a short one.

The clusters of the short one are repeated with later times; nothing of the whole is ever in memory.
"""

import re
from collections.abc import Iterator

from cam2bytes.lib.containers import header_of
from cam2bytes.lib.matroska import CLUSTER
from tests import media

SIZE = rb"(?:\x01.{7}|[\x10-\x1f].{3}|[\x20-\x3f].{2}|[\x40-\x7f].)"
CHECKSUM = rb"(?:\xbf\x84.{4})?"
CLUSTER_HEAD = re.compile(re.escape(CLUSTER) + SIZE + CHECKSUM + rb"\xe7([\x81-\x88])", re.DOTALL)
LOOP_MS = 11_000


def clusters(seconds: float, short: bytes = b"", loop_ms: int = LOOP_MS) -> Iterator[tuple[int, bytes]]:
    """(number, bytes): the header, then one cluster after another, for that many seconds.

    short     a WebM or Matroska recording that lasts up to `loop_ms`; if none is given, a sample in VP9
    """
    short = short or b"".join(media.chunks_of("webm_vp9_opus_640"))
    parts = list(_parts(short))
    yield 0, header_of(short)
    number = 0
    for loop in range(round(seconds * 1000 / loop_ms)):
        for time_ms, body in parts:
            number += 1
            yield number, _cluster_head(loop * loop_ms + time_ms) + body


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(time in ms, bytes behind the time) of each cluster."""
    heads = list(CLUSTER_HEAD.finditer(data))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        start = head.end() + (head[1][0] & 0x0F)
        yield int.from_bytes(data[head.end() : start]), data[start : following.start() if following else len(data)]


def _cluster_head(time_ms: int) -> bytes:
    return CLUSTER + b"\x01" + b"\xff" * 7 + b"\xe7\x88" + time_ms.to_bytes(8)
