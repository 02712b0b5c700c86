"""The sampler with a camera whose pictures carry their numbers; what a hidden tab does; what starts by itself."""

import re
from datetime import datetime
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Chromium
from tests.browser.conftest import FAKE_CAMERA
from tests.browser.journeys import (
    OWNER,
    PASSWORD,
    api,
    eventually,
    image_bytes,
    newest,
    open_studio,
    press_record,
    processed_frames,
    sign_in,
    wait_phase,
)
from tests.browser.numbered import number_in, write_numbered

CAMERA_FRAMES = 900  # half a minute: the file does not begin anew within a test


def at_ms(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() * 1000


def assert_adds_up(capture: dict) -> None:
    """Each moment that was asked for has its frame, or a reason why it has none."""
    told = capture["sampling"]
    on_beat = told["taken_count"] - told["extra_count"]
    assert told["requested_count"] == on_beat + sum(told["dropped"].values())
    assert told["taken_count"] == capture["frame_count"] == capture["expected_frame_count"]
    assert sum(told["dropped"].values()) == capture["dropped_count"]


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    return write_numbered(tmp_path_factory.mktemp("camera") / "numbered.y4m", 160, 90, CAMERA_FRAMES)


@pytest.mark.parametrize("missing", ["", "OffscreenCanvas"])
def test_pictures_come_once_and_in_order_with_the_times_of_the_server(cam2bytes, open_browser, numbered, missing):
    context = open_browser(*FAKE_CAMERA, f"--use-file-for-fake-video-capture={numbered}")
    page = sign_in(context, cam2bytes.url)
    if missing:
        page.add_init_script(f"delete globalThis.{missing};")
    open_studio(page, "capture", "?fps=10&width=160&height=90")
    way = "By the frames as they are shown" if missing else "By the camera's timestamps"
    expect(page.locator("#check-list")).to_contain_text(way)
    press_record(page)
    wait_phase(page, "running")
    expect(page.locator("#deck-right-small")).to_contain_text(way)
    expect(page.locator("#deck-fact")).to_contain_text(re.compile(r"(2[5-9]|[3-9]\d) captured"))
    press_record(page)
    wait_phase(page, "done")

    capture = newest(page, "captures")
    frames = processed_frames(page, capture["id"])
    numbers = [number_in(image_bytes(page, frame)) for frame in frames]
    assert None not in numbers
    assert all(before < after for before, after in pairwise(numbers))
    assert all(at_ms(before["taken_at"]) < at_ms(after["taken_at"]) for before, after in pairwise(frames))
    error = capture["taken_at_error_ms"]
    for frame in frames:
        assert at_ms(capture["started_at"]) - error <= at_ms(frame["taken_at"]) <= at_ms(frame["received_at"]) + error
    assert_adds_up(capture)
    assert capture["sampling"]["way"] == ("video-frames" if missing else "worker")
    assert capture["sampling"]["clock"]["measured_count"] >= 1


def press_and_see(page, key, selector) -> bool:
    """Whether it is there; a key that comes too early does nothing, and is pressed again at the next look."""
    if not page.locator(selector).is_visible():
        page.keyboard.press(key)
        page.wait_for_timeout(200)
    return page.locator(selector).is_visible()


def test_time_lapse_countdown_one_frame_now_and_a_burst(page):
    open_studio(page, "capture", "?every=3600&width=320&height=240&countdown=5&burst=5")
    expect(page.get_by_label("Minutes apart")).to_have_value("60")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    wait_phase(page, "ready")  # while it looks at camera and server again, it does not start
    eventually(lambda: press_and_see(page, "Space", "#countdown-number"))
    page.keyboard.press("Escape")
    expect(page.locator("#countdown-number")).to_be_hidden()
    wait_phase(page, "ready")
    page.keyboard.press("Space")
    wait_phase(page, "running")
    expect(page.locator("#countdown-number")).to_be_hidden()
    expect(page.locator("#place-server")).to_have_text("1 frame kept")
    expect(page.locator("#deck-unit")).to_have_text("to the next frame")
    page.keyboard.press("b")
    expect(page.locator("#place-server")).to_have_text("6 frames kept")
    page.keyboard.press("s")
    expect(page.locator("#place-server")).to_have_text("7 frames kept")
    page.keyboard.press("Space")
    wait_phase(page, "done")
    capture = newest(page, "captures")
    assert capture["requested_fps"] == pytest.approx(1 / 3600)
    assert (capture["sampling"]["extra_count"], capture["sampling"]["requested_count"]) == (6, 1)
    assert_adds_up(capture)


def test_a_page_that_starts_by_itself_does_so_after_a_reload_and_when_the_server_is_back(page):
    query = "?fps=2&width=320&height=240&autostart=1"
    open_studio(page, "capture", query, phase="running")
    expect(page.locator("#place-server")).to_contain_text("kept")
    first = newest(page, "captures")
    page.route("**/api/v1/captures", lambda route: route.abort())
    page.reload()
    expect(page.locator("#stage-note-title")).to_have_text("No answer from the server. Nothing was started.")
    page.unroute("**/api/v1/captures")
    wait_phase(page, "running")
    expect(page.locator("#place-server")).to_contain_text("kept")
    press_record(page)
    wait_phase(page, "done")
    second = newest(page, "captures")
    assert second["id"] != first["id"] and second["frame_count"] >= 1
    assert api(page, f"/captures/{first['id']}")["frame_count"] >= first["frame_count"]


def test_a_hidden_tab_delivers_what_was_asked_for(cam2bytes, chromium, tmp_path, numbered):
    """The long form, and figures: ./dev bench sampler --minutes-hidden 60."""
    browser = Chromium(chromium, tmp_path / "raw", f"--use-file-for-fake-video-capture={numbered}")
    try:
        tab = browser.tab
        tab.goto(f"{cam2bytes.url}/sign-in/")
        tab.fill("input[name=username]", OWNER)
        tab.fill("input[name=password]", PASSWORD)
        tab.evaluate("() => document.querySelector('input[name=password]').form.requestSubmit()")
        tab.wait_for_url(f"{cam2bytes.url}/$")
        tab.goto(f"{cam2bytes.url}/capture/?fps=10&width=160&height=90&autostart=1")
        tab.until("document.getElementById('studio-root').dataset.phase === 'running'")
        other = browser.new_tab()
        tab.until("document.hidden")
        pk = newest(tab, "captures")["id"]
        tab.until(f"fetch('/api/v1/captures/{pk}').then((a) => a.json()).then((c) => c.frame_count >= 80)")
        assert tab.value("document.hidden")
        other.close()
        tab.evaluate("() => document.getElementById('record-button').click()")
        tab.until("document.getElementById('studio-root').dataset.phase === 'done'")
        frames, capture = processed_frames(tab, pk), api(tab, f"/captures/{pk}")
    finally:
        browser.kill()
    assert_adds_up(capture)
    told = capture["sampling"]
    # A tab's own timers would give one a second. What a busy machine's camera did not give is no fault of ours.
    assert told["taken_count"] >= 0.99 * (told["requested_count"] - told["dropped"].get("camera-late", 0))
    seconds = (at_ms(frames[-1]["taken_at"]) - at_ms(frames[0]["taken_at"])) / 1000
    assert len(frames) / seconds > 5
