"""What H.264 tells about itself beside its pictures."""

from collections.abc import Iterable, Iterator

from av.container import InputContainer

from cam2bytes.lib.avc import SEQUENCE_SET, units_of
from cam2bytes.lib.demux import usable_packets

FRONT_BYTES = 1024  # parameter sets stand before the picture


def sequence_parameter_sets(media: InputContainer, stream) -> set[bytes]:
    """All that are in the track: one set, one size of pictures. Reads the whole file, and decodes nothing."""
    extradata = stream.codec_context.extradata or b""
    length_size = (extradata[4] & 3) + 1 if extradata[:1] == b"\x01" and len(extradata) > 6 else 0
    found = set(_of_avcc(extradata) if length_size else _of(units_of(extradata)))
    for packet in usable_packets(media, [stream]):
        if packet.is_keyframe:
            front = bytes(memoryview(packet)[:FRONT_BYTES])
            found.update(_of(_after_lengths(front, length_size) if length_size else units_of(front)))
    return found


def _of(units: Iterable[bytes]) -> Iterator[bytes]:
    return (unit.rstrip(b"\x00") for unit in units if unit and unit[0] & 31 == SEQUENCE_SET)


def _of_avcc(extradata: bytes) -> Iterator[bytes]:
    place = 6
    for _ in range(extradata[5] & 31):
        size = int.from_bytes(extradata[place : place + 2])
        yield extradata[place + 2 : place + 2 + size].rstrip(b"\x00")
        place += 2 + size


def _after_lengths(data: bytes, length_size: int) -> Iterator[bytes]:
    while len(data) > length_size:
        end = length_size + int.from_bytes(data[:length_size])
        yield data[length_size:end]
        data = data[end:]
