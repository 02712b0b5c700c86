"""Frames through the real door: what is kept, what is refused, and that a refusal leaves nothing behind."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from celery.signals import task_prerun
from django.db import connection

from cam2bytes.lib import batches, images
from cam2bytes.lib.digests import sha256_hex
from capture import tasks
from capture.models import CaptureSession, Frame
from tests import makers
from tests.makers import image, objects, post_batch, put_frame, start_capture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def capture(alices):
    return start_capture(alices, requested_fps=5)


def test_a_frame_is_kept_as_it_was_sent_and_becomes_ready(alices, capture):
    data = image("teal", (320, 200))
    answer = put_frame(alices, capture, 0, data, **{"Cam2Bytes-Taken-At": "1795326283561.6"})
    assert answer.status_code == 201
    assert answer.json() == {"number": 0, "size_bytes": len(data), "sha256": sha256_hex(data), "status": 201}
    frame = alices.get(f"/api/v1/captures/{capture}/frames/0").json()
    assert (frame["status"], frame["width"], frame["height"]) == ("ready", 320, 200)
    assert frame["taken_at"] == "2026-11-22T05:44:43.561Z"
    got = alices.get(frame["image_url"])
    assert b"".join(got.streaming_content) == data
    thumbnail = b"".join(alices.get(frame["thumbnail_url"]).streaming_content)
    assert images.decode(thumbnail).shape == (200, 320, 3)


def test_sending_again_answers_200_and_keeps_one_file(alices, capture):
    data = image()
    assert put_frame(alices, capture, 3, data).status_code == 201
    before = objects()
    assert put_frame(alices, capture, 3, data).status_code == 200
    assert objects() == before


def test_other_bytes_under_a_held_number_go_to_quarantine(alices, capture):
    put_frame(alices, capture, 3, image("red"))
    answer = put_frame(alices, capture, 3, image("blue"))
    assert (answer.status_code, answer.json()["code"]) == (409, "number-conflict")
    assert Frame.objects.get().sha256 == sha256_hex(image("red"))
    assert sum("quarantine" in key for key in objects()) == 1
    assert put_frame(alices, capture, 3, image("blue")).status_code == 409
    assert sum("quarantine" in key for key in objects()) == 1, "the same bytes again need no second object"
    assert put_frame(alices, capture, 3, image("green")).status_code == 409
    assert sum("quarantine" in key for key in objects()) == 2


@pytest.mark.parametrize(
    ("number", "data", "headers", "status", "code"),
    [
        ("0", b"", {}, 422, "empty"),
        ("-1", image(), {}, 422, "bad-number"),
        ("1e3", image(), {}, 422, "bad-number"),
        ("9223372036854775808", image(), {}, 422, "bad-number"),
        ("0", b"<svg/>", {}, 415, "unsupported-type"),
        ("0", b"GIF89a" + bytes(40), {}, 415, "unsupported-type"),
        ("0", b"\xff\xd8\xff", {}, 422, "bad-image"),
        ("0", image(), {"Content-Digest": makers.digest_of(b"other")}, 422, "digest-mismatch"),
        ("0", image(), {"Content-Digest": "sha-256=:nonsense:"}, 422, "bad-digest"),
        ("0", image(), {"Cam2Bytes-Taken-At": "yesterday"}, 422, "invalid"),
        ("0", image(), {"Cam2Bytes-Taken-At": "1e999"}, 422, "invalid"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(alices, capture, number, data, headers, status, code):
    answer = put_frame(alices, capture, number, data, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not Frame.objects.exists()
    assert objects() == []


def test_too_many_pixels_are_refused_by_the_header_alone(alices, capture, settings):
    settings.CAM2BYTES_MAX_PIXELS = 1000
    answer = put_frame(alices, capture, 0, image(size=(100, 11)))
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-image")


def test_a_cut_image_is_kept_then_rejected_with_a_reason(alices, capture):
    data = image("red", (640, 480), quality=95)
    assert put_frame(alices, capture, 0, data[: len(data) // 2]).status_code == 201
    frame = alices.get(f"/api/v1/captures/{capture}/frames/0").json()
    assert frame["status"] == "rejected" and "cut off" in frame["reason"]
    assert frame["image_url"] is None
    assert alices.get(f"/api/v1/captures/{capture}/frames/0/image").status_code == 404
    assert alices.get(f"/api/v1/captures/{capture}").json()["rejected_count"] == 1


def test_a_batch_answers_for_each_record_in_order(alices, capture):
    put_frame(alices, capture, 1, image("red"))
    answer = post_batch(
        alices,
        capture,
        [
            ({"number": 0, "taken_at_ms": 1795326283000, "content_type": "image/jpeg"}, image("blue")),
            ({"number": 1}, image("red")),
            ({"number": 1}, image("green")),
            ({"number": "x"}, image()),
            ({"number": 2, "sha256": "00" * 32}, image()),
            ({"number": 3, "sha256": sha256_hex(image("navy", kind="PNG"))}, image("navy", kind="PNG")),
        ],
    )
    assert answer.status_code == 200
    statuses = [(item["number"], item["status"]) for item in answer.json()["receipts"]]
    assert statuses == [(0, 201), (1, 200), (1, 409), (None, 422), (2, 422), (3, 201)]
    assert list(Frame.objects.order_by("number").values_list("number", "status")) == [
        (0, "ready"), (1, "ready"), (3, "ready"),
    ]  # fmt: skip


def test_a_task_that_has_worked_long_enough_hands_the_rest_to_another(alices, capture, monkeypatch):
    begun = []

    def note(args, **_):
        begun.append(len(args[0]))

    monkeypatch.setattr(tasks, "ENOUGH_SECONDS", 0)
    task_prerun.connect(note, sender=tasks.process_frames)
    try:
        post_batch(alices, capture, [({"number": number}, image(size=(32 + number, 32))) for number in range(4)])
    finally:
        task_prerun.disconnect(note, sender=tasks.process_frames)
    assert begun == [4, 3, 2, 1]
    assert Frame.objects.filter(status="ready").count() == 4


def test_a_broken_batch_keeps_what_came_before_the_break(alices, capture):
    body = batches.build([({"number": 0}, image()), ({"number": 1}, image("blue"))])[:-5]
    path = f"/api/v1/captures/{capture}/frames"
    answer = alices.post(path, body, content_type=batches.CONTENT_TYPE)
    assert answer.status_code == 200
    first, last = answer.json()["receipts"]
    assert (first["number"], first["status"]) == (0, 201)
    assert (last["number"], last["status"], last["code"]) == (None, 400, "bad-batch")


def test_the_same_number_twice_in_a_batch_is_kept_once(alices, capture):
    answer = post_batch(alices, capture, [({"number": 0}, image("red")), ({"number": 0}, image("blue"))])
    assert [item["status"] for item in answer.json()["receipts"]] == [201, 409]
    assert Frame.objects.count() == 1


def test_an_empty_batch_and_another_type_are_refused(alices, capture):
    path = f"/api/v1/captures/{capture}/frames"
    empty = {"Content-Length": "0", "Content-Type": batches.CONTENT_TYPE}
    assert alices.generic("POST", path, headers=empty).status_code == 400
    assert alices.post(path, b"x", content_type="application/octet-stream").status_code == 415


def test_counts_and_rate_are_true(alices, capture):
    frames = [({"number": n, "taken_at_ms": 1795326283000 + 200 * n}, image()) for n in range(6)]
    post_batch(alices, capture, frames)
    shown = alices.get(f"/api/v1/captures/{capture}").json()
    assert (shown["frame_count"], shown["ready_count"], shown["achieved_fps"]) == (6, 6, 5.0)
    answer = makers.post_json(alices, f"/api/v1/captures/{capture}/close", {"frame_count": 7, "dropped_count": 1})
    assert answer.json()["expected_frame_count"] == 7 and answer.json()["status"] == "closed"
    assert put_frame(alices, capture, 6, image()).status_code == 201


@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads of one SQLite test database share a cache")
def test_two_writers_of_one_number_end_with_one_frame(alice, client_of, capture):
    def send(colour):
        try:
            return put_frame(client_of(alice), capture, 0, image(colour)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(send, ["red", "green", "blue", "teal"]))
    assert statuses == [201, 409, 409, 409]
    assert Frame.objects.count() == 1


def test_frames_are_listed_by_number_page_by_page(alices, capture):
    post_batch(alices, capture, [({"number": n}, image()) for n in (0, 1, 5, 9)])
    path = f"/api/v1/captures/{capture}/frames"
    first = alices.get(path, {"limit": 3}).json()
    assert [item["number"] for item in first["items"]] == [0, 1, 5]
    rest = alices.get(path, {"limit": 3, "after": first["next_after"]}).json()
    assert ([item["number"] for item in rest["items"]], rest["next_after"]) == ([9], None)


def test_deleting_a_frame_takes_its_files_and_leaves_410(alices, capture):
    put_frame(alices, capture, 0, image())
    path = f"/api/v1/captures/{capture}/frames/0"
    assert alices.delete(path).status_code == 204
    assert objects() == []
    assert alices.get(path).status_code == 404
    assert put_frame(alices, capture, 0, image()).status_code == 410
    assert alices.delete(path).status_code == 204
    assert alices.get(f"/api/v1/captures/{capture}").json()["frame_count"] == 0


def test_deleting_a_capture_session_takes_everything(alices, capture):
    post_batch(alices, capture, [({"number": n}, image()) for n in range(3)])
    put_frame(alices, capture, 0, image("blue"))
    assert alices.delete(f"/api/v1/captures/{capture}").status_code == 204
    assert objects() == [] and not CaptureSession.objects.exists() and not Frame.objects.exists()
    assert alices.get(f"/api/v1/captures/{capture}").status_code == 404
    assert put_frame(alices, capture, 0, image()).status_code == 410
    assert alices.delete(f"/api/v1/captures/{capture}").status_code == 204


def test_starting_twice_with_one_client_id_is_once(alices):
    body = {"client_id": "7f1f0e7e-8a5c-4f0a-9a43-0f1f2d3c4b5a", "name": "Feeder"}
    first = alices.post("/api/v1/captures", json.dumps(body), content_type="application/json")
    again = alices.post("/api/v1/captures", json.dumps(body), content_type="application/json")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_an_ingest_token_does_not_find_what_another_had_started(alices, alice, client):
    body = {"client_id": "7f1f0e7e-8a5c-4f0a-9a43-0f1f2d3c4b5a"}
    start_capture(alices, **body)
    bearer = {"Authorization": f"Bearer {makers.token(alice, 'ingest')}"}
    answer = makers.post_json(client, "/api/v1/captures", body, **bearer)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


def test_lists_show_ones_own_newest_first(alices, bob, client_of):
    ids = [start_capture(alices, name=str(n), labels=["birds"] if n == 1 else []) for n in range(3)]
    start_capture(client_of(bob))
    page = alices.get("/api/v1/captures", {"limit": 2}).json()
    rest = alices.get("/api/v1/captures", {"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == ids[::-1]
    labelled = alices.get("/api/v1/captures", {"label": "birds"}).json()["items"]
    assert [item["id"] for item in labelled] == [ids[1]]
    assert alices.get("/api/v1/captures", {"limit": 501}).status_code == 422
    assert alices.get("/api/v1/captures", {"cursor": "nonsense"}).status_code == 422
