"""What stands in the way: a camera that stays closed, a server that does not answer, a tab that died."""

import re

import numpy as np
import pytest
from playwright.sync_api import Error, expect

from tests.browser.journeys import (
    api,
    eventually,
    finished_recording,
    newest,
    open_studio,
    press_record,
    processed_frames,
    root_of,
    sign_in,
    wait_phase,
    write_y4m,
)

FAKE = "--use-fake-device-for-media-stream"
CHUNKS = re.compile(r"/recordings/[^/]+/chunks/\d+$")
FRAMES = re.compile(r"/captures/[^/]+/frames$")


def trouble_of(page, mode="capture"):
    open_studio(page, mode, phase="trouble")
    expect(page.locator("#record-button")).to_be_disabled()
    expect(page.locator("#trouble")).to_be_visible()
    return page.locator("#trouble")


def refuse(page, name):
    """The browser's answer to getUserMedia, where no flag brings it about."""
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('as asked', '{name}'))"
    )


def test_a_denied_camera_says_who_was_told_and_where_to_allow_it(cam2bytes, open_browser):
    page = sign_in(open_browser(FAKE, "--deny-permission-prompts"), cam2bytes.url)
    trouble = trouble_of(page)
    expect(trouble).to_contain_text("The browser keeps the camera closed")
    expect(trouble).to_contain_text(f"It was told “Block” for {cam2bytes.url.removeprefix('http://')}")
    expect(trouble.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator("#deck-right-small")).to_contain_text("(NotAllowedError)")


def test_no_camera_at_all(cam2bytes, open_browser):
    page = sign_in(open_browser("--use-fake-ui-for-media-stream"), cam2bytes.url)
    expect(trouble_of(page, "record")).to_contain_text("No camera found")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("NotReadableError", "Another program uses the camera"),
        ("UnknownError", "The camera did not open"),
    ],
)
def test_a_camera_that_cannot_open(page, name, sentence):
    refuse(page, name)
    expect(trouble_of(page)).to_contain_text(sentence)


def test_an_unanswered_question_is_pointed_at(cam2bytes, open_browser):
    page = sign_in(open_browser(FAKE), cam2bytes.url)
    page.add_init_script("navigator.mediaDevices.getUserMedia = () => new Promise(() => {})")
    expect(trouble_of(page)).to_contain_text("The browser is asking")


def test_plain_http_elsewhere_names_the_fix(cam2bytes, open_browser):
    context = open_browser(FAKE, "--use-fake-ui-for-media-stream", "--host-resolver-rules=MAP cam.test 127.0.0.1")
    page = sign_in(context, re.sub("//[^:]+", "//cam.test", cam2bytes.url))
    trouble = trouble_of(page)
    expect(trouble.get_by_text("No camera over plain http")).to_have_count(1)
    expect(trouble).to_contain_text(re.compile(r"\./dev run .*--https and open https://cam\.test:\d+/capture/"))


def test_a_camera_that_is_unplugged_ends_the_capture_session_with_its_frames(page):
    open_studio(page, "capture", "?fps=5&width=320&height=240")
    press_record(page)
    wait_phase(page, "running")
    expect(page.locator("#place-server")).to_contain_text("frames kept")
    page.evaluate("""() => {
        const [track] = document.getElementById("preview").srcObject.getVideoTracks();
        track.stop();
        track.dispatchEvent(new Event("ended"));
    }""")
    wait_phase(page, "done")
    capture = api(page, f"/captures/{newest(page, 'captures')['id']}")
    assert capture["end_reason"] == "camera-gone"
    assert capture["expected_frame_count"] == capture["frame_count"] > 0


def test_offline_frames_wait_here_and_arrive_later(page):
    open_studio(page, "capture", "?fps=5&width=320&height=240")
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("frames kept")
    page.context.set_offline(True)
    expect(page.locator("#tag-offline")).to_be_visible(timeout=10_000)
    expect(page.locator("#stage-note")).to_contain_text("No connection to the server since")
    page.wait_for_timeout(2000)
    page.context.set_offline(False)
    expect(page.locator("#tag-offline")).to_be_hidden(timeout=15_000)
    press_record(page)
    wait_phase(page, "done")
    frames = processed_frames(page, newest(page, "captures")["id"])
    assert [frame["number"] for frame in frames] == list(range(len(frames)))
    assert len(frames) > 10


def test_what_a_dead_tab_left_is_sent_at_the_next_visit(page):
    open_studio(page, "capture", "?fps=5&width=320&height=240&name=Interrupted")
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("frames kept")
    page.context.set_offline(True)
    expect(page.locator("#place-here")).to_contain_text(re.compile("1[0-9] frames"))
    address = page.url
    library = page.context.new_page()
    page.close()
    library.context.set_offline(False)
    library.goto(address.split("?")[0])
    expect(library.locator("#news")).to_contain_text("Interrupted")
    capture = newest(library, "captures")

    def all_there():
        frames = api(library, f"/captures/{capture['id']}/frames?limit=500")["items"]
        return [frame["number"] for frame in frames] if len(frames) > 10 else None

    numbers = eventually(all_there)
    assert numbers == list(range(len(numbers)))


def test_going_to_another_page_ends_the_recording_there(cam2bytes, page):
    open_studio(page, "record", "?width=320&height=240")
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("Kept to 0:02")
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(cam2bytes.url)
    recording = finished_recording(page, newest(page, "recordings")["id"])
    assert recording["status"] == "ready" and recording["end_reason"] == "interrupted"
    assert recording["received_count"] == recording["chunk_count"]
    assert recording["duration_ms"] >= 2000


def test_a_full_device_stops_and_keeps_what_it_has(cam2bytes, open_browser, tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    camera = f"--use-file-for-fake-video-capture={write_y4m(tmp_path / 'noise.y4m', noise)}"
    page = sign_in(open_browser(FAKE, "--use-fake-ui-for-media-stream", camera), cam2bytes.url)
    open_studio(page, "capture", "?fps=5&width=640&height=480&format=png")
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("frames kept")
    page.context.new_cdp_session(page).send(
        "Storage.overrideQuotaForOrigin", {"origin": root_of(page), "quotaSize": 1000}
    )
    page.context.route(FRAMES, lambda route: route.abort())  # what waits grows, until it does not fit
    wait_phase(page, "draining", seconds=60)
    page.context.unroute(FRAMES)
    wait_phase(page, "done")
    capture = api(page, f"/captures/{newest(page, 'captures')['id']}")
    assert capture["end_reason"] == "device-full"
    assert capture["expected_frame_count"] == capture["frame_count"] > 0
    assert capture["dropped_count"] > 0


def test_private_files_that_fail_in_the_middle_are_followed_by_the_database(page):
    open_studio(page, "capture", "?fps=5&width=320&height=240")
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("frames kept")
    page.context.set_offline(True)
    expect(page.locator("#place-here")).to_contain_text(re.compile(r"([5-9]|1\d) frames"))
    [files] = [worker for worker in page.workers if "log-worker" in worker.url]
    files.evaluate("""() => {
        FileSystemSyncAccessHandle.prototype.write = () => { throw new DOMException("as asked", "InvalidStateError"); };
    }""")
    expect(page.locator("#place-here")).to_contain_text(re.compile("1[0-9] frames"))
    page.context.set_offline(False)
    press_record(page)
    wait_phase(page, "done", seconds=40)
    frames = processed_frames(page, newest(page, "captures")["id"])
    assert [frame["number"] for frame in frames] == list(range(len(frames)))
    assert len(frames) > 10


def test_a_page_that_is_open_takes_over_when_a_tab_crashes_and_not_before(cam2bytes, page):
    open_studio(page, "record", "?width=320&height=240&name=Crashed")
    library = page.context.new_page()
    page.route(CHUNKS, lambda route: route.abort())
    press_record(page)
    expect(page.locator("#place-here")).to_contain_text(re.compile(r"[2-9]\.\d s"))
    library.goto(cam2bytes.url)
    library.wait_for_load_state("networkidle")
    expect(library.locator("#page-line")).to_be_empty()
    with pytest.raises(Error):
        page.goto("chrome://crash")
    expect(library.locator("#page-line")).to_contain_text("Crashed is whole again.")
    recording = finished_recording(library, newest(library, "recordings")["id"])
    assert recording["status"] == "ready" and recording["gaps"] == []
    assert recording["received_count"] == recording["chunk_count"] > 2


def test_a_sign_out_elsewhere_loses_nothing(page):
    open_studio(page, "capture", "?fps=5&width=320&height=240")
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("frames kept")
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    expect(page.locator("#stage-note")).to_contain_text("Sign in again")
    page.context.add_cookies(cookies)
    expect(page.locator("#stage-note")).to_be_hidden(timeout=15_000)
    press_record(page)
    wait_phase(page, "done")
    capture = api(page, f"/captures/{newest(page, 'captures')['id']}")
    assert capture["expected_frame_count"] == capture["frame_count"] > 10


def test_leaving_while_something_runs_asks(page):
    open_studio(page, "record", "?width=320&height=240")
    press_record(page)
    wait_phase(page, "running")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.close(run_before_unload=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    press_record(page)
    page.wait_for_url("**/recordings/*/")
