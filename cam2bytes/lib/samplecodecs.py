"""How browsers name the codec of an MP4 sample entry (RFC 6381), for `addSourceBuffer`."""

from cam2bytes.lib.boxes import boxes_in

VIDEO_FIELDS, SOUND_FIELDS = 78, 28
"""Bytes of a sample entry before its boxes."""
ESDS_DECODER, ESDS_SPECIFIC = 4, 5
AAC = 0x40


def codec_of(entry: bytes) -> str:
    """ "avc1.42c01f", "vp09.00.10.08", "av01.0.04M.08", "mp4a.40.2", "opus"; "" for what nobody here plays live."""
    kind, body = entry[:4], entry[4:]
    if kind == b"Opus":
        return "opus"
    if kind == b"mp4a":
        return _aac(_box_in(body, SOUND_FIELDS, b"esds")[4:])
    named = {b"avc1": (b"avcC", _avc), b"avc3": (b"avcC", _avc), b"vp09": (b"vpcC", _vp9), b"av01": (b"av1C", _av1)}
    if kind not in named:
        return ""
    wanted, name = named[kind]
    found = name(_box_in(body, VIDEO_FIELDS, wanted))
    return f"{kind.decode()}.{found}" if found else ""


def _box_in(body: bytes, start: int, wanted: bytes) -> bytes:
    found = (body[at + 8 : at + size] for kind, at, size in boxes_in(body, start) if kind == wanted)
    return next(found, b"")


def _avc(configuration: bytes) -> str:
    return configuration[1:4].hex() if len(configuration) > 4 else ""


def _vp9(configuration: bytes) -> str:
    """Profile, level, bits of depth. Chromium writes level 0, which is none, and then takes 1.0 as well."""
    if len(configuration) < 7:
        return ""
    profile, level, depth = configuration[4], configuration[5] or 10, configuration[6] >> 4
    return f"{profile:02}.{level:02}.{depth:02}"


def _av1(configuration: bytes) -> str:
    if len(configuration) < 4:
        return ""
    profile, level = configuration[1] >> 5, configuration[1] & 0x1F
    tier, depth = "MH"[configuration[2] >> 7], 10 if configuration[2] & 0x40 else 8
    return f"{profile}.{level:02}{tier}.{depth:02}"


def _aac(descriptors: bytes) -> str:
    """The object type of the sound, from the descriptors of ISO/IEC 14496-1 §7.2.6."""
    decoder = _descriptor(_after_stream_head(descriptors), ESDS_DECODER)
    specific = _descriptor(decoder[13:], ESDS_SPECIFIC)
    if decoder[:1] != bytes([AAC]) or not specific:
        return ""
    return f"mp4a.40.{specific[0] >> 3}"


def _after_stream_head(descriptors: bytes) -> bytes:
    return _content(descriptors)[3:]


def _descriptor(data: bytes, wanted: int) -> bytes:
    return _content(data) if data[:1] == bytes([wanted]) else b""


def _content(data: bytes) -> bytes:
    """What is in the descriptor that `data` begins with; its length has seven bits a byte."""
    size, place = 0, 1
    while place < len(data):
        size = size << 7 | data[place] & 0x7F
        place += 1
        if not data[place - 1] & 0x80:
            return data[place : place + size]
    return b""
