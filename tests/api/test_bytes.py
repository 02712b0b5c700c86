"""Uploads whose length, digest, number, time or bytes are wrong: 4xx, and nothing is kept."""

import io

import pytest

from tests.api.world import JSON_DOORS, RAW_DOORS, WEBM
from tests.makers import digest_of, image, put_chunk, put_frame, start_recording

pytestmark = pytest.mark.django_db

SINGLE_DOORS = ("captures/{c}/frames/1", "recordings/{r}/chunks/1")


@pytest.mark.parametrize("length", ["", "-1", "x", "1e3", "\u0663", " ", "1,1"])
def test_a_body_without_a_length_is_411(world, length):
    for door, content_type in RAW_DOORS.items():
        sent = {"CONTENT_LENGTH": length, "HTTP_TRANSFER_ENCODING": "chunked"}
        world.refuses(411, "length-required", *door, image(), content_type, **sent)


def test_json_in_pieces_of_unknown_number_is_411(world):
    for door, body in JSON_DOORS.items():
        world.refuses(411, "length-required", *door, body, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")


def test_a_body_above_the_limit_is_413_before_it_is_read(world, settings):
    settings.CAM2BYTES_MAX_FRAME_BYTES = settings.CAM2BYTES_MAX_CHUNK_BYTES = settings.CAM2BYTES_MAX_BATCH_BYTES = 100
    for door, content_type in RAW_DOORS.items():
        world.refuses(413, "too-large", *door, bytes(101), content_type)
        world.refuses(413, "too-large", *door, b"x", content_type, CONTENT_LENGTH="9" * 30)


def test_a_body_that_breaks_off_is_400(world):
    """The server hands on what came before the connection ended."""
    for door, content_type in RAW_DOORS.items():
        came = {"wsgi.input": io.BytesIO(image()), "CONTENT_LENGTH": str(len(image()) + 1)}
        world.refuses(400, "bad-request", *door, b"x", content_type, **came)


@pytest.mark.parametrize(
    "digest",
    [
        "sha-256=:AAAA:",
        "sha-256=AAAA",
        "sha-256=::",
        "sha-256=:!!!!:",
        f"sha-256=:{'A' * 44}:",
        "SHA-256=:x:",
        "sha-256",
    ],
)
def test_a_digest_that_cannot_be_read_is_422(world, digest):
    for address in SINGLE_DOORS:
        world.refuses(422, "bad-digest", "PUT", address, image(), "image/jpeg", HTTP_CONTENT_DIGEST=digest)


def test_bytes_that_do_not_match_their_digest_are_422(world):
    for address in SINGLE_DOORS:
        other = digest_of(b"other")
        world.refuses(422, "digest-mismatch", "PUT", address, image(), "image/jpeg", HTTP_CONTENT_DIGEST=other)


def test_a_digest_of_another_algorithm_is_not_ours_to_check(world):
    answer = world.send("PUT", SINGLE_DOORS[0], image(), "image/jpeg", HTTP_CONTENT_DIGEST="sha-512=:AAAA:")
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "number",
    [
        "-1",
        "-0",
        "1.0",
        "1e3",
        "0x1",
        "x",
        "%20",
        "%00",
        "1%00",
        "\u00b2",
        "\uff11",
        "1" * 11,
        "9" * 5000,
        "1,2",
        "1000000000",
    ],
)
def test_a_number_that_is_none_is_422(world, number):
    for address in ("captures/{c}/frames/", "recordings/{r}/chunks/"):
        world.refuses(422, "bad-number", "PUT", address + number, WEBM, "application/octet-stream")


def test_the_largest_number_is_taken(world):
    assert put_frame(world.client, world.capture, 999_999_999, image()).status_code == 201
    assert put_chunk(world.client, world.recording, 999_999_999, b"x").status_code == 201


@pytest.mark.parametrize("time", ["x", "nan", "-1", "1e300", "inf", "99999999999999999999", "0x1", "1 2"])
def test_a_time_that_is_none_is_422(world, time):
    world.refuses(422, "invalid", "PUT", SINGLE_DOORS[0], image(), "image/jpeg", HTTP_CAM2BYTES_TAKEN_AT=time)


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + bytes(20), b"BM" + bytes(60), WEBM]
)
def test_a_frame_that_is_no_image_is_415_whatever_it_calls_itself(world, data):
    world.refuses(415, "unsupported-type", "PUT", SINGLE_DOORS[0], data, "image/jpeg")


def test_an_image_in_name_only_is_422(world):
    for data in (b"\xff\xd8\xff" + bytes(100), b"\x89PNG\r\n\x1a\n" + bytes(100), b"RIFF\x00\x00\x00\x00WEBPVP8 "):
        world.refuses(422, "bad-image", "PUT", SINGLE_DOORS[0], data, "image/png")


def test_a_frame_without_bytes_is_422(world):
    # Django's test client says neither length nor type of an empty body; browsers do.
    said = {"CONTENT_LENGTH": "0", "CONTENT_TYPE": "image/jpeg"}
    world.refuses(422, "empty", "PUT", SINGLE_DOORS[0], b"", **said)


def test_the_first_chunk_is_judged_and_the_others_are_opaque(world):
    world.recording = start_recording(world.client)
    world.refuses(415, "unsupported-type", "PUT", "recordings/{r}/chunks/0", image(), "video/webm")
    assert put_chunk(world.client, world.recording, 1, b"anything").status_code == 201
