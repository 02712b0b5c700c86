"""Library and entries in a real browser: what goes on without a reload, by key, without a script, on a phone."""

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.journeys import api, eventually, processed_frames, root_of, sign_in
from tests.makers import SAMPLES, image

SERIES = SAMPLES / "webm_vp8_opus_640"
STEP_MS = 500
BEGAN_MS = 1_795_334_531_300  # 2026-11-22 08:02:11.3 UTC


def send(page: Page, method: str, path: str, **options):
    """To /api/v1, with the page's own sign-in."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": page.url, **options.pop("headers", {})}
    answer = page.request.fetch(f"{root_of(page)}/api/v1{path}", method=method, headers=headers, **options)
    assert answer.ok, f"{path}: {answer.status} {answer.text()}"
    return answer.json() if answer.status != 204 else None


def a_recording(page: Page, name: str, series: Path = SERIES) -> tuple[str, int]:
    """(id, chunks) of a recording whose chunks are all there, not yet sealed."""
    content_type = json.loads((series / "manifest.json").read_text())["mime"]
    facts = {"content_type": content_type, "name": name, "timeslice_ms": 1000, "labels": ["pilot"]}
    pk = send(page, "POST", "/recordings", data=facts)["id"]
    chunks = sorted(series.glob("chunk-*"))
    for number, path in enumerate(chunks):
        body = {"data": path.read_bytes(), "headers": {"Content-Type": "application/octet-stream"}}
        send(page, "PUT", f"/recordings/{pk}/chunks/{number}", **body)
    return pk, len(chunks)


def a_ready_recording(page: Page, name: str, series: Path = SERIES) -> str:
    pk, count = a_recording(page, name, series)
    send(page, "POST", f"/recordings/{pk}/seal", data={"chunk_count": count})
    eventually(lambda: api(page, f"/recordings/{pk}")["status"] == "ready")
    return pk


def a_capture(page: Page, name: str, count: int = 8) -> str:
    pk = send(page, "POST", "/captures", data={"name": name, "requested_fps": 2, "device_name": "garden-pi"})["id"]
    for number in range(count):
        headers = {"Content-Type": "image/jpeg", "Cam2Bytes-Taken-At": str(BEGAN_MS + number * STEP_MS)}
        picture = image((30 * number, 80, 90), (320, 180))
        send(page, "PUT", f"/captures/{pk}/frames/{number}", data=picture, headers=headers)
    send(page, "POST", f"/captures/{pk}/close", data={"frame_count": count, "dropped_count": 0})
    processed_frames(page, pk)
    return pk


def not_loaded_again(page: Page):
    """Leaves a mark on the page; call what this returns to know that it is still the same page."""
    page.evaluate("window.sameness = 1")
    return lambda: page.evaluate("window.sameness") == 1


def test_the_video_appears_by_itself_and_plays(page):
    pk, count = a_recording(page, "Interview P-014")
    page.goto(f"{root_of(page)}/recordings/{pk}/")
    expect(page.get_by_text("Still being recorded.")).to_be_visible()
    same = not_loaded_again(page)
    send(page, "POST", f"/recordings/{pk}/seal", data={"chunk_count": count})
    expect(page.locator("video")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Whole.")).to_be_visible()
    assert same()
    page.evaluate("document.getElementById('player').muted = true")
    page.keyboard.press("Space")
    eventually(lambda: page.evaluate("document.getElementById('player').currentTime") > 0.3, seconds=10)


def test_a_video_goes_on_playing_while_its_name_and_labels_change(page):
    pk = a_ready_recording(page, "Before")
    page.goto(f"{root_of(page)}/recordings/{pk}/")
    same = not_loaded_again(page)
    page.evaluate("player.muted = true; player.loop = true; player.play()")
    page.get_by_label("Rename").click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    name.fill("After")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("After")
    expect(page).to_have_title(re.compile("^After"))
    page.keyboard.press("l")
    expect(page.get_by_label("New label")).to_be_focused()
    page.keyboard.type("consent v3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="consent v3")).to_be_visible()
    page.get_by_label("Remove the label pilot").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="pilot")).to_have_count(0)
    assert api(page, f"/recordings/{pk}")["labels"] == ["consent v3"]
    assert same()
    assert not page.evaluate("player.paused")


def test_deleting_asks_with_the_focus_on_the_safe_answer(page):
    pk = a_ready_recording(page, "To be deleted")
    page.goto(f"{root_of(page)}/recordings/{pk}/")
    page.keyboard.press("Delete")
    safe = page.get_by_role("dialog").get_by_text("Keep it")
    expect(safe).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted To be deleted.")
    expect(page.get_by_role("link", name="To be deleted")).to_have_count(0)


def test_frames_are_walked_by_the_arrow_keys(page):
    pk = a_capture(page, "Feeder, east side")
    page.goto(f"{root_of(page)}/captures/{pk}/")
    page.get_by_alt_text("Frame 3").click()
    same = not_loaded_again(page)
    for key, number in (("ArrowRight", 4), ("ArrowRight", 5), ("ArrowLeft", 4)):
        page.keyboard.press(key)
        expect(page.locator(".viewer-picture img")).to_have_attribute("src", re.compile(f"/frames/{number}/image"))
        expect(page).to_have_url(re.compile(f"/frames/{number}/$"))
    page.go_back()
    expect(page.get_by_text("frame 5 of 8")).to_be_visible()
    assert same()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(f"/captures/{pk}/"))


def test_all_images_are_downloaded_under_a_readable_name(page):
    pk = a_capture(page, "Feeder, east side", count=3)
    page.goto(f"{root_of(page)}/captures/{pk}/")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("^Download")).click()
    assert download.value.suggested_filename == "Feeder east side.zip"
    assert Path(download.value.path()).stat().st_size > 1000


def test_the_first_picture_is_three_clicks_away(page):
    a_capture(page, "Three clicks")
    page.goto(f"{root_of(page)}/")
    page.get_by_role("link", name="Three clicks").first.click()
    page.get_by_alt_text("Frame 0").click()
    expect(page.locator(".viewer-picture img")).to_be_visible()


def test_times_are_the_viewers_from_the_first_page_on(cam2bytes, open_browser):
    page = sign_in(open_browser(timezone_id="Asia/Kolkata"), cam2bytes.url)
    pk = a_capture(page, "In another zone", count=1)
    page.goto(f"{cam2bytes.url}/captures/{pk}/")
    expect(page.locator(".grid time")).to_have_text("13:32:11.3")
    page.context.clear_cookies(name="zone")
    page.goto(f"{cam2bytes.url}/captures/{pk}/")
    expect(page.locator(".grid time")).to_have_text("13:32:11.3")


def test_everything_can_be_reached_without_a_script(cam2bytes, open_browser):
    page = sign_in(open_browser(java_script_enabled=False), cam2bytes.url)
    pk = a_capture(page, "No script", count=2)
    page.goto(f"{cam2bytes.url}/")
    page.get_by_role("link", name="No script").first.click()
    page.locator(".rename summary").click()
    page.get_by_label("Name", exact=True).fill("Renamed without a script")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("h1")).to_have_text("Renamed without a script")
    page.locator(".actions .menu summary").click()
    page.get_by_text("Delete …").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted Renamed without a script.")
    assert page.request.get(f"{cam2bytes.url}/api/v1/captures/{pk}").status == 404


def test_no_page_scrolls_sideways(page):
    capture = a_capture(page, "A name so long that it cannot fit on one line of any telephone " * 3, count=3)
    recording = a_ready_recording(page, "Withoutanyspaceatalltobreakat" * 6)
    for path in (
        "/", f"/captures/{capture}/", f"/captures/{capture}/frames/1/", f"/captures/{capture}/delete",
        f"/recordings/{recording}/", "/?q=nothing-of-that-name", "/account/", "/nowhere/",
    ):  # fmt: skip
        page.goto(f"{root_of(page)}{path}")
        for width in (320, 360, 768, 1440):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
