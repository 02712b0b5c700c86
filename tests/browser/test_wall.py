"""The wall of what is captured now, as somebody sees it who leaves it open."""

import re

from playwright.sync_api import expect

from tests.browser.journeys import OWNER
from tests.client import Api
from tests.makers import image

HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_camera_appears_follows_ends_and_nothing_is_asked_in_a_hidden_tab(page, cam2bytes):
    api = Api(cam2bytes.url, cam2bytes.manage("create_token", OWNER, "--scope", "full"))
    page.goto(f"{cam2bytes.url}/live/")
    capture_id = api.json("POST", "captures", {"name": "Feeder, east side", "requested_fps": 0.02})[
        "id"
    ]  # slow: may be silent long
    tile = page.locator(f'[data-id="{capture_id}"]')
    expect(tile).to_contain_text("no picture yet", timeout=30_000)

    api("PUT", f"captures/{capture_id}/frames/0", image("red"))
    picture = tile.locator("img")
    expect(picture).to_have_attribute("src", re.compile("^blob:"), timeout=30_000)
    expect(tile.locator(".tile-age")).to_have_text(re.compile(r"^\d+ s ago$"))
    first = picture.get_attribute("src")
    api("PUT", f"captures/{capture_id}/frames/1", image("blue"))
    expect(picture).not_to_have_attribute("src", first, timeout=30_000)
    expect(tile).to_contain_text("2 frames")
    tile.locator("a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{cam2bytes.url}/captures/{capture_id}/")
    page.go_back()

    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/live/news" in request.url else None)
    page.evaluate(HIDE, True)
    page.wait_for_timeout(300)  # what was under way
    asked.clear()
    page.wait_for_timeout(2500)
    assert asked == []
    page.evaluate(HIDE, False)

    api("POST", f"captures/{capture_id}/close", {"frame_count": 2})
    expect(tile).to_have_attribute("data-state", "ended", timeout=30_000)
    expect(tile).to_have_count(0, timeout=30_000)


def test_a_server_that_is_away_is_told_and_old_pictures_are_not_shown_as_new(page, cam2bytes):
    api = Api(cam2bytes.url, cam2bytes.manage("create_token", OWNER, "--scope", "full"))
    capture_id = api.json("POST", "captures", {"name": "Door"})["id"]
    api("PUT", f"captures/{capture_id}/frames/0", image("red"))
    page.goto(f"{cam2bytes.url}/live/")
    tile = page.locator(f'[data-id="{capture_id}"]')
    expect(tile.locator("img")).to_have_attribute("src", re.compile("^blob:"), timeout=30_000)
    page.context.set_offline(True)
    expect(page.get_by_text("No connection to the server")).to_be_visible(timeout=30_000)
    expect(tile.locator(".tile-age")).to_have_attribute("data-old", "", timeout=30_000)
    page.context.set_offline(False)
    expect(page.get_by_text("No connection to the server")).to_be_hidden(timeout=30_000)
    api("POST", f"captures/{capture_id}/close", {"frame_count": 1})
