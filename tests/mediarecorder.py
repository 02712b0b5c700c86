"""Matroska as Chromium's MediaRecorder writes it: a plain header, Clusters of unknown size, SimpleBlocks."""

import io
import struct

import av

UNKNOWN = b"\x01" + b"\xff" * 7
CODECS = {"vp8": b"V_VP8", "vp9": b"V_VP9", "h264": b"V_MPEG4/ISO/AVC", "opus": b"A_OPUS"}


def as_recorded(source: bytes, cluster_ms: int = 1000) -> bytes:
    """The same packets, at whole milliseconds from 0 on; a Cluster each second."""
    with av.open(io.BytesIO(source)) as media:
        head = _header(media.streams)
        packets = [packet for packet in media.demux() if packet.size]
        packets.sort(key=lambda packet: packet.pts * packet.time_base)
    parts, begun = [head], None
    for packet in packets:
        time = max(round(packet.pts * packet.time_base * 1000), 0)
        if begun is None or time - begun >= cluster_ms:
            begun = time
            parts.append(b"\x1f\x43\xb6\x75" + UNKNOWN + b"\xe7\x88" + begun.to_bytes(8))
        flags = b"\x80" if packet.is_keyframe else b"\0"
        place = bytes([0x80 | packet.stream_index + 1]) + (time - begun).to_bytes(2)
        parts.append(element(b"\xa3", place, flags, bytes(packet)))
    return b"".join(parts)


def element(element_id: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return element_id + (0x1000_0000 | len(body)).to_bytes(4) + body


def _header(streams) -> bytes:
    kind = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"webm"))
    info = element(
        b"\x15\x49\xa9\x66", element(b"\x2a\xd7\xb1", (1_000_000).to_bytes(4)), element(b"\x57\x41", b"Chrome")
    )
    tracks = element(b"\x16\x54\xae\x6b", *(_track(stream) for stream in streams))
    return kind + b"\x18\x53\x80\x67" + UNKNOWN + info + tracks


def _track(stream) -> bytes:
    context, number = stream.codec_context, bytes([stream.index + 1])
    facts = [
        element(b"\xd7", number),
        element(b"\x73\xc5", number),
        element(b"\x86", CODECS[context.codec.canonical_name]),
    ]
    if stream.type == "video":
        size = element(b"\xb0", context.width.to_bytes(2)), element(b"\xba", context.height.to_bytes(2))
        return element(b"\xae", *facts, element(b"\x83", b"\1"), element(b"\xe0", *size))
    private = context.extradata[:10] + b"\0\0" + context.extradata[12:]  # no samples to be skipped at the beginning
    sound = element(b"\xb5", struct.pack(">d", 48000)), element(b"\x9f", bytes([context.channels]))
    return element(b"\xae", *facts, element(b"\x83", b"\2"), element(b"\x63\xa2", private), element(b"\xe1", *sound))
