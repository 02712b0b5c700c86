"""H.264 as MP4 wants it: units behind their lengths, and the parameter sets that a decoder is set up with.

What comes is either a byte stream (Annex B: start codes, parameter sets before every key frame), as Chromium records,
or has its units behind lengths already and a configuration in the header.
"""

from typing import NamedTuple

START_CODE = b"\x00\x00\x01"
SEQUENCE_SET, PICTURE_SET = 7, 8
LENGTH_BYTES = 4
PROFILES_WITH_CHROMA = {100, 110, 122, 144, 244}


class ParameterSets(NamedTuple):
    """One sequence and one picture parameter set: without them nothing can be decoded."""

    sequence: bytes
    picture: bytes

    @property
    def codec(self) -> str:
        """As browsers name it: "avc1.42001f"."""
        return f"avc1.{self.sequence[1:4].hex()}"

    def configuration(self) -> bytes:
        """The AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1), for units behind four bytes of length."""
        sequence, picture = self
        record = bytes([1]) + sequence[1:4] + bytes([0xFC | (LENGTH_BYTES - 1), 0xE1])
        record += len(sequence).to_bytes(2) + sequence + b"\1" + len(picture).to_bytes(2) + picture
        if sequence[1] in PROFILES_WITH_CHROMA:
            record += b"\xfd\xf8\xf8\0"  # 4:2:0 with eight bits, as every camera's encoder writes
        return record

    def packed(self) -> bytes:
        """To be kept in one field; `unpacked` takes it apart."""
        return len(self.sequence).to_bytes(2) + self.sequence + self.picture


def unpacked(packed: bytes) -> ParameterSets | None:
    length = int.from_bytes(packed[:2])
    return _usable(packed[2 : 2 + length], packed[2 + length :])


def parameter_sets_in(units: list[bytes]) -> ParameterSets | None:
    """The sets among the units of a key frame, None unless both are there."""
    by_kind = {unit[0] & 0x1F: unit for unit in units if unit}
    return _usable(by_kind.get(SEQUENCE_SET, b""), by_kind.get(PICTURE_SET, b""))


def parameter_sets_of(configuration: bytes) -> ParameterSets | None:
    """The first sets of an AVCDecoderConfigurationRecord with four bytes of length, None where it is none."""
    if len(configuration) < 8 or configuration[0] != 1 or configuration[4] & 3 != LENGTH_BYTES - 1:
        return None
    length = int.from_bytes(configuration[6:8])
    rest = configuration[8 + length :]
    return _usable(configuration[8 : 8 + length], rest[3 : 3 + int.from_bytes(rest[1:3])])


def _usable(sequence: bytes, picture: bytes) -> ParameterSets | None:
    return ParameterSets(sequence, picture) if len(sequence) >= 4 and picture else None


def is_byte_stream(payload: bytes) -> bool:
    return payload.startswith((b"\0\0\0\1", b"\0\0\1"))


def units_of(payload: bytes) -> list[bytes]:
    """The units of one picture in a byte stream, without start codes."""
    pieces = payload.split(START_CODE)[1:]
    # A start code may have a zero in front; a unit never ends in one.
    return [unit for piece in pieces if (unit := piece.rstrip(b"\0"))]


def with_lengths(units: list[bytes]) -> bytes:
    """The units as MP4 has them."""
    return b"".join(len(unit).to_bytes(LENGTH_BYTES) + unit for unit in units)
