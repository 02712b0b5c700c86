"""Fragmented MP4 (ISO/IEC 14496-12) written by hand: an initialization segment, and fragments with true times.

Only what Media Source Extensions need for one picture track and one of sound. A fragment carries its own
decode times, so any of them can be made and played by itself, in any order.
"""

from dataclasses import dataclass

from cam2bytes.lib.avc import ParameterSets
from cam2bytes.lib.boxes import box, full_box, u16, u32
from cam2bytes.lib.matroska_blocks import Track

MATRIX = b"".join(value.to_bytes(4) for value in (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30))
UNDEFINED_LANGUAGE = b"\x55\xc4"
OPUS_RATE = 48000
SYNC_SAMPLE = 0x02000000
OTHER_SAMPLE = 0x01010000
BASE_IS_MOOF = 0x020000
TRUN_FLAGS = 0x000001 | 0x000100 | 0x000200 | 0x000400 | 0x000800
"""Data offset; of each sample: duration, size, flags, composition offset."""
MOST_TICKS = 2**31 - 1
"""Between two samples, as the fields have it; only damaged streams say more."""
OPUS_HEAD = b"OpusHead"
VP9_OF_CAMERAS = bytes([0, 10, 0x82, 2, 2, 2]) + bytes(2)
"""Profile 0, level 1.0, eight bits, 4:2:0, colours not named: a decoder reads what is so from the key frames."""
LAST_MS = {"video": 150, "audio": 32}
"""How long the last sample of a fragment lasts at least. Chromium waits for the next one of its track no more than
twice as long as the last one lasted: then that is a break, and no picture is shown up to the next key frame."""


@dataclass(frozen=True)
class Sample:
    """One frame: when it is shown, in the track's ticks, and its bytes as MP4 has them. `duration` is how long it
    lasts by its own word, 0 where nothing is said."""

    ticks: int
    is_key: bool
    data: bytes
    duration: int = 0


# Initialization --------------------------------------------------------------------------------------


def init_segment(tracks: list[Track], sets: ParameterSets | None, ticks_per_second: int) -> bytes:
    """ftyp and moov for these tracks; `sets` is needed where one of them is H.264."""
    traks = [_trak(track, sets, ticks_per_second) for track in tracks]
    defaults = [full_box(b"trex", 0, 0, u32(track.number, 1, 0, 0, 0)) for track in tracks]
    movie = full_box(
        b"mvhd", 0, 0, u32(0, 0, ticks_per_second, 0, 65536), u16(256, 0), u32(0, 0), MATRIX, bytes(24),
        u32(max(track.number for track in tracks) + 1),
    )  # fmt: skip
    kinds = box(b"ftyp", b"iso5", u32(512), b"iso5iso6mp41")
    return kinds + box(b"moov", movie, *traks, box(b"mvex", *defaults))


def _trak(track: Track, sets: ParameterSets | None, ticks_per_second: int) -> bytes:
    is_video = track.kind == "video"
    size = u32(track.width << 16, track.height << 16) if is_video else u32(0, 0)
    volume = 0 if is_video else 256
    head = full_box(
        b"tkhd", 0, 3, u32(0, 0, track.number, 0, 0), u32(0, 0), u16(0, 0, volume, 0), MATRIX, size,
    )  # fmt: skip
    entry = _picture(track, sets) if is_video else _opus(track)
    no_samples = [full_box(kind, 0, 0, u32(0)) for kind in (b"stts", b"stsc", b"stco")]
    table = box(b"stbl", full_box(b"stsd", 0, 0, u32(1), entry), *no_samples, full_box(b"stsz", 0, 0, u32(0, 0)))
    media_head = full_box(b"vmhd", 0, 1, bytes(8)) if is_video else full_box(b"smhd", 0, 0, bytes(4))
    here = box(b"dinf", full_box(b"dref", 0, 0, u32(1), full_box(b"url ", 0, 1)))
    media = box(
        b"mdia",
        full_box(b"mdhd", 0, 0, u32(0, 0, ticks_per_second, 0), UNDEFINED_LANGUAGE, u16(0)),
        full_box(b"hdlr", 0, 0, u32(0), b"vide" if is_video else b"soun", bytes(12), b"\0"),
        box(b"minf", media_head, here, table),
    )
    return box(b"trak", head, media)


def _picture(track: Track, sets: ParameterSets | None) -> bytes:
    resolution = u32(72 << 16, 72 << 16)
    kind, configuration = _configuration(track, sets)
    return box(
        kind, bytes(6), u16(1), bytes(16), u16(track.width, track.height), resolution, u32(0), u16(1),
        bytes(32), u16(24, 0xFFFF), configuration,
    )  # fmt: skip


def _configuration(track: Track, sets: ParameterSets | None) -> tuple[bytes, bytes]:
    """The letters of its sample entry, and the box that sets a decoder up."""
    if track.codec == "V_VP9":
        return b"vp09", full_box(b"vpcC", 1, 0, VP9_OF_CAMERAS)
    if track.codec == "V_AV1":
        return b"av01", box(b"av1C", track.private)
    return b"avc1", box(b"avcC", sets.configuration())


def _opus(track: Track) -> bytes:
    """The sample entry of Opus in ISOBMFF §4.3; OpusHead's numbers are little-endian, dOps's are not."""
    head = track.private[len(OPUS_HEAD) :]
    pre_skip, rate, gain = (int.from_bytes(head[start:end], "little") for start, end in ((2, 4), (4, 8), (8, 10)))
    channels = head[1] if len(head) > 1 else track.channels
    specific = box(b"dOps", bytes([0, channels]), u16(pre_skip), u32(rate or OPUS_RATE), u16(gain), b"\0")
    return box(b"Opus", bytes(6), u16(1), bytes(8), u16(channels, 16, 0, 0), u32(OPUS_RATE << 16), specific)


# Fragments -------------------------------------------------------------------------------------------


def fragment(number: int, samples: dict[int, list[Sample]], last: dict[int, int]) -> bytes:
    """moof and mdat with the samples of each track, {track number: samples in the order of decoding}.

    last   `LAST_MS` of each track, in its ticks
    """
    samples = {track: ones for track, ones in samples.items() if ones}
    head = full_box(b"mfhd", 0, 0, u32(number + 1))
    size = 8 + len(head) + sum(_traf_bytes(ones) for ones in samples.values())
    offset, trafs = size + 8, []
    for track, ones in samples.items():
        trafs.append(_traf(track, ones, last[track], offset))
        offset += sum(len(sample.data) for sample in ones)
    data = b"".join(sample.data for ones in samples.values() for sample in ones)
    return box(b"moof", head, *trafs) + box(b"mdat", data)


def _traf_bytes(samples: list[Sample]) -> int:
    return len(_traf(1, samples, 1, 0))


def _traf(track: int, samples: list[Sample], last: int, data_offset: int) -> bytes:
    """Decode times are the times shown, in order: where pictures are reordered, an offset says when each is shown."""
    decode = sorted(sample.ticks for sample in samples)
    ends = [*decode[1:], max(decode[-1] + last, 2 * decode[-1] - decode[-2] if len(decode) > 1 else 0)]
    runs = [
        u32(min(end - start, MOST_TICKS), len(sample.data), SYNC_SAMPLE if sample.is_key else OTHER_SAMPLE)
        + max(min(sample.ticks - start, MOST_TICKS), -MOST_TICKS).to_bytes(4, signed=True)
        for start, end, sample in zip(decode, ends, samples, strict=True)
    ]
    return box(
        b"traf",
        full_box(b"tfhd", 0, BASE_IS_MOOF, u32(track)),
        full_box(b"tfdt", 1, 0, decode[0].to_bytes(8)),
        full_box(b"trun", 1, TRUN_FLAGS, u32(len(samples)), data_offset.to_bytes(4, signed=True), *runs),
    )
