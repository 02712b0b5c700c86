"""Recordings whose first chunk holds less than the header: Chromium's can be one byte, where its camera begins late."""

import base64

import pytest

from recordings.models import Recording
from tests import media
from tests.makers import post_json, put_chunk, start_recording

pytestmark = pytest.mark.django_db(transaction=True)
SERIES = {"webm_vp8_opus_640": "video/webm", "mkv_h264_opus_640_kfd1000": "video/x-matroska",
          "mp4_avc1_opus_640_kfd1000": "video/mp4"}  # fmt: skip
LENGTHS = (0, 1, 6, 60)


def cut(series: str, length: int) -> list[bytes]:
    """The chunks of a series, the first cut in two behind `length` bytes."""
    first, *rest = media.chunks_of(series)
    return [first[:length], first[length:], *rest]


def recorded(client, series, numbered, count, **sealed) -> dict:
    """The recording made of these (number, bytes)."""
    recording = start_recording(client, SERIES[series], timeslice_ms=1000)
    for number, data in numbered:
        assert put_chunk(client, recording, number, data).status_code == 201
    path = f"/api/v1/recordings/{recording}"
    post_json(client, f"{path}/seal", {"chunk_count": count, **sealed})
    post_json(client, f"{path}/alive", {"state": "draining", "waiting_count": 0})
    return client.get(path).json()


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("series", SERIES)
def test_a_header_in_two_chunks_is_as_good_as_in_one(alices, series, length):
    whole = media.chunks_of(series)
    expected = recorded(alices, series, enumerate(whole), len(whole))
    chunks = cut(series, length)

    shown = recorded(alices, series, enumerate(chunks), len(chunks))

    assert (shown["status"], shown["gaps"]) == ("ready", [])
    assert shown["duration_ms"] == expected["duration_ms"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("series", SERIES)
def test_the_header_is_kept_on_the_row_as_soon_as_it_is_whole(alices, series, order):
    chunks = cut(series, 1)
    recording = start_recording(alices, SERIES[series])

    headers = []
    for number in order:
        assert put_chunk(alices, recording, number, chunks[number]).status_code == 201
        headers.append(bytes(Recording.objects.get().header or b""))

    assert headers[0] == b""
    assert len(headers[1]) > 100 and media.chunks_of(series)[0].startswith(headers[1])


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("series", SERIES)
def test_without_the_rest_of_the_header_the_page_s_copy_is_used(alices, series, length):
    chunks = cut(series, length)
    held = [(number, data) for number, data in enumerate(chunks) if number != 1]
    header = base64.b64encode(media.chunks_of(series)[0][:4096]).decode()

    shown = recorded(alices, series, held, len(chunks), header=header)

    assert shown["status"] == "ready", shown["failure"]
    assert [(gap["from"], gap["to"]) for gap in shown["gaps"]] == [(1, 1)]
