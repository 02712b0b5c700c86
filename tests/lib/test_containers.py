"""Where a container's header ends and where reading can begin again: judged on bytes made by hand."""

import pytest

from cam2bytes.lib import isobmff, matroska, ogg
from cam2bytes.lib.containers import can_begin, header_of, sniff_container
from tests import media

UNKNOWN = b"\x01" + b"\xff" * 7
CLUSTER = matroska.CLUSTER + UNKNOWN + b"\xe7\x82\x03\xe8" + b"\xa3\x85block"
MOOF = (24).to_bytes(4) + b"moof" + (16).to_bytes(4) + b"mfhd" + bytes(8)
PAGE = ogg.PAGE + bytes(22)


def test_a_container_is_told_by_its_first_bytes_alone():
    assert sniff_container(media.chunks_of("webm_vp9_opus_640")[0]) == "webm"
    assert sniff_container(media.chunks_of("mkv_h264_opus_640_kfd1000")[0]) == "webm"
    assert sniff_container(media.chunks_of("mp4_avc1_opus_640")[0]) == "mp4"
    assert sniff_container(media.synthetic(0.2, container="ogg", video=None)) == "ogg"


@pytest.mark.parametrize(
    "data", [b"", b"\x1a\x45", b"#EXTM3U\n", b"ffconcat version 1.0\n", b"v=0\r\n", b"RIFF....AVI "]
)
def test_nothing_else_passes_for_a_recording(data):
    assert sniff_container(data) is None


@pytest.mark.parametrize("length", [0, 1, 3, 4, 7, 8, 200])
def test_the_first_chunk_may_be_as_short_as_one_byte(length):
    for series in ("webm_vp9_opus_640", "mkv_h264_opus_640_kfd1000", "mp4_avc1_opus_640"):
        assert can_begin(media.chunks_of(series)[0][:length])
    assert can_begin(media.synthetic(0.2, container="ogg", video=None)[:length])


@pytest.mark.parametrize("data", [b"\x1b", b"#EXTM3U\n", b"\x1a\x45\xdf\xa4", b"Og\0", b"\0\0\0\x1cfree", b"RIFF"])
def test_no_recording_begins_otherwise(data):
    assert not can_begin(data)


@pytest.mark.parametrize("series", media.SERIES)
def test_the_header_is_found_in_the_first_chunk_and_in_itself(series):
    first = media.chunks_of(series)[0]

    header = header_of(first)

    assert 100 < len(header) < 2000
    assert first.startswith(header)
    assert header_of(header) == header
    assert header_of(header[:-1]) == b""
    assert header_of(first, limit=len(header) - 1) == b""


def test_the_header_of_an_ogg_is_its_two_header_pages():
    sound = media.synthetic(1, container="ogg", video=None)

    header = header_of(sound)

    assert header.count(b"OggS") == 2
    assert header_of(header) == header


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_a_cluster_whose_first_bytes_went_with_the_lost_chunk_is_found(lost):
    """Chromium ends every chunk one byte inside the next element."""
    assert matroska.find_entry(CLUSTER[lost:], at_hole=True) == (0, CLUSTER[:lost])


def test_only_right_behind_a_hole_a_cluster_may_lack_its_first_byte():
    assert matroska.find_entry(CLUSTER[1:], at_hole=False) is None
    assert matroska.find_entry(b"x" + CLUSTER[1:], at_hole=True) is None


def test_letters_inside_a_picture_are_no_cluster():
    data = b"picture" + matroska.CLUSTER + b"picture" + matroska.CLUSTER + UNKNOWN + b"\xa3\x85block"

    assert matroska.find_entry(data, at_hole=True) is None
    assert matroska.find_entry(data + CLUSTER, at_hole=True) == (len(data), b"")


@pytest.mark.parametrize("head", [CLUSTER[:10], CLUSTER[:12], CLUSTER[:13]])
def test_half_a_cluster_is_not_yet_one(head):
    assert matroska.find_entry(head, at_hole=True) is None


def test_a_cluster_may_begin_with_a_checksum():
    assert matroska.find_entry(matroska.CLUSTER + UNKNOWN + b"\xbf\x84abcd" + b"\xe7\x81\x00", at_hole=False) == (
        0,
        b"",
    )


def test_a_fragment_is_found_and_letters_inside_a_picture_are_none():
    assert isobmff.find_entry(b"picture moof picture" + MOOF, at_hole=True) == (20, b"")
    assert isobmff.find_entry(b"picture moof picture", at_hole=True) is None
    assert isobmff.find_entry(b"moof" + MOOF[8:], at_hole=True) is None


def test_a_page_is_found():
    assert ogg.find_entry(b"sound" + PAGE, at_hole=True) == (5, b"")
    assert ogg.find_entry(b"sound", at_hole=True) is None


@pytest.mark.parametrize("container", [matroska, isobmff, ogg])
@pytest.mark.parametrize("head", [b"", b"\x00", b"\xff" * 40, bytes(40), b"\x1a\x45\xdf\xa3", b"OggS\x00"])
def test_a_header_that_is_none_is_none(container, head):
    assert container.header_length(head) is None


def test_an_mp4_tells_whether_its_index_comes_last():
    ftyp = (16).to_bytes(4) + b"ftypisom" + bytes(4)
    free = (8).to_bytes(4) + b"free"

    assert isobmff.index_comes_last(ftyp + free + (1000).to_bytes(4) + b"mdat")
    assert isobmff.index_comes_last(ftyp + (1).to_bytes(4) + b"mdat" + (1000).to_bytes(8))
    assert not isobmff.index_comes_last(ftyp + (1000).to_bytes(4) + b"moov")
    assert not isobmff.index_comes_last(ftyp)
