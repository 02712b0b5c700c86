"""JSON that is none, of the wrong type, too large, or with wrong values: 4xx, and nothing has changed."""

import json
import uuid

import pytest

from tests.api.world import JSON_DOORS

pytestmark = pytest.mark.django_db

NO_JSON = {
    "cut": b"{",
    "quotes": b"{'name': 1}",
    "nan": b'{"name": NaN}',
    "infinity": b'{"width": Infinity}',
    "minus infinity": b'{"width": -Infinity}',
    "not utf-8": b'{"name": "\xff\xfe"}',
    "utf-16": b"\xff\xfe{\x00}\x00",
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "many digits": b'{"width": ' + b"9" * 5000 + b"}",
    "two": b'{} {"name": "x"}',
}
LONG, NUL, SURROGATE = "x" * 201, "a\x00b", "\ud800"
WRONG_FACTS = [
    *({"name": wrong} for wrong in (1, LONG, NUL, SURROGATE, None, ["x"])),
    *({name: wrong} for name in ("camera_label", "device_name", "external_id") for wrong in (LONG, NUL, "\udfff")),
    *({"width": wrong} for wrong in (0, -1, 65_536, 1.5, "wide", 10**30)),
    {"height": 0},
    *({"labels": wrong} for wrong in ("x", [1], [""], ["x" * 61], [NUL], [SURROGATE], ["x"] * 51)),
    *({"metadata": wrong} for wrong in ([], "x", {"x": "y" * 4096}, {"x": NUL}, {NUL: 1}, {"x": SURROGATE})),
    {"client_id": "x"},
    {"client_id": 7},
]
WRONG = {
    ("POST", "captures"): [
        *WRONG_FACTS,
        {"content_type": LONG},
        *({"requested_fps": wrong} for wrong in (0, -1, 1001, "fast", 10**400)),
    ],
    ("PATCH", "captures/{c}"): [{"name": NUL}, {"name": 3}, {"labels": ["x" * 61]}, {"metadata": {"x": "y" * 4096}}],
    ("POST", "captures/{c}/close"): [
        {},
        *({"frame_count": wrong} for wrong in (-1, 10**10, 1.5, None, "x")),
        {"frame_count": 1, "dropped_count": -1},
        {"frame_count": 1, "end_reason": LONG},
        {"frame_count": 1, "end_reason": NUL},
    ],
    ("PATCH", "captures/{c}/frames/0"): [{}, {"labels": "x"}, {"labels": [NUL]}, {"labels": None}],
    ("POST", "recordings"): [
        *({"content_type": "video/webm", **wrong} for wrong in WRONG_FACTS),
        {},
        *({"content_type": wrong} for wrong in ("", None, 1, LONG)),
        *({"content_type": "video/webm", "timeslice_ms": wrong} for wrong in (0, -1, "x", 10**9)),
        *({"content_type": "video/webm", "continues": wrong} for wrong in ("x", str(uuid.UUID(int=1)))),
    ],
    ("PATCH", "recordings/{r}"): [{"name": NUL}, {"labels": [{}]}, {"metadata": "x"}, {"external_id": LONG}],
    ("POST", "recordings/{r}/alive"): [
        {},
        {"state": "asleep"},
        {"state": 1},
        *({"state": "paused", "waiting_count": wrong} for wrong in (-1, 10**20, "x")),
    ],
    ("POST", "recordings/{r}/derivatives"): [
        {},
        *({"kind": wrong} for wrong in ("sprite", "poster", "", 1, None, ["mp4"])),
        *({"kind": "frames", "fps": wrong} for wrong in (0, -1, 0.05, 30.1, "fast", 10**400)),
    ],
    ("POST", "recordings/{r}/seal"): [
        {},
        *({"chunk_count": wrong} for wrong in (-1, 10**12, "many", None)),
        *({"chunk_count": 1, "header": wrong} for wrong in ("%%%", "é", "A", "A" * 90_000)),
        {"chunk_count": 1, "end_reason": NUL},
    ],
}


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_400(world, body):
    for door in JSON_DOORS:
        world.refuses(400, "bad-json", *door, body)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"text"', b"1", b"true"])
def test_what_is_no_object_is_422(world, body):
    for door in JSON_DOORS:
        world.refuses(422, "invalid", *door, body)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
)
def test_another_type_than_json_is_415(world, content_type):
    for door, body in JSON_DOORS.items():
        world.refuses(415, "unsupported-type", *door, body, content_type)


def test_json_above_the_limit_is_413(world):
    for door in JSON_DOORS:
        world.refuses(413, "too-large", *door, b'{"name": "' + b"x" * (2 * 2**20) + b'"}')


@pytest.mark.parametrize("door", WRONG, ids=str)
def test_wrong_values_are_422_and_not_echoed(world, door):
    for values in WRONG[door]:
        answer = world.refuses(422, "invalid", *door, json.dumps(values).encode())
        assert b"xxxx" not in answer.content and b"yyyy" not in answer.content


def test_unknown_fields_are_ignored_and_nothing_else_can_be_set(world):
    extra = b'{"status": "closed", "frame_count": 9, "owner": 1, "owner_id": 1, "id": 4, "__proto__": {}}'
    answer = world.send("POST", "captures", extra)
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["frame_count"]) == ("open", 0)


@pytest.mark.parametrize("kind", ["image/jpeg", "video/quicktime", "text/html", "video/webm2", "../../etc/passwd"])
def test_a_recording_of_another_kind_is_415(world, kind):
    world.refuses(415, "unsupported-type", "POST", "recordings", json.dumps({"content_type": kind}).encode())
