"""Ids of nothing, addresses of nothing, methods that are not there, wrong questions to lists."""

import uuid

import pytest

from cam2bytes import reference
from tests.api.untouched import assert_problem, untouched
from tests.api.world import KINDS, READING_DOORS, every_door

pytestmark = pytest.mark.django_db

NO_IDS = ["x", "0", "%00", str(uuid.UUID(int=1)), str(uuid.UUID(int=1))[:-1], "..", "%2e%2e%2f", "\u00e9", "A" * 5000]


@pytest.mark.parametrize("wrong", NO_IDS, ids=lambda wrong: wrong[:40])
def test_an_id_of_nothing_is_404(world, wrong):
    world.capture = world.recording = wrong
    for door in every_door(writing=True, reading=True):
        world.refuses(404, "not-found", *door)
    for kind in KINDS:
        world.refuses(404, "not-found", "DELETE", kind)


def test_a_number_of_nothing_is_404(world):
    for address in ("captures/{c}/frames/7", "captures/{c}/frames/7/image", "captures/{c}/frames/7/thumbnail"):
        world.refuses(404, "not-found", "GET", address)
    world.refuses(404, "not-found", "DELETE", "captures/{c}/frames/7")
    world.refuses(404, "not-found", "PATCH", "captures/{c}/frames/7", b'{"labels": []}')


@pytest.mark.parametrize(
    "path", ["", "x", "captures/", "capture", "captures//frames", "recordings/x/y/z", "docs/x", "%00"]
)
def test_an_address_of_nothing_is_404(alices, path):
    assert_problem(alices.get(f"/api/v1/{path}"), 404, "not-found")


def test_head_is_get_without_a_body(world):
    for path in ("captures", "recordings", *READING_DOORS):
        read, head = world.send("GET", path), world.send("HEAD", path)
        assert (head.status_code, head.content) == (read.status_code, b""), path
        assert head["Content-Type"] == read["Content-Type"]
        assert head.get("Content-Length") == read.get("Content-Length")


def test_every_other_method_is_405_and_allow_names_the_right_ones(world):
    every_method = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"}
    for template, operations in reference.description()["paths"].items():
        path = template.format(capture_id=world.capture, recording_id=world.recording, number=0, derivative_id=0)
        methods = {method.upper() for method in operations}
        for method in every_method - methods:
            with untouched():
                answer = world.client.generic(method, path, b"{}", content_type="application/json")
            assert answer.status_code == 405, (method, path)
            assert {name.strip() for name in answer["Allow"].split(",")} == methods
            if method != "HEAD":
                assert_problem(answer, 405, "method-not-allowed")


@pytest.mark.parametrize(
    "query",
    [
        *(f"limit={wrong}" for wrong in ("0", "501", "-1", "x", "1.5", "", "9" * 5000, "%00")),
        *(f"cursor={wrong}" for wrong in ("x", "%00", "\u00e9", "AAAA", "A" * 5000)),
        *(f"label={wrong}" for wrong in ("%00", "x" * 201)),
        "external_id=%00",
    ],
    ids=lambda query: query[:20],
)
def test_a_wrong_question_to_a_list_is_422(alices, query):
    for kind in ("captures", "recordings"):
        assert_problem(alices.get(f"/api/v1/{kind}?{query}"), 422, "invalid")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        *((f"after={wrong}", "bad-number") for wrong in ("-1", "x", "", "%00", "1.5", "9" * 5000)),
        *((f"limit={wrong}", "invalid") for wrong in ("0", "501", "-1", "x", "", "9" * 5000)),
    ],
    ids=lambda text: text[:20],
)
def test_a_wrong_question_to_the_list_of_frames_is_422(world, query, code):
    world.refuses(422, code, "GET", f"captures/{{c}}/frames?{query}")
