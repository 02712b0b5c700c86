"""What the page that captures tells of its sampling: kept, bounded, shown; and the server's clock."""

import time

import pytest
from django.test import Client

from capture.models import CaptureSession
from tests.makers import image, post_json, put_frame, start_capture

TOLD = {
    "number": 3, "way": "worker", "requested_count": 600, "taken_count": 600, "extra_count": 4,
    "dropped": {"camera-late": 1, "encoder-busy": 3},
    "drops": [{"reason": "camera-late", "at_ms": 1_795_000_000_000, "count": 1}],
    "jitter_p50_ms": 0.4, "jitter_p95_ms": 1.6, "taken_at_error_ms": 36.2,
    "clock": {"offset_ms": -1204.5, "error_ms": 2.9, "round_trip_ms": 3.1, "measured_count": 7, "step_count": 0},
}  # fmt: skip


@pytest.fixture
def capture(alices) -> str:
    return start_capture(alices, requested_fps=10)


def tell(client, capture, door="alive", **changes):
    more = {"frame_count": 0, "end_reason": "stopped"} if door == "close" else {}
    return post_json(client, f"/api/v1/captures/{capture}/{door}", more | {"sampling": TOLD | changes})


def test_what_is_told_with_a_sign_of_life_is_on_the_row(alices, capture):
    answer = tell(alices, capture)
    assert answer.status_code == 200
    kept = alices.get(f"/api/v1/captures/{capture}").json()
    assert kept == answer.json()
    assert kept["sampling"] == {
        name: value for name, value in TOLD.items() if name not in ("number", "taken_at_error_ms")
    }
    assert (kept["taken_at_error_ms"], kept["dropped_count"]) == (36.2, 4)


def test_words_that_overtake_each_other_leave_the_newest(alices, capture):
    tell(alices, capture, number=5, dropped={"camera-late": 9})
    tell(alices, capture, number=4, dropped={})
    tell(alices, capture, "close", number=5, dropped={})
    assert alices.get(f"/api/v1/captures/{capture}").json()["dropped_count"] == 9
    tell(alices, capture, "close", number=6, dropped={"outbox-full": 2})
    assert alices.get(f"/api/v1/captures/{capture}").json()["sampling"]["dropped"] == {"outbox-full": 2}


def test_a_sign_of_life_needs_no_word(alices, capture):
    tell(alices, capture)
    path = f"/api/v1/captures/{capture}/alive"
    for answer in (
        alices.post(path, "", "application/json"),
        post_json(alices, path, {}),
        post_json(alices, path, {"sampling": None}),
    ):
        assert answer.status_code == 200
        assert answer.json()["sampling"]["requested_count"] == 600


@pytest.mark.parametrize("wrong", [
    {"number": -1}, {"number": None}, {"way": "magic"}, {"requested_count": 10**12}, {"taken_count": 1.5},
    {"dropped": {"bad-mood": 1}}, {"dropped": {"camera-late": -1}}, {"jitter_p95_ms": -1}, {"jitter_p95_ms": 1e300},
    {"taken_at_error_ms": "small"}, {"clock": {}}, {"clock": TOLD["clock"] | {"offset_ms": 1e300}},
    {"drops": [{"reason": "camera-late", "at_ms": -1, "count": 1}]},
    {"drops": [{"reason": "camera-late", "at_ms": 1, "count": 1}] * 101},
])  # fmt: skip
def test_what_makes_no_sense_is_refused_and_changes_nothing(alices, capture, wrong):
    tell(alices, capture, number=1)
    assert tell(alices, capture, **wrong).status_code == 422
    assert tell(alices, capture, "close", **wrong).status_code == 422
    kept = alices.get(f"/api/v1/captures/{capture}").json()
    assert (kept["status"], kept["sampling"]["way"], kept["dropped_count"]) == ("open", "worker", 4)


def test_its_page_and_the_admin_say_it_in_one_line(alices, capture, admin_client):
    tell(alices, capture)
    line = (
        "596 of 600 taken · 4 by hand · 3 dropped: encoder busy · 1 dropped: camera late · "
        "intervals true within 2 ms · times true within 37 ms · by the camera&#x27;s timestamps"
    )
    assert line in alices.get(f"/captures/{capture}/").content.decode()
    assert line in admin_client.get(f"/admin/capture/capturesession/{capture}/change/").content.decode()


def test_a_frame_says_how_true_its_time_is(alices, capture):
    put_frame(alices, capture, 0, image(), **{"Cam2Bytes-Taken-At": "1795000000000"})
    assert "by the clock of" in alices.get(f"/captures/{capture}/frames/0/").content.decode()
    tell(alices, capture)
    assert "true within 37 ms" in alices.get(f"/captures/{capture}/frames/0/").content.decode()


def test_who_tells_nothing_has_no_line(alices, capture):
    assert "taken ·" not in alices.get(f"/captures/{capture}/").content.decode()
    assert alices.get(f"/api/v1/captures/{capture}").json()["sampling"] is None


def test_frames_taken_by_hand_are_not_in_the_achieved_rate(alices, capture):
    tell(alices, capture)
    row = CaptureSession.objects.get(pk=capture)
    row.first_taken_at, row.last_taken_at = row.started_at, row.started_at.replace(year=row.started_at.year + 1)
    seconds = (row.last_taken_at - row.first_taken_at).total_seconds()
    row.frame_count = int(seconds) + 1 + row.extra_count
    assert row.achieved_fps == pytest.approx(1, abs=0.001)


def test_the_servers_clock_is_told_to_anybody(db):
    before = time.time() * 1000
    answer = Client().get("/api/v1/time")
    after = time.time() * 1000
    told = answer.json()
    assert before <= told["received_at_ms"] <= told["sent_at_ms"] <= after
    assert "no-cache" in answer["Cache-Control"]
