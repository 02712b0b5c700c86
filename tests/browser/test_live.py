"""Watching a recording in another browser while it runs: near the lens, back to the start, on to the video."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import eventually, newest, open_studio, press_record, sign_in, wait_phase

SMALL = "?width=640&height=480&bitrate=1000000"
CODECS = {"h264": "avc1", "vp9": "vp9", "vp8": "vp8"}
MOST_BEHIND_S = 20  # the promise is 5, measured on a quiet machine; a test may run on a busy one

# A browser that records with this codec only, and remembers when its recorder began.
RECORDS_WITH = """
    const supports = MediaRecorder.isTypeSupported.bind(MediaRecorder);
    MediaRecorder.isTypeSupported = (type) => type.includes("%s") && supports(type);
    const start = MediaRecorder.prototype.start;
    MediaRecorder.prototype.start = function (...given) { window.beganAt = Date.now(); start.apply(this, given); };
"""
# When the page was opened and when its first picture was seen.
SEES = """
    window.openedAt = Date.now();
    const look = () => {
        const player = document.getElementById("player");
        if (player?.requestVideoFrameCallback) player.requestVideoFrameCallback(() => { window.seenAt = Date.now(); });
        else setTimeout(look, 10);
    };
    look();
"""


def recorder_with(context, url, codec) -> Page:
    context.add_init_script(RECORDS_WITH % CODECS[codec])
    page = sign_in(context, url)
    open_studio(page, "record", SMALL)
    press_record(page)
    wait_phase(page, "running")
    return page


def first_picture_ms(viewer) -> int:
    return eventually(lambda: viewer.evaluate("window.seenAt && window.seenAt - window.openedAt"))


def behind_s(recorder, viewer) -> float:
    """Between what the lens sees and what is shown; both clocks are this machine's."""
    shown = viewer.evaluate("({at: Date.now(), time: document.getElementById('player').currentTime})")
    return (shown["at"] - recorder.evaluate("window.beganAt")) / 1000 - shown["time"]


def seek(viewer, seconds) -> float:
    """Move the line as a person does; where the picture stands once it plays on from there."""
    viewer.locator(".live-line").evaluate(
        """(line, value) => {
            line.value = value;
            line.dispatchEvent(new Event("input", {bubbles: true}));
            line.dispatchEvent(new Event("change", {bubbles: true}));
        }""",
        seconds,
    )
    is_there = """(value) => {
        const player = document.getElementById("player");
        return !player.seeking && player.readyState > 2 && Math.abs(player.currentTime - value) < 3;
    }"""
    eventually(lambda: viewer.evaluate(is_there, seconds))
    return time_of(viewer)


def time_of(viewer) -> float:
    return viewer.evaluate("document.getElementById('player').currentTime")


@pytest.mark.parametrize("codec", CODECS)
def test_a_recording_is_watched_while_it_runs_and_goes_on_as_its_video(cam2bytes, open_browser, codec):
    recorder = recorder_with(open_browser(), cam2bytes.url, codec)
    expect(recorder.locator("#place-server")).to_contain_text(re.compile("Kept to 0:0[5-9]"))
    recording = newest(recorder, "recordings")
    assert CODECS[codec] in recording["content_type"]

    watching = open_browser(profile="another desk")
    watching.add_init_script(SEES)
    viewer = sign_in(watching, cam2bytes.url)
    viewer.get_by_role("link", name="1 recording now").click()
    expect(viewer.locator(".card-live img")).to_have_attribute("src", re.compile("/poster"))
    address = f"{cam2bytes.url}/recordings/{recording['id']}/"
    viewer.goto(address)
    first_ms = first_picture_ms(viewer)
    expect(viewer.locator(".live-edge-long")).to_have_text("At the live edge")
    behind = behind_s(recorder, viewer)
    print(f"\n{codec}: first picture after {first_ms} ms, {behind:.1f} s behind the lens")
    assert 0 < behind < MOST_BEHIND_S

    assert seek(viewer, 0) < 3
    expect(viewer.locator(".live-edge-long")).to_have_text("Go to the live edge")
    viewer.locator(".live-edge").click()
    expect(viewer.locator(".live-edge-long")).to_have_text("At the live edge")

    seen = time_of(viewer)
    press_record(recorder)
    recorder.wait_for_url("**/recordings/*/")
    expect(viewer.locator("video#player")).to_have_attribute("src", re.compile("/video"))
    eventually(lambda: time_of(viewer) >= seen - 1)
    assert viewer.url == address
    duration = viewer.evaluate("document.getElementById('player').duration")
    assert seen - 1 < duration < 600, "a video with an end"
