"""The record page: what was recorded plays, with the length and the sound it had, whatever happened to the page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import PLAY, api, finished_recording, newest, open_studio, press_record, wait_phase

SMALL = "?width=640&height=480&bitrate=1000000"


def record(page, seconds):
    press_record(page)
    wait_phase(page, "running")
    page.wait_for_timeout(seconds * 1000)


HASTY = """
window.chunkSizes = [];
const start = MediaRecorder.prototype.start;
MediaRecorder.prototype.start = function () {
  this.addEventListener("dataavailable", ({ data }) => window.chunkSizes.push(data.size));
  return start.call(this, 20);
};
"""
"""A timeslice that is over before the encoder begins, as a slow machine does it with a longer one."""


def clock_of(page):
    minutes, seconds = page.locator("#deck-number").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def play(page, at):
    expect(page.locator("#player")).to_be_visible(timeout=30_000)
    return page.evaluate(PLAY, at)


def test_five_seconds_with_sound_play_and_seek(page):
    open_studio(page, "record", f"{SMALL}&name=Five+seconds")
    record(page, 5)
    expect(page).to_have_title(re.compile("● 0:(0[5-9]|1.) Recording"))
    expect(page.locator("#place-server")).to_contain_text("Kept to 0:0")
    expect(page.locator("#deck-right-small")).to_contain_text("Screen stays awake")
    press_record(page)
    page.wait_for_url("**/recordings/*/")

    recording = finished_recording(page, newest(page, "recordings")["id"])
    assert recording["name"] == "Five seconds"
    assert recording["status"] == "ready" and recording["end_reason"] == "stopped"
    assert recording["received_count"] == recording["chunk_count"] and recording["gaps"] == []
    assert recording["audio_codec"] == "opus"
    assert 5000 <= recording["duration_ms"] <= 7500

    played = play(page, at=4)
    assert played["duration"] == pytest.approx(recording["duration_ms"] / 1000, abs=0.2)
    assert played["advanced"] > 0.5
    assert played["landed"] == pytest.approx(4, abs=0.1)
    assert played["sound"] and played["width"] == 640


def test_the_duration_is_what_the_clock_said_and_a_pause_is_cut_out(page):
    open_studio(page, "record", SMALL)
    record(page, 2)
    page.keyboard.press("p")
    wait_phase(page, "paused")
    paused_at = clock_of(page)
    expect(page).to_have_title(f"● 0:0{paused_at} Paused")
    page.wait_for_timeout(3000)
    assert clock_of(page) == paused_at
    expect(page.locator("#place-server")).to_contain_text(f"Kept to 0:0{paused_at}")
    page.keyboard.press("p")
    wait_phase(page, "running")
    page.wait_for_timeout(2000)
    stopped_at = clock_of(page)
    press_record(page)
    page.wait_for_url("**/recordings/*/")
    recording = finished_recording(page, newest(page, "recordings")["id"])
    assert -200 <= recording["duration_ms"] - 1000 * stopped_at <= 2500
    told = api(page, f"/recordings/{recording['id']}/health")
    [pause] = told["pauses"]
    assert pause["at_ms"] == pytest.approx(1000 * paused_at, abs=1500)
    assert 3000 <= pause["lasted_ms"] < 20_000
    assert told["upload"]["told_count"] == recording["received_count"]
    assert re.fullmatch(r"Chrome \d+ on Linux", told["browser"])
    assert told["frame_count"] <= told["expected_frames"] and told["drift_ms"] is not None
    page.reload()
    page.get_by_text("Health", exact=True).click()
    row = page.get_by_role("row", name="Pauses")
    row.get_by_role("link").click()
    expect(page.locator("#player")).to_have_js_property("paused", False)
    expect(page.get_by_role("row", name="Recorded by")).to_contain_text(told["browser"])


def test_without_a_microphone_the_video_has_no_sound(page):
    open_studio(page, "record", f"{SMALL}&mic=off")
    expect(page.locator("#check-list")).to_contain_text("no sound")
    record(page, 2)
    press_record(page)
    page.wait_for_url("**/recordings/*/")
    recording = finished_recording(page, newest(page, "recordings")["id"])
    assert recording["status"] == "ready"
    assert recording["audio_codec"] in ("", None) and recording["video_codec"]


def test_a_first_chunk_of_one_byte_is_a_beginning(page):
    page.add_init_script(HASTY)
    open_studio(page, "record", SMALL)
    record(page, 2)
    sizes = page.evaluate("chunkSizes")
    press_record(page)
    page.wait_for_url("**/recordings/*/")
    recording = finished_recording(page, newest(page, "recordings")["id"])
    assert recording["status"] == "ready", recording["failure"]
    assert recording["received_count"] == recording["chunk_count"] >= len(sizes)
    assert next(filter(None, sizes)) == 1, "what this test is about"


def test_a_closed_tab_leaves_a_playable_recording(cam2bytes, page):
    open_studio(page, "record", SMALL)
    record(page, 4)
    library = page.context.new_page()
    page.close()
    library.goto(cam2bytes.url)
    recording = finished_recording(library, newest(library, "recordings")["id"])
    assert recording["status"] == "ready"
    assert recording["duration_ms"] >= 3000
