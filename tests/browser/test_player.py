"""The player of a recording beyond the browser's own: one picture at a time, speed, the picture as a file, keys; and
the pictures of a recording on its card in the Library."""

import io
import re

import av
import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.journeys import api, eventually, fetch, root_of
from tests.browser.test_pages import a_ready_recording
from tests.makers import SAMPLES

AT = """(seconds) => new Promise((resolve) => {
    player.addEventListener("seeked", resolve, {once: true});
    player.currentTime = seconds;
})"""

TAINTED = """() => {
    OffscreenCanvas.prototype.convertToBlob = async () => { throw new DOMException("", "SecurityError"); };
}"""


class Film:
    """What is in a recording's file, as PyAV decodes it."""

    def __init__(self, page: Page, recording_id: str):
        data = fetch(page, f"/api/v1/recordings/{recording_id}/video")
        with av.open(io.BytesIO(data)) as media:
            frames = list(media.decode(video=0))
        self.times = [round(float(frame.pts * frame.time_base), 3) for frame in frames]
        self.pictures = [coarse(frame.to_image()) for frame in frames]

    def number_of(self, picture: Image.Image) -> int:
        """Which of its pictures that is."""
        return int(np.argmin([np.abs(coarse(picture) - known).mean() for known in self.pictures]))


def coarse(picture: Image.Image) -> np.ndarray:
    """Every fourth grey value of every fourth row: enough to tell one from the next."""
    return np.asarray(picture.convert("L"), np.int16)[::4, ::4]


def picture_now(page: Page, film: Film) -> int:
    """Which picture is shown: the file that the page makes of it, whose name says the same."""
    with page.expect_download() as download:
        page.keyboard.press("s")
    name = re.fullmatch(r"Interview 3 00-00-(\d\d\.\d{3})\.png", download.value.suggested_filename)
    with Image.open(download.value.path()) as picture:
        assert picture.size == (640, 480)
        number = film.number_of(picture)
    assert float(name[1]) == film.times[number]
    return number


def shows(page: Page, seconds: float) -> None:
    expect(page.locator(".player-time")).to_have_text(f"0:{seconds:06.3f}")


def open_player(page: Page) -> Film:
    pk = a_ready_recording(page, "Interview 3")
    film = Film(page, pk)
    page.goto(f"{root_of(page)}/recordings/{pk}/")
    expect(page.get_by_role("button", name="One picture forward")).to_be_visible()
    page.evaluate("player.muted = true")
    page.evaluate(AT, 4.2)
    return film


def test_the_player_steps_by_single_pictures_and_hands_them_out(page):
    film = open_player(page)
    number = picture_now(page, film)
    assert film.times[number] <= 4.2 < film.times[number + 1]
    for key in "...,":  # faster than the browser seeks
        page.keyboard.press(key)
    shows(page, film.times[number + 2])
    eventually(lambda: not page.evaluate("player.seeking"))
    assert picture_now(page, film) == number + 2

    page.keyboard.press("k")
    eventually(lambda: page.evaluate("player.currentTime") > 5)
    page.keyboard.press("k")
    stopped = picture_now(page, film)
    page.get_by_role("button", name="One picture back").click()
    shows(page, film.times[stopped - 1])
    eventually(lambda: not page.evaluate("player.seeking"))
    assert picture_now(page, film) == stopped - 1

    page.keyboard.press("0")
    page.keyboard.press(",")
    expect(page.get_by_text("This is the first picture.")).to_be_visible()
    page.evaluate(AT, 60)
    page.keyboard.press(".")
    expect(page.get_by_text("This is the last picture.")).to_be_visible()

    # As from a bucket: the browser lets no page copy such a picture.
    page.evaluate(TAINTED)
    page.keyboard.press("s")
    expect(page.get_by_text("This video comes from a bucket")).to_be_visible()


def test_keys_of_the_player_leave_fields_and_the_browsers_own_controls_alone(page):
    open_player(page)
    speed = page.get_by_label("Speed")
    page.keyboard.press(">")
    expect(speed).to_have_value("1.25")
    page.keyboard.press("<")
    page.keyboard.press("<")
    expect(speed).to_have_value("0.75")
    speed.select_option("2")
    assert page.evaluate("player.playbackRate") == 2
    speed.blur()

    page.keyboard.press("9")
    eventually(lambda: page.evaluate("player.currentTime / player.duration") > 0.89)
    page.keyboard.press("m")
    assert not page.evaluate("player.muted")
    page.locator("#player").focus()
    page.keyboard.press("m")
    assert page.evaluate("player.muted")
    page.keyboard.press("Space")  # the browser's own: once, not twice
    eventually(lambda: not page.evaluate("player.paused"))
    page.keyboard.press("k")
    eventually(lambda: page.evaluate("player.paused"))

    line = page.get_by_role("slider", name="Place in the video")
    line.focus()
    page.keyboard.press("Home")
    expect(line).to_have_attribute("aria-valuenow", "0")

    page.keyboard.press("l")
    expect(page.get_by_label("New label")).to_be_focused()
    page.keyboard.type("k.s?")
    assert page.get_by_label("New label").input_value() == "k.s?"
    assert page.evaluate("player.paused && player.currentTime") == 0
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("one picture back, forward")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.get_by_role("button", name="Download this picture")).to_be_in_viewport()


def test_sound_alone_has_a_player_that_is_seen_and_its_speed(page):
    pk = a_ready_recording(page, "Voice", SAMPLES / "webm_audio_opus")
    page.goto(f"{root_of(page)}/recordings/{pk}/")
    inside = "sound => parseFloat(getComputedStyle(sound).height)"
    assert page.locator("audio").evaluate(inside) > 30
    page.get_by_label("Speed").select_option("1.5")
    assert page.evaluate("player.playbackRate") == 1.5
    expect(page.get_by_role("button", name="One picture forward")).to_have_count(0)


def test_a_card_shows_the_recording_while_a_mouse_moves_across_it(page):
    pk = a_ready_recording(page, "Interview 4")
    eventually(lambda: any(one["file_url"] for one in api(page, f"/recordings/{pk}/derivatives")["items"]))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(root_of(page))
    card = page.locator(".card-link", has_text="Interview 4").locator(".card-picture")
    box = card.bounding_box()
    at = lambda share: (box["x"] + box["width"] * share, box["y"] + 20)  # noqa: E731
    shown = card.locator(".card-scrub i")
    page.emulate_media(reduced_motion="reduce")
    page.mouse.move(*at(0.3))
    expect(card).to_be_visible()
    page.emulate_media(reduced_motion="no-preference")
    assert not [url for url in asked if "derivatives" in url]
    page.mouse.move(*at(0.1))
    place = "picture => getComputedStyle(picture).backgroundPosition"
    first = shown.evaluate(place)
    page.mouse.move(*at(0.9))
    eventually(lambda: shown.evaluate(place) != first)
    assert card.bounding_box() == box
    page.mouse.move(5, 5)
    expect(shown).to_have_count(0)
    assert len([url for url in asked if url.endswith("/webvtt")]) == 1
