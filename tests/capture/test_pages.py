"""Pages of capture sessions: what a person sees, and that everything works without a script."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capture import grid
from capture.models import CaptureSession, Frame
from tests.makers import image, objects, post_json, put_frame, start_capture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def capture(alices):
    """Six frames, two per second, number 4 never came; closed by its page."""
    pk = start_capture(alices, name="Feeder, east side", requested_fps=2, device_name="garden-pi", labels=["birds"])
    for number in (0, 1, 2, 3, 5):
        taken = 1_795_334_531_300 + number * 500
        put_frame(alices, pk, number, image(size=(64, 36)), **{"Cam2Bytes-Taken-At": str(taken)})
    post_json(alices, f"/api/v1/captures/{pk}/close", {"frame_count": 6, "dropped_count": 3})
    return pk


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_page_says_what_is_kept_what_is_missing_and_what_was_dropped(alices, capture):
    html = page(alices, f"/captures/{capture}/")
    assert "<h1>Feeder, east side</h1>" in html
    assert "5 of 6 frames kept." in html
    assert "3 dropped on the device." in html
    assert "garden-pi" in html
    assert ">birds</a>" in html


def test_frames_are_a_grid_by_the_minute_with_time_number_and_hole(alices, capture):
    html = page(alices, f"/captures/{capture}/")
    assert html.count('class="minute"') == 1
    assert f'href="/captures/{capture}/frames/3/"' in html
    assert f"/api/v1/captures/{capture}/frames/3/thumbnail" in html
    assert ">08:02:12.8</time>" in html
    assert "not here" in html
    assert "/frames/4/" not in html


def test_times_are_in_the_viewers_zone(alices, capture):
    alices.cookies["zone"] = "Asia/Kolkata"
    assert ">13:32:12.8</time>" in page(alices, f"/captures/{capture}/")
    for nonsense in ("../../etc/passwd", "Nowhere/Atlantis", "x" * 4000, ""):
        alices.cookies["zone"] = nonsense
        assert ">08:02:12.8</time>" in page(alices, f"/captures/{capture}/")


def test_a_long_capture_session_is_paged_by_number_both_ways(alices, capture, monkeypatch):
    monkeypatch.setattr(grid, "PAGE_SIZE", 2)
    first = page(alices, f"/captures/{capture}/")
    assert "?after=1" in first
    assert 'rel="prev"' not in first
    second = page(alices, f"/captures/{capture}/?after=1")
    assert "?before=2" in second
    assert "?after=3" in second
    back = page(alices, f"/captures/{capture}/?before=2")
    assert "/frames/0/" in back
    assert 'rel="prev"' not in back
    assert "none behind this number" in page(alices, f"/captures/{capture}/?after=999")
    assert "/frames/0/" in page(alices, f"/captures/{capture}/?after=-1x")


def test_frames_without_a_time_stand_under_their_own_heading(alices):
    pk = start_capture(alices)
    put_frame(alices, pk, 0, image())
    assert "Without a time" in page(alices, f"/captures/{pk}/")


def test_an_empty_capture_session_says_so(alices):
    assert "The first one appears here" in page(alices, f"/captures/{start_capture(alices)}/")


def test_rejected_and_unchecked_frames_are_told_apart(alices, capture):
    Frame.objects.filter(number=1).update(status="rejected", reason="The image does not decode.")
    Frame.objects.filter(number=2).update(status="stored", thumbnail="")
    html = page(alices, f"/captures/{capture}/")
    assert '<span class="cell cell-lost">rejected</span>' in html
    assert '<span class="cell cell-waiting">kept</span>' in html
    assert "data-refresh" in html  # a page with work under way looks again by itself
    viewer = page(alices, f"/captures/{capture}/frames/1/")
    assert "The image does not decode." in viewer
    assert "/frames/1/image" not in viewer


# One frame large ---------------------------------------------------------------------------------


def test_a_frame_is_shown_whole_with_its_facts_and_neighbours(alices, capture):
    html = page(alices, f"/captures/{capture}/frames/3/")
    assert f'src="/api/v1/captures/{capture}/frames/3/image"' in html
    assert "0.500 s" in html  # after the last
    assert "64 \u00d7 36" in html
    assert "ready, decoded" in html
    assert f'href="/captures/{capture}/frames/2/" rel="prev"' in html
    assert f'href="/captures/{capture}/frames/5/" rel="next"' in html


def test_a_frame_that_is_not_there_is_404(alices, capture):
    page(alices, f"/captures/{capture}/frames/4/", status=404)
    page(alices, f"/captures/{capture}/frames/99999999999999999999/", status=404)


# Changing ----------------------------------------------------------------------------------------


def test_rename_and_label_by_plain_forms(alices, capture):
    edit = f"/captures/{capture}/edit"
    assert alices.post(edit, {"name": "Feeder, west"})["Location"] == f"/captures/{capture}/"
    alices.post(edit, {"add_label": "raccoon"})
    alices.post(edit, {"add_label": "birds"})  # there already
    alices.post(edit, {"remove_label": "birds"})
    found = CaptureSession.objects.get()
    assert (found.name, found.labels) == ("Feeder, west", ["raccoon"])
    alices.post(f"/captures/{capture}/frames/3/edit", {"add_label": "blurred"})
    assert Frame.objects.get(number=3).labels == ["blurred"]


def test_a_name_that_the_api_would_refuse_is_refused_with_a_sentence(alices, capture):
    alices.post(f"/captures/{capture}/edit", {"name": "x" * 201})
    assert CaptureSession.objects.get().name == "Feeder, east side"
    assert "at most 200 characters" in page(alices, f"/captures/{capture}/")


def test_deleting_asks_first_then_takes_rows_and_files(alices, capture):
    question = page(alices, f"/captures/{capture}/delete")
    assert "5 frames" in question
    assert CaptureSession.objects.exists()
    assert objects()
    assert alices.post(f"/captures/{capture}/delete")["Location"] == "/"
    assert not CaptureSession.objects.exists()
    assert objects() == []
    assert "Deleted Feeder, east side." in page(alices, "/")


def test_deleting_a_frame_asks_first_and_goes_on_to_the_next(alices, capture):
    assert "Delete frame 3?" in page(alices, f"/captures/{capture}/frames/3/delete")
    assert alices.post(f"/captures/{capture}/frames/3/delete")["Location"] == f"/captures/{capture}/frames/5/"
    assert alices.post(f"/captures/{capture}/frames/5/delete")["Location"] == f"/captures/{capture}/frames/2/"
    assert list(Frame.objects.order_by("number").values_list("number", flat=True)) == [0, 1, 2]


# Doors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "download", "delete", "frames/0/", "frames/0/delete"])
def test_nobody_else_finds_it(client_of, bob, alices, capture, path):
    assert client_of(bob).get(f"/captures/{capture}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["edit", "delete", "frames/0/edit", "frames/0/delete"])
def test_nobody_else_changes_it(client_of, bob, alices, capture, path):
    assert client_of(bob).post(f"/captures/{capture}/{path}", {"name": "mine"}).status_code == 404
    assert CaptureSession.objects.get().name == "Feeder, east side"
    assert Frame.objects.count() == 5


def test_signed_out_leads_to_the_sign_in(client, alices, capture):
    answer = client.get(f"/captures/{capture}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_the_grid_asks_the_database_as_often_for_one_frame_as_for_many(alices, capture, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page(alices, f"/captures/{capture}/")


def test_an_open_capture_session_is_told_as_live(alices):
    pk = start_capture(alices, name="Now")
    put_frame(alices, pk, 0, image())
    html = page(alices, f"/captures/{pk}/")
    assert "1 frame kept so far" in html
    assert "Being captured since" in html


def test_an_abandoned_one_says_that_the_connection_was_lost(alices, capture):
    CaptureSession.objects.update(end_reason="abandoned", expected_frame_count=None)
    assert "Connection lost, 5 frames kept." in page(alices, f"/captures/{capture}/")


def test_yesterday_is_called_yesterday(alices, capture):
    CaptureSession.objects.update(started_at=timezone.now() - timedelta(days=1))
    assert "Yesterday" in page(alices, f"/captures/{capture}/")
