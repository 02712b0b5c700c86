"""Recordings as files: holes, cut ends, odd pieces, other containers, and bytes that mean harm."""

import io
import random
import subprocess
import sys

import pytest
from PIL import Image

from cam2bytes.lib.containers import container_of
from cam2bytes.lib.runs import Hole, Runs, with_holes
from cam2bytes.lib.video import BadVideo, header_of, make_poster, probe, remux
from tests import media

WITH_PICTURE = [series for series in media.SERIES if media.manifest_of(series).get("audio") != "only"]
WEBM, MP4 = "webm_vp9_opus_640", "mp4_avc1_opus_640_kfd1000"


def recording(series, *, without=()):
    """(number, chunk) of a series, some of them missing."""
    return [(number, data) for number, data in enumerate(media.chunks_of(series)) if number not in without]


def write(path, data: bytes):
    path.write_bytes(data)
    return path


# Holes ---------------------------------------------------------------------------------------------


def missing_cases():
    cases = []
    for series in WITH_PICTURE:
        last = len(media.chunks_of(series)) - 1
        for missing in ({0}, {2}, {last // 2}, {2, 3, last - 1}, {last}):
            numbers = sorted(number for number in missing if number <= last)
            if len(numbers) == last:
                continue  # nothing but the header is left
            cases.append(pytest.param(series, numbers, id=f"{series}-{numbers}"))
    return cases


@pytest.mark.parametrize(("series", "missing"), missing_cases())
def test_what_a_hole_leaves_is_right_and_at_its_time(series, missing, tmp_path):
    chunks = media.chunks_of(series)
    whole = media.look_at_whole(series)
    target = tmp_path / "video"

    facts = remux(recording(series, without=missing), target, header=header_of(chunks[0]), chunk_count=len(chunks))

    got = media.look_at(target)
    assert got.undecodable == 0
    for picture in got.pictures:
        assert picture.digest in [sent.digest for sent in whole.near(picture.time_ms)]
    lacking = [moment for moment in whole.moments if not got.near(moment)]
    assert all(covered(moment, facts) for moment in lacking)
    assert {n for gap in facts.gaps for n in range(gap["from"], gap["to"] + 1)} >= set(missing)
    assert len(got.pictures) == facts.frame_count


def covered(moment: int, facts) -> bool:
    """Is it said that this moment is lacking? The end of a hole behind which nothing follows cannot be told."""
    return any(
        gap["start_ms"] - 2 <= moment < gap["start_ms"] + gap["duration_ms"] + 2
        or (gap == facts.gaps[-1] and not gap["duration_ms"] and moment > gap["start_ms"] - 100)
        for gap in facts.gaps
    )


def test_one_missing_chunk_costs_no_more_than_the_time_to_the_next_key_frame(tmp_path):
    series = "mkv_h264_opus_640_kfd1000"
    whole = len(media.look_at_whole(series).pictures)

    facts = remux(recording(series, without={4}), tmp_path / "video")

    assert whole - facts.frame_count <= 26
    assert [(gap["from"], gap["to"]) for gap in facts.gaps] == [(4, 4)]
    assert 900 < facts.gaps[0]["duration_ms"] < 1300


def test_blocks_that_lost_their_cluster_are_left_out(tmp_path):
    """Firefox aligns its chunks: a demuxer fed across the hole books blocks on the Cluster before it."""
    series = "ff_webm_video_1000"
    naive = media.look_at(b"".join(data for number, data in recording(series, without={4})))
    assert naive.moments != sorted(set(naive.moments)) or naive.undecodable or _wrong_times(series, naive)

    remux(recording(series, without={4}), tmp_path / "video")

    assert not _wrong_times(series, media.look_at(tmp_path / "video"))


def _wrong_times(series, look) -> list[int]:
    whole = media.look_at_whole(series)
    right = {picture.digest: picture.time_ms for picture in whole.pictures}
    return [p.time_ms for p in look.pictures if abs(right.get(p.digest, -1000) - p.time_ms) > 2]


def test_gaps_do_not_overlap_where_no_key_frame_comes_between_two_holes(tmp_path):
    facts = remux(recording("webm_h264_opus_640", without={2, 4}), tmp_path / "video")

    first, second = facts.gaps
    assert (first["from"], second["from"]) == (2, 4)
    assert first["start_ms"] + first["duration_ms"] <= second["start_ms"]
    assert second["start_ms"] + second["duration_ms"] == 5050


def test_a_missing_last_chunk_is_named_too(tmp_path):
    facts = remux(recording(WEBM, without={10}), tmp_path / "video", chunk_count=11)

    assert facts.gaps == [{"from": 10, "to": 10, "start_ms": facts.gaps[0]["start_ms"], "duration_ms": 0}]
    assert abs(facts.gaps[0]["start_ms"] - facts.duration_ms) < 100


def test_without_the_first_chunk_and_without_its_header_nothing_can_be_read(tmp_path):
    with pytest.raises(BadVideo, match="beginning"):
        remux(recording(WEBM, without={0}), tmp_path / "video")


def test_the_whole_first_bytes_do_as_a_saved_header(tmp_path):
    first = media.chunks_of(WEBM)[0]

    facts = remux(recording(WEBM, without={0}), tmp_path / "video", header=first[:20_000])

    assert facts.gaps[0]["from"] == facts.gaps[0]["start_ms"] == 0
    assert facts.gaps[0]["duration_ms"] > 500


def test_times_count_from_the_beginning_also_when_the_first_run_could_not_be_used(tmp_path):
    """The first bytes hold sound but no key frame: H.264's parameter sets come only behind the hole."""
    series = "mkv_h264_opus_640_kfd1000"
    chunks = media.chunks_of(series)
    whole = media.look_at_whole(series)
    pieces = [(0, chunks[0][:300]), *((number, data) for number, data in enumerate(chunks) if number > 1)]

    facts = remux(pieces, tmp_path / "video")

    got = media.look_at(tmp_path / "video")
    assert got.moments[0] > 1900
    assert all(p.digest in [sent.digest for sent in whole.near(p.time_ms)] for p in got.pictures)
    assert facts.gaps == [{"from": 1, "to": 1, "start_ms": 0, "duration_ms": got.moments[0]}]


def test_holes_lie_where_numbers_are_left_out():
    pieces = [(1, b"a"), (1, b"b"), (2, b""), (5, b"c")]

    assert list(with_holes(pieces, 8)) == [Hole(0, 0), b"a", b"b", Hole(3, 4), b"c", Hole(6, 7)]


def test_a_hole_in_ogg_keeps_the_times(tmp_path):
    sound = media.synthetic(10, container="ogg", video=None)
    whole = media.look_at(sound)
    pieces = [(n, sound[at : at + 1500]) for n, at in enumerate(range(0, len(sound), 1500))]

    facts = remux([piece for piece in pieces if piece[0] != len(pieces) // 2], tmp_path / "video")

    got = media.look_at(tmp_path / "video")
    assert facts.content_type == "audio/webm"
    assert facts.gaps and facts.gaps[0]["duration_ms"] > 0
    assert abs(got.sound_times_ms[-1] - whole.sound_times_ms[-1]) < 30
    assert len(got.sound_times_ms) > len(whole.sound_times_ms) / 3


# Pieces of any size --------------------------------------------------------------------------------


@pytest.mark.parametrize("series", [WEBM, MP4])
@pytest.mark.parametrize("size", [97, 65536])
def test_pieces_may_be_cut_anywhere_and_may_be_empty(series, size, tmp_path):
    data = b"".join(media.chunks_of(series))
    pieces = [b"", *(data[at : at + size] for at in range(0, len(data), size)), b""]

    facts = remux(enumerate(pieces), tmp_path / "video", chunk_count=len(pieces))

    assert facts.frame_count == 220
    assert facts.gaps == []


def test_a_readable_file_will_do(tmp_path):
    facts = remux(io.BytesIO(b"".join(media.chunks_of(WEBM))), tmp_path / "video")

    assert facts.frame_count == 220


@pytest.mark.parametrize("series", [WEBM, MP4, "mkv_h264_opus_640_kfd1000", "ff_webm_video_1000"])
def test_a_cut_last_chunk_plays_to_the_cut(series, tmp_path):
    chunks = media.chunks_of(series)
    whole = media.look_at_whole(series)
    cut = [*chunks[:4], chunks[4][: len(chunks[4]) // 2]]

    facts = remux(enumerate(cut), tmp_path / "video")

    got = media.look_at(tmp_path / "video")
    assert got.undecodable == 0
    assert [p.digest for p in got.pictures] == [p.digest for p in whole.pictures[: len(got.pictures)]]
    assert facts.frame_count > 60


def test_every_hole_of_random_pieces_leaves_only_right_pictures(tmp_path):
    dice = random.Random(7)
    for series in (WEBM, MP4, "webm_vp8_opus_640_kfd2000", "mkv_h264_video_640_kfd1000"):
        data = b"".join(media.chunks_of(series))
        whole = media.look_at_whole(series)
        cuts = sorted(dice.sample(range(1, len(data)), 40))
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        held = [(n, piece) for n, piece in enumerate(pieces) if n not in dice.sample(range(1, 41), 4)]

        remux(held, tmp_path / "video", header=header_of(data))

        got = media.look_at(tmp_path / "video")
        right = {picture.digest for picture in whole.pictures}
        assert got.pictures and not got.undecodable
        assert {picture.digest for picture in got.pictures} <= right


# Other files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "becomes", "codecs"),
    [
        ({"container": "mp4", "video": "libx264", "audio": "aac"}, "video/mp4", ("h264", "aac")),
        (
            {"container": "mp4", "video": "libx264", "movflags": "empty_moov+frag_keyframe"},
            "video/mp4",
            ("h264", "opus"),
        ),
        ({"container": "matroska", "video": "libx264"}, "video/mp4", ("h264", "opus")),
        ({"container": "matroska", "video": "libvpx", "audio": "aac"}, "video/x-matroska", ("vp8", "aac")),
        ({"container": "webm", "video": "libvpx-vp9"}, "video/webm", ("vp9", "opus")),
        ({"container": "mp4", "video": None, "audio": "aac"}, "audio/mp4", (None, "aac")),
        ({"container": "ogg", "video": None}, "audio/webm", (None, "opus")),
        ({"container": "matroska", "video": None, "audio": "pcm_s16le"}, "audio/x-matroska", (None, "pcm_s16le")),
    ],
)
def test_each_codec_goes_into_the_container_that_browsers_play(options, becomes, codecs, tmp_path):
    source = media.synthetic(3, **options)

    facts = remux(io.BytesIO(source), tmp_path / "video")

    assert facts.content_type == becomes
    assert (facts.video_codec, facts.audio_codec) == codecs
    sent, got = media.look_at(source), media.look_at(tmp_path / "video")
    assert abs(facts.duration_ms - sent.end_ms) <= 110
    assert [p.digest for p in got.pictures] == [p.digest for p in sent.pictures]


def test_an_mp4_has_its_index_in_front(tmp_path):
    remux(recording(MP4), tmp_path / "video")

    data = (tmp_path / "video").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_probe_reads_the_facts_of_a_file(tmp_path):
    facts = probe(write(tmp_path / "video", media.synthetic(2, size=(320, 200))))

    assert (facts.container, facts.content_type) == ("webm", "video/webm")
    assert (facts.width, facts.height) == (320, 200)
    assert (facts.video_codec, facts.audio_codec) == ("vp8", "opus")
    assert abs(facts.duration_ms - 2000) < 110
    assert facts.size_bytes == (tmp_path / "video").stat().st_size


def test_a_poster_is_a_small_jpeg():
    poster = Image.open(io.BytesIO(make_poster(io.BytesIO(media.synthetic(0.5, size=(800, 450), audio=None)))))

    assert (poster.format, poster.size) == ("JPEG", (640, 360))


def test_a_very_short_recording_has_a_poster_too():
    assert make_poster(io.BytesIO(media.synthetic(0.3)))


def test_sound_alone_has_no_poster():
    with pytest.raises(BadVideo, match="picture"):
        make_poster(io.BytesIO(media.synthetic(1, video=None)))


# Bytes that mean harm ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 5000,
        b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        b"\x1a\x45\xdf\xa3" + b"\xff" * 5000,
        b"\x00\x00\x00\x18ftypisom" + b"\x00" * 5000,
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\xff\xff\xff\xffmoov" + b"a" * 5000,
        b"OggS" + b"\x00" * 5000,
    ],
)
def test_what_is_no_recording_gets_a_reason(data, tmp_path):
    with pytest.raises(BadVideo) as bad:
        remux([(0, data)], tmp_path / "video")

    assert len(str(bad.value)) > 10


def test_a_thousand_tracks_are_refused(tmp_path):
    entry = header_of(media.chunks_of("webm_audio_opus")[0])
    tracks = entry.index(b"\x16\x54\xae\x6b")
    one_track = entry[tracks + 5 :]
    body = one_track * 1000
    many = entry[:tracks] + b"\x16\x54\xae\x6b" + (len(body) | 1 << 28).to_bytes(4) + body

    with pytest.raises(BadVideo):
        remux([(0, many), (1, media.chunks_of("webm_audio_opus")[1])], tmp_path / "video")


def test_mutated_recordings_never_do_more_than_fail(tmp_path):
    """200 of them: a video comes out, or `BadVideo`; no other error."""
    dice = random.Random(2)
    outcomes = {"video": 0, "bad": 0}
    sources = [b"".join(media.chunks_of(series)[:3]) for series in (WEBM, MP4, "mkv_h264_video_640_kfd1000")]
    sources.append(media.synthetic(1, container="ogg", video=None))
    for number in range(200):
        data = bytearray(sources[number % len(sources)])
        reach = len(data) if number % 2 else 1500
        for _ in range(dice.randrange(1, 30)):
            data[dice.randrange(reach)] = dice.randrange(256)
        try:
            facts = remux([(0, bytes(data))], tmp_path / "video")
            assert 0 <= facts.duration_ms <= 48 * 3600 * 1000
            outcomes["video"] += 1
        except BadVideo:
            outcomes["bad"] += 1
    assert min(outcomes.values()) > 10, outcomes


def test_an_error_of_the_store_stays_an_error_of_the_store(tmp_path):
    class StoreGone(Exception):
        pass

    def pieces():
        yield 0, media.chunks_of(WEBM)[0]
        raise StoreGone

    with pytest.raises(StoreGone):
        remux(pieces(), tmp_path / "video")


def test_a_disk_that_cannot_be_written_is_no_fault_of_the_video(tmp_path):
    with pytest.raises(OSError):
        remux(recording(WEBM), tmp_path / "no such folder" / "video")


def test_a_run_begins_with_the_header_and_a_cluster():
    runs = Runs(recording(WEBM, without={4}))
    assert runs.next_run()
    while runs.read(65536):
        pass

    assert runs.next_run()

    assert runs.holes == [Hole(4, 4)]
    begin = runs.read(5000)
    header = header_of(media.chunks_of(WEBM)[0])
    assert begin.startswith(header + b"\x1f\x43\xb6\x75")
    assert container_of(begin).name == "webm"


# Memory --------------------------------------------------------------------------------------------

MEASURE = """
import resource, sys
from pathlib import Path
from cam2bytes.lib.video import remux
from tests import long_recordings
remux(long_recordings.clusters(float(sys.argv[1])), Path(sys.argv[2]))
status = Path("/proc/self/status")  # on Linux, what getrusage says is the parent's peak where that was higher
if status.exists():
    print(status.read_text().split("VmHWM:")[1].split()[0])
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_length(tmp_path):
    def peak_kb(minutes: int) -> int:
        command = [sys.executable, "-c", MEASURE, str(minutes * 60), str(tmp_path / "video")]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert peak_kb(30) < 1.2 * peak_kb(3)
