"""Long recordings as MediaRecorder would give them, made piece by piece out of a short sample series.

The clusters of the sample are repeated with later times; nothing of the whole is ever in memory.
"""

import re
from collections.abc import Iterator

from cam2bytes.lib.containers import header_of
from cam2bytes.lib.matroska import CLUSTER
from tests import media

CLUSTER_HEAD = re.compile(re.escape(CLUSTER) + rb"\x01\xff{7}\xe7([\x81-\x88])", re.DOTALL)
LOOP_MS = 11_000


def clusters(seconds: float, series: str = "webm_vp9_opus_640") -> Iterator[tuple[int, bytes]]:
    """(number, bytes): the header, then one cluster after another, for that many seconds."""
    data = b"".join(media.chunks_of(series))
    header = header_of(data)
    parts = list(_parts(data))
    yield 0, header
    number = 0
    for loop in range(round(seconds * 1000 / LOOP_MS)):
        for time_ms, body in parts:
            number += 1
            yield number, _cluster_head(loop * LOOP_MS + time_ms) + body


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(time in ms, bytes behind the time) of each cluster."""
    heads = list(CLUSTER_HEAD.finditer(data))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        start = head.end() + (head[1][0] & 0x0F)
        yield int.from_bytes(data[head.end() : start]), data[start : following.start() if following else len(data)]


def _cluster_head(time_ms: int) -> bytes:
    return CLUSTER + b"\x01" + b"\xff" * 7 + b"\xe7\x88" + time_ms.to_bytes(8)
