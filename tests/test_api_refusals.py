"""Every 4xx of the API for both kinds, and after each of them everything is as it was before."""

import json
import uuid

import pytest

from cam2bytes import reference
from cam2bytes.lib import batches
from tests.makers import digest_of, image, put, put_chunk, put_frame, start_capture, start_recording
from tests.untouched import assert_problem, untouched

pytestmark = pytest.mark.django_db

WEBM = b"\x1a\x45\xdf\xa3" + bytes(60)  # what the first chunk of a recording must begin with
# Doors that take JSON: (method, address); {c} and {r} are alice's capture session and recording.
JSON_DOORS = [
    ("post", "captures"),
    ("patch", "captures/{c}"),
    ("post", "captures/{c}/close"),
    ("patch", "captures/{c}/frames/0"),
    ("post", "recordings"),
    ("patch", "recordings/{r}"),
    ("post", "recordings/{r}/alive"),
    ("post", "recordings/{r}/seal"),
]
RAW_DOORS = [
    ("put", "captures/{c}/frames/1", "image/jpeg"),
    ("post", "captures/{c}/frames", batches.CONTENT_TYPE),
    ("put", "recordings/{r}/chunks/1", "application/octet-stream"),
]
READING_DOORS = [
    "captures/{c}", "captures/{c}/frames", "captures/{c}/frames/0", "captures/{c}/frames/0/image",
    "captures/{c}/frames/0/thumbnail", "recordings/{r}", "recordings/{r}/chunks", "recordings/{r}/original",
    "recordings/{r}/video", "recordings/{r}/poster",
]  # fmt: skip
doors = pytest.mark.parametrize(("method", "address"), JSON_DOORS, ids=lambda value: str(value))
raw_doors = pytest.mark.parametrize(("method", "address", "content_type"), RAW_DOORS)


@pytest.fixture
def world(alices):
    """Alice's capture session with one frame and her recording with one chunk."""
    capture, recording = start_capture(alices, requested_fps=1), start_recording(alices)
    assert put_frame(alices, capture, 0, image()).status_code == 201
    assert put_chunk(alices, recording, 0, WEBM).status_code == 201
    return World(alices, capture, recording)


class World:
    def __init__(self, client, capture: str, recording: str):
        self.client, self.capture, self.recording = client, capture, recording

    def path(self, address: str) -> str:
        return "/api/v1/" + address.format(c=self.capture, r=self.recording)

    def send(self, method: str, address: str, body: bytes, content_type="application/json", **extra):
        return self.client.generic(method.upper(), self.path(address), body, content_type=content_type, **extra)

    def get(self, address: str):
        return self.client.get(self.path(address))


# JSON --------------------------------------------------------------------------------------------


NO_JSON = {
    "cut": b"{",
    "quotes": b"{'name': 1}",
    "nan": b'{"name": NaN}',
    "infinity": b'{"width": Infinity}',
    "minus": b'{"width": -Infinity}',
    "utf-8": b'{"name": "\xff\xfe"}',
    "utf-16": b"\xff\xfe{\x00}\x00",
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "digits": b'{"width": ' + b"9" * 5000 + b"}",
    "two": b'{} {"name": "x"}',
}


@doors
@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_400(world, method, address, body):
    with untouched():
        assert_problem(world.send(method, address, body), 400, "bad-json")


@doors
def test_no_body_at_all_is_422(world, method, address):
    with untouched():
        assert_problem(world.send(method, address, b""), 422, "invalid")


@doors
@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"1", b"true"])
def test_json_that_is_no_object_is_422(world, method, address, body):
    with untouched():
        assert_problem(world.send(method, address, body), 422, "invalid")


@doors
@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
)
def test_another_type_than_json_is_415(world, method, address, content_type):
    with untouched():
        assert_problem(world.send(method, address, b'{"name": "x"}', content_type), 415, "unsupported-type")


@doors
def test_json_above_the_limit_is_413(world, method, address):
    body = b'{"name": "' + b"x" * (2 * 2**20) + b'"}'
    with untouched():
        assert_problem(world.send(method, address, body), 413, "too-large")


START = [
    {"name": 1}, {"name": "x" * 201}, {"name": "a\x00b"}, {"name": "\ud800"}, {"name": None}, {"name": ["x"]},
    {"camera_label": "x" * 201}, {"device_name": "\udfff"}, {"external_id": "\x00"}, {"content_type": "x" * 201},
    {"width": 0}, {"width": -1}, {"width": 65_536}, {"width": 1.5}, {"width": "wide"}, {"height": 10**30},
    {"labels": "x"}, {"labels": [1]}, {"labels": [""]}, {"labels": ["x" * 61]}, {"labels": ["a\x00"]}, {"labels": ["x"] * 51},
    {"metadata": []}, {"metadata": {"x": "y" * 4096}}, {"metadata": {"x": "\x00"}}, {"metadata": {"x": "\ud800"}},
    {"metadata": {"\x00": 1}}, {"client_id": "x"}, {"client_id": 7},
]  # fmt: skip
WRONG = {
    ("post", "captures"): [*START, {"requested_fps": 0}, {"requested_fps": -1}, {"requested_fps": 1001},
                           {"requested_fps": "fast"}, {"requested_fps": 10**400}],
    ("patch", "captures/{c}"): [{"name": "a\x00"}, {"labels": ["x" * 61]}, {"metadata": {"x": "y" * 4096}}, {"name": 3}],
    ("post", "captures/{c}/close"): [{}, {"frame_count": -1}, {"frame_count": 10**10}, {"frame_count": 1.5},
                                     {"frame_count": 1, "dropped_count": -1}, {"frame_count": 1, "end_reason": "x" * 101},
                                     {"frame_count": 1, "end_reason": "\x00"}, {"frame_count": None}],
    ("patch", "captures/{c}/frames/0"): [{}, {"labels": "x"}, {"labels": ["a\x00"]}, {"labels": None}],
    ("post", "recordings"): [*[{"content_type": "video/webm", **wrong} for wrong in START if "content_type" not in wrong],
                             {}, {"content_type": ""}, {"content_type": None}, {"content_type": "video/webm", "timeslice_ms": 0},
                             {"content_type": "video/webm", "continues": "x"},
                             {"content_type": "video/webm", "continues": str(uuid.uuid4())}],
    ("patch", "recordings/{r}"): [{"name": "a\x00"}, {"labels": [{}]}, {"metadata": "x"}, {"external_id": "x" * 201}],
    ("post", "recordings/{r}/alive"): [{}, {"state": "asleep"}, {"state": 1}, {"state": "paused", "waiting_count": -1},
                                       {"state": "paused", "waiting_count": 10**20}],
    ("post", "recordings/{r}/seal"): [{}, {"chunk_count": -1}, {"chunk_count": 10**12}, {"chunk_count": "many"},
                                      {"chunk_count": 1, "header": "%%%"}, {"chunk_count": 1, "header": "é"},
                                      {"chunk_count": 1, "header": "A" * 90_000}, {"chunk_count": 1, "end_reason": "\x00"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("door", "values"),
    [(door, values) for door, wrong in WRONG.items() for values in wrong],
    ids=lambda value: repr(value)[:60],
)
def test_wrong_values_are_422_and_not_echoed(world, door, values):
    with untouched():
        answer = world.send(*door, json.dumps(values).encode())
        assert_problem(answer, 422, "invalid")
    assert b"yyyyyyyy" not in answer.content and b"xxxxxxxx" not in answer.content


def test_unknown_fields_are_ignored_and_nothing_else_can_be_set(world):
    answer = world.send(
        "post", "captures", b'{"status": "closed", "frame_count": 9, "owner": 1, "id": 4, "__proto__": {}}'
    )
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["frame_count"]) == ("open", 0)


def test_a_recording_of_another_kind_is_415(world):
    for wrong in ("image/jpeg", "video/quicktime", "text/html", "video/webm2", "../../etc/passwd"):
        with untouched():
            body = f'{{"content_type": "{wrong}"}}'.encode()
            assert_problem(world.send("post", "recordings", body), 415, "unsupported-type")


# Raw bytes ---------------------------------------------------------------------------------------


@raw_doors
def test_a_body_without_a_length_is_411(world, method, address, content_type):
    with untouched():
        answer = world.send(method, address, image(), content_type, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
        assert_problem(answer, 411, "length-required")


@raw_doors
@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣", " "])
def test_a_length_that_is_none_is_411(world, method, address, content_type, length):
    with untouched():
        assert_problem(
            world.send(method, address, image(), content_type, CONTENT_LENGTH=length), 411, "length-required"
        )


@raw_doors
def test_a_body_above_the_limit_is_413_before_it_is_read(world, settings, method, address, content_type):
    settings.CAM2BYTES_MAX_FRAME_BYTES = settings.CAM2BYTES_MAX_CHUNK_BYTES = settings.CAM2BYTES_MAX_BATCH_BYTES = 100
    with untouched():
        assert_problem(world.send(method, address, bytes(101), content_type), 413, "too-large")
        assert_problem(world.send(method, address, b"", content_type, CONTENT_LENGTH="9" * 30), 413, "too-large")


@raw_doors
def test_a_body_that_breaks_off_is_400(world, method, address, content_type):
    with untouched():
        answer = world.send(method, address, image(), content_type, CONTENT_LENGTH=str(len(image()) + 1))
        assert_problem(answer, 400, "bad-request")


@pytest.mark.parametrize(
    "digest",
    [
        "sha-256=:AAAA:",
        "sha-256=AAAA",
        "sha-256=::",
        "sha-256=:!!!!:",
        "sha-256=:" + "A" * 44 + ":",
        "SHA-256=:x:",
        "sha-256",
    ],
)
@pytest.mark.parametrize("address", ["captures/{c}/frames/1", "recordings/{r}/chunks/1"])
def test_a_digest_that_cannot_be_read_is_422(world, address, digest):
    with untouched():
        answer = put(world.client, world.path(address), image(), **{"Content-Digest": digest})
        assert_problem(answer, 422, "bad-digest")


@pytest.mark.parametrize("address", ["captures/{c}/frames/1", "recordings/{r}/chunks/1"])
def test_bytes_that_do_not_match_their_digest_are_422(world, address):
    with untouched():
        answer = put(world.client, world.path(address), image(), **{"Content-Digest": digest_of(b"other")})
        assert_problem(answer, 422, "digest-mismatch")


def test_a_digest_of_another_algorithm_is_not_ours_to_check(world):
    headers = {"Content-Digest": "sha-512=:AAAA:"}
    assert put_frame(world.client, world.capture, 1, image(), **headers).status_code == 201


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
        "²",
        "\uff11",
        "1" * 11,
        "9" * 5000,
        "1,2",
        "%F0%9F%93%B7",
    ],
)
@pytest.mark.parametrize("address", ["captures/{c}/frames/", "recordings/{r}/chunks/"])
def test_a_number_that_is_none_is_422(world, address, number):
    with untouched():
        assert_problem(put(world.client, world.path(address) + number, WEBM), 422, "bad-number")


@pytest.mark.parametrize("time", ["x", "nan", "-1", "1e300", "inf", "99999999999999999999", "1_0_0\x00"])
def test_a_time_that_is_none_is_422(world, time):
    with untouched():
        answer = put_frame(world.client, world.capture, 1, image(), **{"Cam2Bytes-Taken-At": time})
        assert_problem(answer, 422, "invalid")


def test_the_body_of_a_chunk_is_opaque_but_the_first_is_not(world):
    recording = start_recording(world.client)
    with untouched():
        assert_problem(put_chunk(world.client, recording, 0, image()), 415, "unsupported-type")
    assert put_chunk(world.client, recording, 1, b"anything").status_code == 201


# Addresses and methods ---------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["x", "0", "%00", str(uuid.uuid4()), str(uuid.uuid4())[:-1], "..", "%2e%2e%2f", "é"])
@pytest.mark.parametrize("address", [*READING_DOORS, *{address for _, address in JSON_DOORS if "{" in address}])
def test_an_id_of_nothing_is_404(world, address, wrong):
    method = next((method for method, door in JSON_DOORS if door == address), "get")
    path = "/api/v1/" + address.format(c=wrong, r=wrong)
    with untouched():
        assert_problem(
            world.client.generic(method.upper(), path, b"{}", content_type="application/json"), 404, "not-found"
        )


@pytest.mark.parametrize("path", ["", "x", "captures/", "capture", "captures//frames", "recordings/x/y/z", "docs/x"])
def test_an_address_of_nothing_is_404(alices, path):
    assert_problem(alices.get(f"/api/v1/{path}"), 404, "not-found")


def documented_methods() -> dict[str, set[str]]:
    return {
        path: {method.upper() for method in operations} for path, operations in reference.description()["paths"].items()
    }


def test_every_other_method_is_405_and_allow_names_the_right_ones(world):
    for template, methods in documented_methods().items():
        path = template.format(capture_id=world.capture, recording_id=world.recording, number=0)
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - methods:
            with untouched():
                answer = world.client.generic(method, path, b"{}", content_type="application/json")
            assert answer.status_code == 405, (method, path)
            assert {name.strip() for name in answer["Allow"].split(",")} == methods
            if method != "HEAD":
                assert_problem(answer, 405, "method-not-allowed")


# Lists -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=-1", "limit=x", "limit=1.5", "limit=", f"limit={'9' * 5000}", "cursor=x", "cursor=%00",
     "cursor=é", "cursor=AAAA", f"cursor={'A' * 5000}", "label=%00", f"label={'x' * 201}", "external_id=%00"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["captures", "recordings"])
def test_a_wrong_question_to_a_list_is_422(alices, kind, query):
    assert_problem(alices.get(f"/api/v1/{kind}?{query}"), 422, "invalid")


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=", "after=%00", "limit=0", "limit=501", "limit=x"])
def test_a_wrong_question_to_the_list_of_frames_is_422(world, query):
    assert_problem(world.get(f"captures/{{c}}/frames?{query}"), 422)


# States ------------------------------------------------------------------------------------------


def test_what_was_deleted_is_410_to_writers_and_404_to_readers(world):
    for kind in ("captures/{c}", "recordings/{r}"):
        assert world.send("delete", kind, b"").status_code == 204
    with untouched():
        for address in READING_DOORS:
            assert_problem(world.get(address), 404, "not-found")
        for method, address in JSON_DOORS:
            if "{" in address and "frames/0" not in address:
                body = b'{"state": "paused", "chunk_count": 1, "frame_count": 1}'
                assert_problem(world.send(method, address, body), 410, "deleted")
        for method, address, content_type in RAW_DOORS:
            assert_problem(world.send(method, address, image(), content_type), 410, "deleted")
        for kind in ("captures/{c}", "recordings/{r}"):
            assert world.send("delete", kind, b"").status_code == 204


def test_other_bytes_under_a_held_number_are_409(world):
    for answer in (
        put_frame(world.client, world.capture, 0, image("blue")),
        put_chunk(world.client, world.recording, 0, WEBM + b"more"),
    ):
        assert_problem(answer, 409, "number-conflict")


def test_a_seal_and_what_lies_beyond_it(world):
    def seal(count: int):
        return world.send("post", "recordings/{r}/seal", f'{{"chunk_count": {count}}}'.encode())

    with untouched():
        assert_problem(seal(0), 409, "seal-conflict")
    assert seal(3).status_code == 200
    with untouched():
        assert_problem(seal(4), 409, "seal-conflict")
        assert_problem(put_chunk(world.client, world.recording, 3, b"x"), 409, "sealed")
        assert_problem(world.get("recordings/{r}/video"), 409, "not-ready")
    assert seal(3).status_code == 200


def test_no_room_is_507_and_says_when_to_try_again(world, settings):
    settings.CAM2BYTES_RESERVE_BYTES = 2**62
    with untouched():
        for method, address, body in [
            ("post", "captures", b"{}"),
            ("post", "recordings", b'{"content_type": "video/webm"}'),
            ("put", "captures/{c}/frames/1", image("blue")),
            ("put", "recordings/{r}/chunks/1", b"x"),
        ]:
            answer = world.send(method, address, body, "application/json" if method == "post" else "image/jpeg")
            assert_problem(answer, 507, "disk-full")
            assert int(answer["Retry-After"]) > 0
