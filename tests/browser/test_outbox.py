"""What a page has captured or recorded arrives, whatever becomes of its browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import (
    api,
    finished_recording,
    open_studio,
    press_record,
    processed_frames,
    sign_in,
    wait_phase,
)
from tests.browser.killing import (
    NOTES,
    QUERY,
    UPLOADS,
    come_back,
    rows_of,
    visit_and_be_killed,
    visit_so_far,
    wait_until_all_arrived,
)

LOGS = "**/log-worker.js"  # the part of a page that reads its private files


@pytest.fixture
def killed(cam2bytes, open_browser, tmp_path):
    """killed(kind, ...) -> Visit; the same profile can be opened again."""

    def visit(kind, **how):
        return visit_and_be_killed(open_browser(), tmp_path / "profile", cam2bytes.url, kind, **how)

    return visit


def test_a_recording_whose_browser_is_killed_becomes_playable_by_itself_and_whole_on_return(
    cam2bytes, killed, open_browser
):
    visit = killed("recordings", seconds=4.3, online=True)
    assert visit.place == "files"
    elsewhere = sign_in(open_browser(profile="elsewhere"), cam2bytes.url)
    recording = finished_recording(elsewhere, visit.id)
    assert (recording["status"], recording["end_reason"]) == ("ready", "abandoned")
    assert recording["duration_ms"] > 2500
    come_back(open_browser(), cam2bytes.url)
    wait_until_all_arrived(cam2bytes.data_dir, visit)


def test_a_recording_that_only_the_killed_browser_had_arrives_on_return(cam2bytes, killed, open_browser):
    visit = killed("recordings", seconds=3.1, online=False)
    assert len(visit.kept) >= 3 and rows_of(cam2bytes.data_dir, visit) == {}
    page = come_back(open_browser(), cam2bytes.url)
    wait_until_all_arrived(cam2bytes.data_dir, visit)
    recording = finished_recording(page, visit.id)
    assert recording["status"] == "ready"
    assert recording["received_count"] >= len(visit.kept) and recording["gaps"] == []


def test_files_that_cannot_be_reached_for_a_moment_are_not_taken_for_empty(cam2bytes, killed, open_browser):
    visit = killed("recordings", seconds=3.1, online=False)
    context = open_browser()
    context.route(LOGS, lambda route: route.abort())
    page = come_back(context, cam2bytes.url)
    with page.expect_event("requestfailed", lambda request: "log-worker" in request.url):
        page.reload()
    assert rows_of(cam2bytes.data_dir, visit) == {}
    context.unroute(LOGS)
    wait_until_all_arrived(cam2bytes.data_dir, visit)
    assert finished_recording(page, visit.id)["end_reason"] == "interrupted"


def test_a_recording_that_the_server_cannot_take_now_holds_up_no_later_one(cam2bytes, killed, open_browser, tmp_path):
    refused = killed("recordings", seconds=2.1, online=False)
    context = open_browser()
    context.route(UPLOADS["recordings"], lambda route: route.abort())
    other = visit_and_be_killed(context, tmp_path / "profile", cam2bytes.url, "captures", seconds=2.1, online=False)
    context = open_browser()
    of_refused = f"**/recordings/{refused.id}/chunks/*"
    context.route(of_refused, lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}))
    with context.expect_event("response", lambda answer: answer.url.endswith(f"/captures/{other.id}/close")):
        come_back(context, cam2bytes.url)
    wait_until_all_arrived(cam2bytes.data_dir, other)
    assert rows_of(cam2bytes.data_dir, refused) == {}
    context.unroute(of_refused)
    wait_until_all_arrived(cam2bytes.data_dir, refused)


def test_a_page_that_was_open_before_anything_was_kept_takes_over(cam2bytes, open_browser):
    context = open_browser()
    context.add_init_script(path=NOTES)
    bystander = sign_in(context, cam2bytes.url)
    context.route(UPLOADS["captures"], lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{cam2bytes.url}/capture/")
    open_studio(page, "capture", QUERY["captures"])
    press_record(page)
    wait_phase(page, "running")
    page.wait_for_timeout(2000)
    visit = visit_so_far(page, "captures")
    page.close()
    assert visit.kept
    context.unroute(UPLOADS["captures"])
    wait_until_all_arrived(cam2bytes.data_dir, visit)
    expect(bystander.locator("#page-line")).to_contain_text("whole")


def test_frames_of_a_killed_browser_without_private_files_arrive_on_return(cam2bytes, killed, open_browser):
    """They lie in IndexedDB; and are sent by a visit that would use files."""
    visit = killed("captures", seconds=3.7, online=False, files=False)
    assert (visit.place, len(visit.kept) >= 10) == ("database", True)
    page = come_back(open_browser(), cam2bytes.url)
    wait_until_all_arrived(cam2bytes.data_dir, visit)
    frames = processed_frames(page, visit.id)
    assert {frame["status"] for frame in frames} == {"ready"}
    assert [frame["number"] for frame in frames] == list(range(len(frames)))


def test_another_account_on_the_same_browser_sends_nothing(cam2bytes, killed, open_browser):
    visit = killed("captures", seconds=2, online=False)
    cam2bytes.manage("shell", "-c", ANOTHER)
    context = open_browser()
    context.clear_cookies()
    page = sign_in(context, cam2bytes.url, name="noor", password="another long password")
    page.goto(f"{cam2bytes.url}/capture/")
    page.wait_for_timeout(3000)
    assert rows_of(cam2bytes.data_dir, visit) == {}
    assert api(page, "/captures")["items"] == []
    context.clear_cookies()
    come_back(context, cam2bytes.url)
    wait_until_all_arrived(cam2bytes.data_dir, visit)


def test_a_page_that_is_reloaded_while_nothing_goes_up_loses_nothing(cam2bytes, open_browser):
    context = open_browser()
    context.add_init_script(path=NOTES)
    context.route(UPLOADS["recordings"], lambda route: route.abort())
    page = sign_in(context, cam2bytes.url)
    open_studio(page, "record", QUERY["recordings"])
    press_record(page)
    wait_phase(page, "running")
    page.wait_for_timeout(3000)
    visit = visit_so_far(page, "recordings")
    page.reload()
    assert rows_of(cam2bytes.data_dir, visit) == {}
    context.unroute(UPLOADS["recordings"])
    wait_until_all_arrived(cam2bytes.data_dir, visit)
    assert finished_recording(page, visit.id)["status"] == "ready"


ANOTHER = """
from django.contrib.auth.models import User
if not User.objects.filter(username="noor").exists():
    User.objects.create_user("noor", password="another long password")
"""
