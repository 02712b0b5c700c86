"""The front door: the Library of both kinds, and whether the server is well."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cam2bytes import views
from capture.models import CaptureSession, Frame
from recordings.models import Recording
from tests.makers import image, put_frame, start_capture

pytestmark = pytest.mark.django_db


def capture_of(owner, **values):
    return CaptureSession.objects.create(owner=owner, **{"status": "closed", **values})


def recording_of(owner, **values):
    return Recording.objects.create(owner=owner, **{"status": "ready", "content_type": "video/webm", **values})


def library(client, query=""):
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def in_order(html, *words):
    places = [html.index(word) for word in words]
    assert places == sorted(places), words


def test_both_kinds_together_newest_first_by_day_with_sums(alices, alice):
    now = timezone.now().replace(hour=12)
    recording_of(alice, name="Older clip", started_at=now - timedelta(days=1, hours=2), video_size_bytes=2_000_000)
    capture_of(alice, name="Feeder", started_at=now - timedelta(days=1, hours=1), size_bytes=1_000_000, requested_fps=2)
    recording_of(alice, name="Newer clip", started_at=now, held_bytes=5_000_000)
    html = library(alices)
    in_order(html, "Today", "Newer clip", "Yesterday", "Feeder", "2 per second", "Older clip")
    assert "1 recording, 1 capture session" in html
    assert "3.0 MB" in html


def test_a_recording_in_parts_is_one_entry_with_the_sums_of_all(alices, alice):
    facts = {"name": "Interview", "video_content_type": "video/mp4"}
    first = recording_of(alice, **facts, video_size_bytes=2_000_000, duration_ms=60_000)
    second = recording_of(alice, **facts, video_size_bytes=1_000_000, duration_ms=61_000, continues=first)
    recording_of(alice, **facts, status="open", page_state="recording", held_bytes=500_000, continues=second)
    html = library(alices)
    assert html.count('class="card-link"') == 1
    assert f'href="/recordings/{first.pk}/"' in html
    assert "3 parts" in html and "2:01" in html and "3.5 MB so far" in html and "Live" in html
    assert "1 recording" in html and "3.5 MB" in html


def test_where_the_first_part_is_deleted_the_next_one_leads(alices, alice):
    first = recording_of(alice, name="Interview")
    second = recording_of(alice, name="Interview", continues=first)
    alices.post(f"/recordings/{first.pk}/delete")
    assert f'href="/recordings/{second.pk}/"' in library(alices)


def test_parts_cost_no_query_for_each_entry(alices, alice, django_assert_max_num_queries):
    for number in range(12):
        first = recording_of(alice, name=f"Interview {number}")
        recording_of(alice, continues=first)
    with django_assert_max_num_queries(13):
        library(alices)


def test_the_day_of_an_entry_is_the_viewers_day(alices, alice):
    capture_of(alice, name="Late", started_at=datetime(2024, 3, 5, 23, 30, tzinfo=UTC))
    assert "Tuesday 5 March 2024" in library(alices)
    alices.cookies["zone"] = "Asia/Tokyo"
    html = library(alices)
    assert "Wednesday 6 March 2024" in html
    assert ">08:30</time>" in html


def test_it_is_paged_by_a_cursor_and_nothing_is_lost_or_shown_twice(alices, alice, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 3)
    same = timezone.now()  # many begin in the same instant: the id decides
    names = [f"entry-{i}" for i in range(10)]
    for i, name in enumerate(names):
        (capture_of if i % 2 else recording_of)(alice, name=name, started_at=same)
    seen, address = [], ""
    while True:
        answer = alices.get(f"/{address}")
        html = answer.content.decode()
        seen += [name for name in names if f">{name}</span>" in html]
        cursor = answer.context["next_cursor"]
        if not cursor:
            break
        assert 'rel="next"' in html
        address = f"?cursor={cursor}"
    assert sorted(seen) == names
    assert 'rel="prev"' in html


def test_a_mistyped_cursor_begins_at_the_top(alices, alice):
    capture_of(alice, name="Feeder")
    assert "Feeder" in library(alices, "?cursor=nonsense")
    assert "Feeder" in library(alices, "?kind=nonsense")


def test_search_looks_at_names_devices_and_labels(alices, alice):
    capture_of(alice, name="Feeder", device_name="garden-pi", labels=["Vögel", "raccoon"])
    recording_of(alice, name="Interview", labels=["pilot"])
    for query in ("feed", "GARDEN", "Vögel", "raccoon garden"):
        html = library(alices, f"?q={query}")
        assert ">Feeder</span>" in html, query
        assert ">Interview</span>" not in html
    assert "Nothing matches" in library(alices, "?q=raccoon+pilot")


def test_filters_by_kind_and_exact_label(alices, alice):
    capture_of(alice, name="Feeder", labels=["bird"])
    recording_of(alice, name="Interview", labels=["birdsong"])
    assert "Interview" not in library(alices, "?kind=capture")
    assert "Feeder" not in library(alices, "?kind=recording")
    html = library(alices, "?label=bird")
    assert ">Feeder</span>" in html
    assert ">Interview</span>" not in html
    assert "Nothing carries the label “nest”" in library(alices, "?label=nest")


def test_one_sees_only_ones_own(alices, bob):
    capture_of(bob, name="Bob's feeder")
    assert "Nothing here yet" in library(alices)


def test_an_empty_library_shows_the_way_to_the_first_picture(alices, alice):
    html = library(alices)
    assert "Nothing here yet" in html
    assert html.count('href="/capture/"') >= 2
    assert "Search names" not in html


@pytest.mark.django_db(transaction=True)
def test_a_card_carries_five_frames_spread_over_its_time(alices):
    pk = start_capture(alices)
    for number in range(12):
        put_frame(alices, pk, number, image())
    Frame.objects.filter(number=11).update(status="rejected")
    html = library(alices)
    strip = html[html.index('class="card-strip"') :].split("</span>")[0]
    assert [int(part.split("/")[0]) for part in strip.split("/frames/")[1:]] == [0, 2, 5, 8, 10]


def test_states_that_are_not_ordinary_wear_a_chip_and_only_those(alices, alice):
    recording_of(alice, name="a", status="open")
    recording_of(alice, name="b", sealed_by="sweep", duration_ms=1_085_000)
    recording_of(alice, name="c", gaps=[{"from": 1, "to": 1, "start_ms": 1000, "duration_ms": 2100}], duration_ms=9000)
    recording_of(alice, name="d", status="failed")
    recording_of(alice, name="e", duration_ms=9000)
    capture_of(alice, name="f", rejected_count=2)
    capture_of(alice, name="g", frame_count=3, ready_count=3, expected_frame_count=5)
    capture_of(alice, name="h", frame_count=3, ready_count=3, expected_frame_count=3)
    html = library(alices)
    for text in ("Live", "Connection lost, kept to 18:05", "1 gap, 2.1 s", "No video", "2 rejected",
                 "2 frames not here"):  # fmt: skip
        assert text in html
    assert html.count("card-tag tag-") == 6
    assert html.count("<kept-line") == 4  # of the recordings, not of the ordinary one


def test_the_library_asks_the_database_as_often_for_one_entry_as_for_many(alices, alice, django_assert_max_num_queries):
    for i in range(20):
        found = capture_of(alice, name=f"c{i}", frame_count=3)
        Frame.objects.bulk_create(
            Frame(capture=found, number=n, status="ready", image="x", thumbnail="x", content_type="image/jpeg",
                  size_bytes=1, sha256="0" * 64, width=64, height=36)
            for n in range(3)
        )  # fmt: skip
        recording_of(alice, name=f"r{i}")
    with django_assert_max_num_queries(14):
        html = library(alices)
    assert html.count('class="card-link"') == 40


# Refusals ----------------------------------------------------------------------------------------


def test_a_page_that_is_not_there_says_so_in_words_and_to_programs_in_json(alices):
    answer = alices.get("/captures/nothing/")
    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()
    answer = alices.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_form_without_its_token_is_refused_with_a_way_out(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post(f"/captures/{capture_of(alice).pk}/edit", {"name": "x"})
    assert answer.status_code == 403
    assert "load the page again" in answer.content.decode()
    answer = client.post("/api/v1/captures", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_a_broken_page_breaks_no_further(alice, monkeypatch):
    def broken(*args):
        raise RuntimeError

    monkeypatch.setattr(views, "days_of", broken)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Nothing that was kept is lost." in answer.content.decode()
