"""The capture page with a camera in front of it: what it takes, what it says meanwhile, what is kept."""

import io
import re
from datetime import datetime
from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.journeys import (
    api,
    image_bytes,
    newest,
    open_studio,
    press_record,
    processed_frames,
    sign_in,
    wait_phase,
    write_y4m,
)

RED, BLUE = (220, 30, 30), (30, 30, 220)


def taken_ms(frame):
    return datetime.fromisoformat(frame["taken_at"]).timestamp() * 1000


def test_five_per_second_arrive_without_holes_at_their_times(page):
    open_studio(page, "capture", "?fps=5&width=640&height=480&name=Five+per+second")
    press_record(page)
    wait_phase(page, "running")
    page.wait_for_timeout(6000)
    expect(page).to_have_title(re.compile("● 0:(0[6-9]|1.) Capturing"))
    press_record(page)
    wait_phase(page, "done")

    capture = newest(page, "captures")
    frames = processed_frames(page, capture["id"])
    assert capture["name"] == "Five per second"
    assert capture["status"] == "closed" and capture["end_reason"] == "stopped"
    assert [frame["number"] for frame in frames] == list(range(len(frames)))
    assert capture["expected_frame_count"] == len(frames)
    assert len(frames) + capture["dropped_count"] == pytest.approx(30, abs=5)
    assert {frame["status"] for frame in frames} == {"ready"}
    for frame in frames:
        assert Image.open(io.BytesIO(image_bytes(page, frame))).convert("RGB").size == (640, 480)

    steps = [taken_ms(after) - taken_ms(before) for before, after in pairwise(frames)]
    assert min(steps) > 0
    assert median(steps) == pytest.approx(200, abs=10)
    assert api(page, f"/captures/{capture['id']}")["achieved_fps"] == pytest.approx(5, abs=0.5)


def test_the_numbers_say_what_is_kept_and_the_end_opens_the_capture_session(page):
    open_studio(page, "capture", "?fps=5&width=320&height=240")
    expect(page.locator("#deck-left-small")).to_contain_text("per hour")
    expect(page.locator("#check-list")).to_contain_text("at these settings")
    page.keyboard.press("Space")
    wait_phase(page, "running")
    expect(page.locator("#place-server")).to_contain_text("frames kept")
    expect(page.locator("#deck-fact")).to_contain_text("captured")
    expect(page.locator("#deck-left-small")).to_contain_text("asked for 5")
    page.keyboard.press("Space")
    wait_phase(page, "done")
    expect(page.locator("#place-here")).to_have_text("Nothing waits")
    page.get_by_role("link", name="Open", exact=True).click()
    page.wait_for_url("**/captures/*/")
    assert newest(page, "captures")["id"] in page.url


def test_the_preview_is_mirrored_and_what_is_kept_is_not(cam2bytes, open_browser, tmp_path):
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[:, :320], picture[:, 320:] = RED, BLUE
    camera = write_y4m(tmp_path / "red-left.y4m", picture)
    context = open_browser(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    )
    page = sign_in(context, cam2bytes.url)
    open_studio(page, "capture", "?fps=2&width=640&height=360&format=png")

    seen = Image.open(io.BytesIO(page.locator("#preview").screenshot())).convert("RGB")
    assert is_red(seen, 0.8) and is_blue(seen, 0.2)

    press_record(page)
    wait_phase(page, "running")
    expect(page.locator("#place-server")).to_contain_text("kept")
    press_record(page)
    wait_phase(page, "done")
    for frame in processed_frames(page, newest(page, "captures")["id"]):
        kept = Image.open(io.BytesIO(image_bytes(page, frame))).convert("RGB")
        assert is_red(kept, 0.2) and is_blue(kept, 0.8)


def is_red(image, across):
    red, _, blue = image.getpixel((int(across * image.width), image.height // 2))
    return red > 150 and blue < 100


def is_blue(image, across):
    red, _, blue = image.getpixel((int(across * image.width), image.height // 2))
    return blue > 150 and red < 100


def test_the_address_presets_and_starts(page):
    query = "?fps=2&width=640&height=480&format=webp&quality=60&device=desk-07&name=Shift+4&label=pilot&autostart=1"
    open_studio(page, "capture", query, phase="running")
    expect(page.locator("#place-server")).to_contain_text("kept")
    press_record(page)
    wait_phase(page, "done")
    capture = newest(page, "captures")
    assert {key: capture[key] for key in ("name", "device_name", "labels", "requested_fps", "width", "height")} == {
        "name": "Shift 4", "device_name": "desk-07", "labels": ["pilot"], "requested_fps": 2, "width": 640,
        "height": 480,
    }  # fmt: skip
    assert {frame["content_type"] for frame in processed_frames(page, capture["id"])} == {"image/webp"}


def test_choices_are_remembered_and_a_wrong_rate_is_said(page):
    open_studio(page, "capture")
    page.get_by_label("Frames per second").fill("7.5")
    page.get_by_label("Format").select_option("image/png")
    page.get_by_label("Device name").fill("bench-2")
    page.get_by_label("Device name").blur()
    wait_phase(page, "ready")
    page.get_by_label("Frames per second").fill("31")
    expect(page.locator("#fps-error")).to_be_visible()

    open_studio(page, "capture")
    expect(page.get_by_label("Frames per second")).to_have_value("7.5")
    expect(page.get_by_label("Format")).to_have_value("image/png")
    expect(page.get_by_label("Device name")).to_have_value("bench-2")
    expect(page.get_by_label("Quality")).to_be_disabled()


@pytest.mark.parametrize("missing", [
    ["MediaStreamTrackProcessor"],
    ["MediaStreamTrackProcessor", "HTMLVideoElement.prototype.requestVideoFrameCallback"],
])  # fmt: skip
def test_browsers_that_know_less_capture_too(page, missing):
    page.add_init_script("".join(f"delete {name};" for name in missing))
    open_studio(page, "capture", "?fps=5&width=320&height=240")
    press_record(page)
    wait_phase(page, "running")
    page.wait_for_timeout(4000)
    press_record(page)
    wait_phase(page, "done")
    frames = processed_frames(page, newest(page, "captures")["id"])
    assert [frame["number"] for frame in frames] == list(range(len(frames)))
    assert len(frames) == pytest.approx(20, abs=4)
    assert {frame["status"] for frame in frames} == {"ready"}
    steps = [taken_ms(after) - taken_ms(before) for before, after in pairwise(frames)]
    assert median(steps) == pytest.approx(200, abs=15)


def test_a_snapshot_is_one_frame_more(page):
    open_studio(page, "capture", "?fps=0.1&width=320&height=240")
    press_record(page)
    wait_phase(page, "running")
    expect(page.locator("#place-server")).to_have_text("1 frame kept")
    page.keyboard.press("s")
    expect(page.locator("#place-server")).to_have_text("2 frames kept")
    press_record(page)
    wait_phase(page, "done")
    assert newest(page, "captures")["expected_frame_count"] == 2
