"""A recording that still grows, as Media Source Extensions take it: an initialization segment and live pieces."""

from cam2bytes.lib.containers import sniff_container
from cam2bytes.lib.livematroska import matroska_stream
from cam2bytes.lib.livemp4 import mp4_stream
from cam2bytes.lib.liveogg import ogg_stream
from cam2bytes.lib.livereading import LiveStream

KINDS = {"webm": matroska_stream, "mp4": mp4_stream, "ogg": ogg_stream}


def live_stream(header: bytes) -> LiveStream | None:
    """The stream that begins with this header; None where it cannot be watched while it grows."""
    kind = KINDS.get(sniff_container(header))
    return kind(header) if kind else None
