"""What happens to a camera in the middle of a recording: it goes away and comes back, another one is chosen, the
computer sleeps, the phone is turned. It goes on in a part that continues the last; each plays, nothing is made up."""

import re
from itertools import pairwise

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import FAKE_CAMERA
from tests.browser.journeys import (
    api,
    eventually,
    finished_recording,
    image_of,
    newest,
    open_studio,
    press_record,
    root_of,
    sign_in,
    wait_phase,
)
from tests.browser.killing import Visit, asleep, query

QUERY = "?width=640&height=480&bitrate=1000000&name=Interview"
THREE_CAMERAS = [FAKE_CAMERA[0] + "=device-count=3", *FAKE_CAMERA[1:]]  # the second gives black: a depth camera
CHUNKS = re.compile(r"/recordings/[^/]+/chunks/\d+$")
LONGEST_STEP_MS = 3000  # between two pictures, also on a busy machine; the computer sleeps longer
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
TURN = """document.getElementById("preview").srcObject.getVideoTracks()[0]
    .applyConstraints({width: {exact: 480}, height: {exact: 640}})"""


def begin(page: Page) -> Page:
    page.add_init_script(CAMERAS)
    open_studio(page, "record", QUERY)
    press_record(page)
    wait_kept(page)
    return page


def wait_kept(page: Page) -> None:
    wait_phase(page, "running")
    expect(page.locator("#place-server")).to_contain_text("Kept to 0:0")


def the_part_after(page: Page, before: str) -> dict:
    """Once it runs."""
    eventually(lambda: newest(page, "recordings")["id"] != before)
    wait_kept(page)
    part = newest(page, "recordings")
    assert part["continues"] == before
    return part


def stop(page: Page) -> None:
    press_record(page)
    page.wait_for_url("**/recordings/*/")


def times_ms(page: Page, recording_id: str) -> list[float]:
    return api(page, f"/recordings/{recording_id}/pictures")["times_ms"]


@pytest.fixture
def recording(page):
    """A page that records, and whose camera can be taken away."""
    return begin(page)


def test_a_camera_that_comes_back_is_recorded_in_a_part_that_continues(recording):
    page, first = recording, newest(recording, "recordings")["id"]
    page.evaluate("window.unplugged = true; window.lose('video')")
    note = page.locator("#stage-note")
    expect(note).to_contain_text(re.compile(r"is gone\. Everything until 0:0\d is kept\."))
    wait_phase(page, "trouble")
    assert finished_recording(page, first)["end_reason"] == "camera-gone"
    page.evaluate("window.unplugged = false; navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    second = the_part_after(page, first)
    assert second["name"] == "Interview"
    stop(page)
    assert second["id"] in page.url
    assert finished_recording(page, second["id"])["status"] == "ready"
    expect(page.locator(".part")).to_have_count(2)
    page.goto(root_of(page))
    expect(page.locator(".card-link")).to_contain_text(["2 parts"])
    page.locator(".card-link").first.click()
    expect(page.locator(".part[aria-current]")).to_contain_text("Part 1")
    page.evaluate("const player = document.getElementById('player'); player.muted = true; player.play()")
    page.evaluate("document.getElementById('player').playbackRate = 2")
    page.wait_for_url(f"**/recordings/{second['id']}/*")
    assert page.evaluate("document.getElementById('player').playbackRate") == 2


def test_a_microphone_that_is_lost_begins_a_part_too(recording):
    page, first = recording, newest(recording, "recordings")["id"]
    page.evaluate("window.lose('audio')")
    the_part_after(page, first)
    assert finished_recording(page, first)["end_reason"] == "microphone-gone"


def test_who_does_not_wait_for_the_camera_gets_what_is_kept(recording):
    page, first = recording, newest(recording, "recordings")["id"]
    page.evaluate("window.unplugged = true; window.lose('video')")
    page.get_by_role("button", name="That was all").click()
    page.wait_for_url(f"**/recordings/{first}/")
    assert finished_recording(page, first)["status"] == "ready"


def test_who_had_paused_is_not_recorded_before_pressing_start(recording):
    page, first = recording, newest(recording, "recordings")["id"]
    page.keyboard.press("p")
    wait_phase(page, "paused")
    page.evaluate("window.lose('video')")
    wait_phase(page, "ready")
    expect(page.locator("#stage-note")).to_contain_text("Start goes on in a part of its own.")
    assert newest(page, "recordings")["id"] == first
    press_record(page)
    the_part_after(page, first)


def test_another_camera_then_the_phone_turned_are_parts_of_one_entry(cam2bytes, open_browser):
    page = begin(sign_in(open_browser(*THREE_CAMERAS), cam2bytes.url))
    first = newest(page, "recordings")
    page.route(CHUNKS, lambda route: route.abort())  # what is here already does not hold up the next part
    page.get_by_role("button", name="Devices").click()
    use = page.get_by_role("button", name="Begin a part with these")
    expect(use).to_be_disabled()
    page.get_by_label("Camera", exact=True).select_option(label="fake_device_2")
    page.get_by_label("Microphone", exact=True).select_option(label="No microphone")
    use.click()
    eventually(lambda: newest(page, "recordings")["continues"] == first["id"])
    assert api(page, f"/recordings/{first['id']}")["status"] == "open"
    expect(page.locator("#place-here")).not_to_contain_text("Nothing")
    page.unroute(CHUNKS)
    wait_kept(page)
    second = newest(page, "recordings")
    page.evaluate(TURN)
    third = the_part_after(page, second["id"])
    stop(page)

    parts = [finished_recording(page, part["id"]) for part in (first, second, third)]
    assert [part["status"] for part in parts] == ["ready"] * 3
    assert [part["gaps"] for part in parts] == [[]] * 3
    assert [part["end_reason"] for part in parts] == ["camera-switched", "turned", "stopped"]
    assert [part["camera_label"] for part in parts] == ["fake_device_0", "fake_device_2", "fake_device_2"]
    assert [part["audio_codec"] for part in parts] == ["opus", "", ""]
    assert parts[2]["width"] < parts[2]["height"]
    for part in parts:
        assert max(after - before for before, after in pairwise(times_ms(page, part["id"]))) < LONGEST_STEP_MS
        poster = eventually(lambda pk=part["id"]: api(page, f"/recordings/{pk}")["poster_url"])
        assert brightest(image_of(page, poster)) > 100
    page.reload()
    expect(page.locator(".part-joint")).to_have_text(["another camera was chosen", "the picture was turned"])


def brightest(picture: Image.Image) -> int:
    return max(high for _, high in picture.getextrema())


def test_a_computer_that_slept_goes_on_in_a_part_and_the_sleep_is_not_shown(cam2bytes, recording, tmp_path):
    page, first = recording, newest(recording, "recordings")["id"]
    ended = "SELECT end_reason FROM recordings_recording WHERE id = ?"
    with asleep(tmp_path / "profile"):
        eventually(lambda: query(cam2bytes.data_dir, ended, Visit("recordings", first)) == [("abandoned",)])
    second = the_part_after(page, first)
    stop(page)
    for pk, reason in ((first, "slept"), (second["id"], "stopped")):
        eventually(lambda pk=pk, reason=reason: api(page, f"/recordings/{pk}")["end_reason"] == reason)
        part = finished_recording(page, pk)
        assert (part["status"], part["gaps"]) == ("ready", [])
        assert max(after - before for before, after in pairwise(times_ms(page, pk))) < LONGEST_STEP_MS
    expect(page.locator(".part-joint")).to_have_text("the device slept")
