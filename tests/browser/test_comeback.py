"""A camera or a microphone that goes away in the middle of a recording, and comes back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import api, eventually, finished_recording, newest, open_studio, press_record, wait_phase

QUERY = "?width=640&height=480&bitrate=1000000&name=Interview"
CAMERAS = """
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
    window.unplugged = false;
    navigator.mediaDevices.enumerateDevices = async () =>
      (await list()).filter(({ kind }) => !window.unplugged || kind !== "videoinput");
    navigator.mediaDevices.getUserMedia = (wanted) =>
      window.unplugged ? Promise.reject(new DOMException("none", "NotFoundError")) : open(wanted);
    window.lose = (kind) => {
      for (const track of document.getElementById("preview").srcObject.getTracks()) {
        if (kind && track.kind !== kind) continue;
        track.stop();
        track.dispatchEvent(new Event("ended"));
      }
    };
"""


@pytest.fixture
def recording(page):
    """A page that records, and whose camera can be taken away."""
    page.add_init_script(CAMERAS)
    open_studio(page, "record", QUERY)
    press_record(page)
    wait_phase(page, "running")
    expect(page.locator("#place-server")).to_contain_text("Kept to 0:0")
    return page


def test_a_camera_that_comes_back_is_recorded_in_a_part_that_continues(recording):
    page, first = recording, newest(recording, "recordings")["id"]
    page.evaluate("window.unplugged = true; window.lose('video')")
    note = page.locator("#stage-note")
    expect(note).to_contain_text(re.compile(r"is gone\. Everything until 0:0\d is kept\."))
    wait_phase(page, "trouble")
    assert finished_recording(page, first)["end_reason"] == "camera-gone"
    page.evaluate("window.unplugged = false; navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    wait_phase(page, "running")
    second = newest(page, "recordings")
    assert (second["continues"], second["name"]) == (first, "Interview")
    expect(page.locator("#place-server")).to_contain_text("Kept to 0:0")
    press_record(page)
    page.wait_for_url(f"**/recordings/{second['id']}/")
    assert finished_recording(page, second["id"])["status"] == "ready"
    expect(page.locator(".part")).to_have_count(2)
    page.goto("/".join(page.url.split("/")[:3]))
    expect(page.locator(".card-link")).to_contain_text(["2 parts"])
    page.locator(".card-link").first.click()
    expect(page.locator(".part[aria-current]")).to_contain_text("Part 1")
    page.evaluate("const player = document.getElementById('player'); player.muted = true; player.play()")
    page.wait_for_url(f"**/recordings/{second['id']}/*")


def test_a_microphone_that_is_lost_begins_a_part_too(recording):
    page, first = recording, newest(recording, "recordings")["id"]
    page.evaluate("window.lose('audio')")
    eventually(lambda: newest(page, "recordings")["id"] != first)
    wait_phase(page, "running")
    second = newest(page, "recordings")
    assert second["continues"] == first
    assert api(page, f"/recordings/{first}")["end_reason"] == "microphone-gone"


def test_who_does_not_wait_for_the_camera_gets_what_is_kept(recording):
    page, first = recording, newest(recording, "recordings")["id"]
    page.evaluate("window.unplugged = true; window.lose('video')")
    page.get_by_role("button", name="That was all").click()
    page.wait_for_url(f"**/recordings/{first}/")
    assert finished_recording(page, first)["status"] == "ready"
