"""What the state of things forbids: deleted, held with other bytes, sealed, not ready, no room."""

import pytest

from tests.api.untouched import assert_problem, untouched
from tests.api.world import KINDS, WEBM, every_door
from tests.makers import image, put_chunk, put_frame

pytestmark = pytest.mark.django_db


def test_what_was_deleted_is_410_to_writers_and_404_to_readers(world):
    for kind in KINDS:
        assert world.send("DELETE", kind).status_code == 204
    for door in every_door(writing=True, reading=False):
        world.refuses(410, "deleted", *door)
    for door in every_door(writing=False, reading=True):
        world.refuses(404, "not-found", *door)


def test_deleting_again_is_204_again(world):
    for kind in KINDS:
        assert world.send("DELETE", kind).status_code == 204
        with untouched():
            assert world.send("DELETE", kind).status_code == 204


def test_a_deleted_frame_is_410_to_writers_and_its_number_stays_taken(world):
    for _ in range(2):
        assert world.send("DELETE", "captures/{c}/frames/0").status_code == 204
    world.refuses(410, "deleted", "PUT", "captures/{c}/frames/0", image(), "image/jpeg")
    world.refuses(410, "deleted", "PATCH", "captures/{c}/frames/0", b'{"labels": []}')
    world.refuses(404, "not-found", "PATCH", "captures/{c}/frames/1", b'{"labels": []}')
    world.refuses(404, "not-found", "GET", "captures/{c}/frames/0")


def test_other_bytes_under_a_held_number_are_409(world):
    for answer in (
        put_frame(world.client, world.capture, 0, image("blue")),
        put_chunk(world.client, world.recording, 0, WEBM + b"more"),
    ):
        assert_problem(answer, 409, "number-conflict")


def test_a_seal_and_what_lies_beyond_it(world):
    seal = ("POST", "recordings/{r}/seal")
    world.refuses(409, "seal-conflict", *seal, b'{"chunk_count": 0}')
    assert world.send(*seal, b'{"chunk_count": 3}').status_code == 200
    world.refuses(409, "seal-conflict", *seal, b'{"chunk_count": 4}')
    world.refuses(409, "sealed", "PUT", "recordings/{r}/chunks/3", b"x", "video/webm")
    world.refuses(409, "not-ready", "GET", "recordings/{r}/video")
    assert world.send(*seal, b'{"chunk_count": 3}').status_code == 200


def test_a_closed_capture_session_still_takes_frames(world):
    assert world.send("POST", "captures/{c}/close", b'{"frame_count": 2}').json()["status"] == "closed"
    assert put_frame(world.client, world.capture, 1, image()).status_code == 201


def test_no_room_is_507_and_says_when_to_try_again(world, settings):
    settings.CAM2BYTES_RESERVE_BYTES = 2**62
    for door in (
        ("POST", "captures", b"{}"),
        ("POST", "recordings", b'{"content_type": "video/webm"}'),
        ("PUT", "captures/{c}/frames/1", image("blue"), "image/jpeg"),
        ("PUT", "recordings/{r}/chunks/1", b"x", "video/webm"),
    ):
        assert int(world.refuses(507, "disk-full", *door)["Retry-After"]) > 0
