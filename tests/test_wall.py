"""The wall of what is captured and recorded now: what each viewer is told, and with which pictures."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from cam2bytes import wall
from cam2bytes.lib import batches
from capture.models import CaptureSession, Frame
from recordings.models import Recording
from tests.makers import image, post_json, put_frame, start_capture, start_recording, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch):
    """A look at the database serves everybody for a while; here each request has its own."""
    monkeypatch.setattr(wall, "LOOK_SECONDS", -1)
    monkeypatch.setattr(wall, "_latest", wall.Look())


@pytest.fixture
def capture(alices):
    pk = start_capture(alices, name="Feeder", device_name="garden-pi", requested_fps=2)
    put_frame(alices, pk, 0, image("red"))
    return pk


def news(client, of="", **query):
    """(the state, {id: (number, bytes)} of the pictures)."""
    answer = client.get("/live/news", {"of": of, **query})
    assert answer.status_code == 200
    told, *pictures = batches.records(answer.content)
    return json.loads(told.data), {one.head["id"]: (one.head["number"], one.data) for one in pictures}


def test_what_runs_is_told_with_its_newest_picture(alices, capture):
    state, pictures = news(alices, of=f"{capture[:8]}.")
    (entry,) = state["entries"]
    assert (entry["id"], entry["state"], entry["title"]) == (capture, "live", "Feeder")
    assert entry["facts"] == "garden-pi · 2 per second · 1 frame"
    assert entry["picture_ms"] <= state["now_ms"]
    put_frame(alices, capture, 1, image("blue"))
    assert news(alices, of=f"{capture[:8]}.0")[1] == {capture: (1, image("blue"))}
    assert pictures == {capture: (0, image("red"))}


def test_only_pictures_in_sight_that_changed_are_sent(alices, capture):
    assert news(alices)[1] == {}
    assert news(alices, of=f"{capture[:8]}.0")[1] == {}
    assert news(alices, of="zebra,.,..1,%00")[1] == {}


def test_nothing_new_is_304(alices, capture):
    first = alices.get("/live/news", {"of": f"{capture[:8]}.0"})
    again = {"If-None-Match": first["ETag"]}
    assert alices.get("/live/news", {"of": f"{capture[:8]}.0"}, headers=again).status_code == 304
    assert alices.get("/live/news", {"of": f"{capture[:8]}."}, headers=again).status_code == 200
    put_frame(alices, capture, 1, image("blue"))
    assert alices.get("/live/news", {"of": f"{capture[:8]}.1"}, headers=again).status_code == 200


def test_a_fresh_thumbnail_is_shown_and_an_old_one_makes_place_for_the_image(alices, capture):
    Frame.objects.update(thumbnail=Frame.objects.get().image.name)
    assert news(alices)[0]["entries"][0]["picture_url"].endswith("/frames/0/thumbnail")
    put_frame(alices, capture, 1, image("blue"))
    assert news(alices)[0]["entries"][0]["picture_url"].endswith("/frames/0/thumbnail")
    Frame.objects.filter(number=0).update(received_at=timezone.now() - timedelta(seconds=2))
    assert news(alices)[0]["entries"][0]["picture_url"].endswith("/frames/1/image")


def test_a_rejected_frame_is_not_shown(alices, capture):
    put_frame(alices, capture, 1, image("blue"))
    Frame.objects.filter(number=1).update(status="rejected")
    assert news(alices)[0]["entries"][0]["number"] == 0


def test_a_picture_that_came_long_ago_is_told_with_its_time(alices, capture):
    """Of a time-lapse, whose frames are minutes apart."""
    hour_ago = timezone.now() - timedelta(hours=1)
    Frame.objects.update(received_at=hour_ago)
    for _ in range(2):  # looked up, then remembered
        (entry,) = news(alices)[0]["entries"]
        assert entry["picture_ms"] == round(hour_ago.timestamp() * 1000)
    put_frame(alices, capture, 1, image("blue"))
    Frame.objects.filter(number=1).update(received_at=hour_ago)
    assert news(alices)[0]["entries"][0]["number"] == 1


def test_a_page_that_fell_silent_is_lost_and_a_closed_one_is_gone(alices, capture):
    CaptureSession.objects.update(alive_at=timezone.now() - timedelta(seconds=13))
    assert news(alices)[0]["entries"][0]["state"] == "lost"
    CaptureSession.objects.update(requested_fps=0.1)  # it owes a frame every ten seconds
    assert news(alices)[0]["entries"][0]["state"] == "live"
    post_json(alices, f"/api/v1/captures/{capture}/close", {"frame_count": 1})
    assert news(alices)[0]["entries"] == []


def test_recordings_are_on_the_same_wall(alices):
    pk = start_recording(alices, name="Interview", device_name="desk-07")
    (entry,) = news(alices)[0]["entries"]
    assert (entry["id"], entry["kind"], entry["state"], entry["title"]) == (pk, "recording", "live", "Interview")
    Recording.objects.update(page_state="paused")
    assert news(alices)[0]["entries"][0]["state"] == "paused"


def test_everybody_sees_ones_own_and_staff_all_if_they_like(alices, client_of, bob, capture):
    carol = client_of(user("carol", is_staff=True))
    shown = f"{capture[:8]}."
    for client, query, count in ((client_of(bob), {"all": 1}, 0), (carol, {}, 0), (carol, {"all": 1}, 1)):
        state, pictures = news(client, of=shown, **query)
        assert (len(state["entries"]), len(pictures)) == (count, count)
    assert news(carol, all=1)[0]["entries"][0]["facts"].startswith("alice · ")


def test_the_page_works_without_a_script(alices, client_of, bob, capture):
    html = alices.get("/live/").content.decode()
    assert f'href="/captures/{capture}/"' in html
    assert f'src="/api/v1/captures/{capture}/frames/0/image"' in html
    assert "Of everybody" not in html
    assert "No lens is open" in client_of(bob).get("/live/").content.decode()


def test_a_look_is_shared(alices, client_of, bob, capture, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(wall, "LOOK_SECONDS", 60)
    news(alices)
    bobs = client_of(bob)
    with django_assert_num_queries(2):  # who asks: the sign-in and the account
        news(bobs)


def test_an_answer_holds_only_so_many_bytes(alices, capture, monkeypatch):
    other = start_capture(alices)
    put_frame(alices, other, 0, image("blue"))
    monkeypatch.setattr(wall, "MOST_BYTES", 1)
    assert list(news(alices, of=f"{capture[:8]}.,{other[:8]}.")[1]) == [capture]
    assert list(news(alices, of=f"{capture[:8]}.0,{other[:8]}.")[1]) == [other]
