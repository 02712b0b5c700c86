"""MP4 with its index in front: what FFmpeg reads from it is what FFmpeg's own writer would have kept."""

import io
from fractions import Fraction

import av
import pytest

from cam2bytes.lib.boxes import boxes_in
from cam2bytes.lib.containers import BadVideo
from cam2bytes.lib.mp4file import Mp4File
from cam2bytes.lib.mp4index import TrackIndex
from tests import media

REORDERED = media.synthetic(3, container="matroska", video="libx264", size=(64, 48))
AS_RECORDED = b"".join(media.chunks_of("mkv_h264_opus_640_kfd1000"))
WITH_PRIMING = media.synthetic(3, container="mp4", video="libx264", audio="aac", size=(64, 48))
SOUND = media.synthetic(200, container="webm", video=None)


def by_us(path, **options):
    return Mp4File(path, **options)


def by_ffmpeg(path):
    return av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})


def copy(source: bytes, output) -> None:
    with av.open(io.BytesIO(source)) as media, output:
        tracks = {stream.index: output.add_stream_from_template(stream, opaque=True) for stream in media.streams}
        early = {index: [] for index in tracks}
        for packet in media.demux():
            if packet.size and packet.dts is None:
                early[packet.stream_index].append(packet)
            elif packet.size:
                for number, before in enumerate(reversed(early[packet.stream_index]), 1):
                    before.dts = packet.dts - number
                for one in (*early[packet.stream_index], packet):
                    one.stream = tracks[one.stream_index]
                    output.mux_one(one)
                early[packet.stream_index].clear()


def packets(path) -> list[tuple]:
    """Of each track in order: times in the clock of its track, and the bytes."""
    with av.open(str(path)) as media:
        found = [
            (packet.stream_index, packet.dts, packet.pts, packet.duration, packet.is_keyframe, bytes(packet))
            for packet in media.demux()
            if packet.size
        ]
    return sorted(found, key=lambda packet: packet[:2])


def facts(path) -> list[tuple]:
    with av.open(str(path)) as media:
        return [(stream.start_time, stream.duration, stream.time_base, stream.frames) for stream in media.streams]


@pytest.mark.parametrize(
    "source",
    [AS_RECORDED, REORDERED, WITH_PRIMING, SOUND],
    ids=["as recorded", "reordered pictures", "priming", "sound, its index larger than the room"],
)
def test_it_keeps_what_ffmpeg_would_keep(source, tmp_path):
    copy(source, by_us(tmp_path / "ours"))
    copy(source, by_ffmpeg(tmp_path / "ffmpegs"))

    assert packets(tmp_path / "ours") == packets(tmp_path / "ffmpegs")
    assert facts(tmp_path / "ours") == facts(tmp_path / "ffmpegs")


def test_the_index_stands_in_front_whether_the_room_was_enough_or_not(tmp_path):
    copy(SOUND, by_us(tmp_path / "moved"))
    copy(SOUND, by_us(tmp_path / "fits", expected_seconds=200))

    moved, fits = (tmp_path / name for name in ("moved", "fits"))
    kinds = [kind for kind, _, _ in boxes_in(moved.read_bytes())]
    assert kinds[:2] == [b"ftyp", b"moov"]
    assert kinds[-1] == b"mdat"
    assert packets(moved) == packets(fits)
    assert fits.stat().st_size > moved.stat().st_size, "the room that was left over stays"


def test_opus_says_how_much_a_decoder_needs_before_it_sounds_right(tmp_path):
    copy(SOUND, by_us(tmp_path / "video"))

    data = (tmp_path / "video").read_bytes()
    described = data.index(b"sgpd") + 4
    assert data[described + 4 : described + 8] == b"roll"
    assert int.from_bytes(data[described + 16 : described + 18], signed=True) * 20 == -80, "in packets of 20 ms"


def test_places_beyond_4_gb_have_64_bits():
    index = TrackIndex(Fraction(1, 48000), "aac")
    for number, start in enumerate((100, 5 << 30)):
        index.add(10, number * 1024, number * 1024, 1024, True)
        index.add_chunk(start, 1)

    [table] = [box for box in index.tables(8, is_large=True) if box[4:8] == b"co64"]
    assert table[16:] == (108).to_bytes(8) + ((5 << 30) + 8).to_bytes(8)


def test_packets_too_far_apart_for_any_index_are_refused(tmp_path):
    output = by_us(tmp_path / "video")
    with av.open(io.BytesIO(SOUND)) as source:
        [stream] = source.streams
        track = output.add_stream_from_template(stream, opaque=True)
        first, second = [packet for packet in source.demux() if packet.size][:2]
        second.pts = second.dts = round(30 * 3600 / stream.time_base)
        for packet in (first, second):
            packet.stream = track
        output.mux_one(first)
        with pytest.raises(BadVideo, match="a day apart"):
            output.mux_one(second)
    output.close()
