"""Every page in a real Firefox, used as a person does."""

import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from statistics import median

import pytest

from tests.browser.feeding import feeding
from tests.browser.firefox import Firefox
from tests.browser.journeys import (
    OWNER,
    PASSWORD,
    PLAY,
    api,
    eventually,
    finished_recording,
    newest,
    processed_frames,
)
from tests.browser.killing import NOTES, QUERY, Visit, rows_of, wait_until_all_arrived
from tests.browser.tab import ENTER, Tab
from tests.servers import needed

SMALL = "width=640&height=480"
# The recorder notices by itself; this Firefox tells listeners of a track nothing that a script dispatches.
LOSE_CAMERA = "() => document.getElementById('preview').srcObject.getTracks().forEach((track) => track.stop())"
# Without a sound output this Firefox never listens: then the microphone is named, and not called silent.
HEARD = r"Microphone\s+(Default Audio Device\s|We hear you. Peak \u2212[1-5]?\d dB)"


@pytest.fixture(scope="module")
def program() -> str:
    return needed(shutil.which("firefox-esr") or shutil.which("firefox"), "REQUIRE_BROWSER", "Firefox")


@pytest.fixture(scope="module")
def signed_in(program, cam2bytes, tmp_path_factory) -> Iterator[Firefox]:
    """One for all journeys; starting it takes longer than most of them."""
    firefox = Firefox(program, tmp_path_factory.mktemp("firefox") / "profile")
    try:
        sign_in(firefox.tab, cam2bytes.url)
        yield firefox
    finally:
        firefox.kill()


@pytest.fixture
def firefox(signed_in) -> Iterator[Firefox]:
    """What a page writes to its console as an error, a refusal by the Content-Security-Policy among it, fails the
    test."""
    signed_in.errors.clear()
    yield signed_in
    assert signed_in.errors == []


def sign_in(tab: Tab, url: str) -> None:
    tab.goto(f"{url}/sign-in/")
    fill_in_sign_in(tab)
    tab.wait_for_url(f"{url}/$")


def fill_in_sign_in(tab: Tab) -> None:
    tab.fill("input[name=username]", OWNER)
    tab.fill("input[name=password]", PASSWORD + ENTER)


def open_studio(tab: Tab, url: str, mode: str, query: str) -> None:
    tab.goto(f"{url}/{mode}/?{query.lstrip('?')}")
    wait_phase(tab, "ready")


def wait_phase(tab: Tab, phase: str) -> None:
    tab.until(f"document.querySelector('#studio-root')?.dataset.phase === '{phase}'")


def start(tab: Tab) -> None:
    tab.click("#record-button")
    wait_phase(tab, "running")


def seconds_on_deck(tab: Tab, least: int) -> int:
    """What the clock shows, once it shows that many seconds."""
    clock = "document.querySelector('#deck-number').innerText.split(':').reduce((all, part) => 60 * all + Number(part))"
    return tab.until(f"(shown => shown >= {least} && shown)({clock})")


def taken_ms(frame: dict) -> float:
    return datetime.fromisoformat(frame["taken_at"]).timestamp() * 1000


def steps_of(frames: list[dict]) -> list[float]:
    return [taken_ms(after) - taken_ms(before) for before, after in pairwise(frames)]


def test_frames_are_taken_at_the_asked_rate_and_the_numbers_are_true(cam2bytes, firefox):
    tab = firefox.tab
    open_studio(tab, cam2bytes.url, "capture", f"fps=5&{SMALL}&name=From+Firefox")
    start(tab)
    tab.until_text("#place-server", r"[2-9]\d frames kept")
    assert re.fullmatch(r"● 0:\d\d Capturing", tab.value("document.title"))
    tab.click("#record-button")
    wait_phase(tab, "done")
    assert tab.value("document.querySelector('#place-here').innerText") == "Nothing waits"
    shown = tab.until_text("#deck-fact", "captured")

    capture = newest(tab, "captures")
    frames = processed_frames(tab, capture["id"])
    assert (capture["name"], capture["status"], capture["end_reason"]) == ("From Firefox", "closed", "stopped")
    assert [frame["number"] for frame in frames] == list(range(capture["expected_frame_count"]))
    assert f"{len(frames)} captured" in shown
    assert {(frame["status"], frame["width"], frame["height"]) for frame in frames} == {("ready", 640, 480)}
    assert len({frame["sha256"] for frame in frames}) == len(frames)
    assert min(steps_of(frames)) > 0 and median(steps_of(frames)) == pytest.approx(200, abs=20)

    tab.click("#open-button")
    tab.wait_for_url(f"/captures/{capture['id']}/$")
    tab.until_text("main", f"{len(frames)} of {len(frames)} frames kept")
    tab.goto(cam2bytes.url)
    tab.until_text("main", "From Firefox")


def test_a_hidden_tab_goes_on_taking_fresh_frames_at_the_rate(cam2bytes, firefox):
    tab = firefox.tab
    open_studio(tab, cam2bytes.url, "capture", f"fps=5&{SMALL}")
    start(tab)
    tab.until_text("#place-server", "frames? kept")
    other = firefox.new_tab()
    tab.until("document.hidden")
    before = newest(tab, "captures")["frame_count"]
    tab.until(f"parseInt(document.querySelector('#place-server').innerText) >= {before + 15}")
    assert tab.value("document.hidden")
    other.close()
    tab.until("!document.hidden")
    tab.click("#record-button")
    wait_phase(tab, "done")
    frames = processed_frames(tab, newest(tab, "captures")["id"])
    assert len({frame["sha256"] for frame in frames}) == len(frames)
    assert median(steps_of(frames)) == pytest.approx(200, abs=20)


def test_a_recording_with_sound_and_a_pause_plays_and_seeks_on_its_page(cam2bytes, firefox):
    tab = firefox.tab
    open_studio(tab, cam2bytes.url, "record", f"{SMALL}&bitrate=1000000&name=Video+from+Firefox")
    tab.until_text("#check-list", HEARD)
    start(tab)
    seconds_on_deck(tab, 3)
    tab.press("p")
    wait_phase(tab, "paused")
    paused_at = seconds_on_deck(tab, 3)
    tab.until_text("#place-server", f"Kept to 0:0{paused_at}")
    tab.press("p")
    wait_phase(tab, "running")
    stopped_at = seconds_on_deck(tab, paused_at + 2)
    tab.click("#record-button")
    tab.wait_for_url("/recordings/[^/]+/$")

    recording = finished_recording(tab, newest(tab, "recordings")["id"])
    assert recording["id"] in tab.url and recording["name"] == "Video from Firefox"
    assert (recording["status"], recording["end_reason"], recording["gaps"]) == ("ready", "stopped", [])
    assert (recording["video_codec"], recording["audio_codec"]) == ("vp8", "opus")
    assert recording["received_count"] == recording["chunk_count"]
    assert stopped_at * 1000 - 500 <= recording["duration_ms"] <= stopped_at * 1000 + 2500

    tab.until("document.querySelector('#player')?.checkVisibility()")
    played = tab.evaluate(PLAY, 4)
    assert played["duration"] == pytest.approx(recording["duration_ms"] / 1000, abs=0.2)
    assert played["advanced"] > 0.5
    assert played["landed"] == pytest.approx(4, abs=0.1)
    assert played["sound"] and played["width"] == 640
    times = [time / 1000 for time in api(tab, f"/recordings/{recording['id']}/pictures")["times_ms"]]
    steps = [time for time in times if time > played["landed"]]
    for key, expected in (("..", steps[1]), (",", steps[0])):
        tab.press(key)
        tab.until_text(".player-time", f"^0:0{re.escape(f'{expected:.3f}')}$")
    tab.goto(cam2bytes.url)
    tab.until_text("main", "Video from Firefox")


def test_a_camera_that_is_lost_and_comes_back_begins_a_part_that_continues(cam2bytes, firefox):
    tab = firefox.tab
    open_studio(tab, cam2bytes.url, "record", f"{SMALL}&bitrate=1000000")
    start(tab)
    seconds_on_deck(tab, 2)
    first = newest(tab, "recordings")["id"]
    tab.evaluate(LOSE_CAMERA)
    eventually(lambda: newest(tab, "recordings")["continues"] == first)
    wait_phase(tab, "running")
    seconds_on_deck(tab, 2)
    tab.click("#record-button")
    tab.wait_for_url("/recordings/[^/]+/$")
    second = newest(tab, "recordings")["id"]
    parts = [finished_recording(tab, pk) for pk in (first, second)]
    assert [(part["status"], part["end_reason"]) for part in parts] == [("ready", "camera-gone"), ("ready", "stopped")]
    tab.until_text(".part-joint", "the camera was away")


def test_without_a_microphone_only_the_picture_is_asked_for(cam2bytes, firefox):
    """A codec named for a track that is not there makes Firefox record nothing, without an error."""
    tab = firefox.tab
    open_studio(tab, cam2bytes.url, "record", f"{SMALL}&bitrate=1000000&mic=off")
    start(tab)
    seconds_on_deck(tab, 2)
    tab.click("#record-button")
    tab.wait_for_url("/recordings/[^/]+/$")
    recording = finished_recording(tab, newest(tab, "recordings")["id"])
    assert (recording["status"], recording["video_codec"], recording["audio_codec"]) == ("ready", "vp8", "")
    assert recording["duration_ms"] >= 1500


@pytest.mark.parametrize("series", ["mkv_h264_opus_640_kfd1000", "webm_vp9_opus_640", "mp4_avc1_opus_640_kfd1000"])
def test_what_other_browsers_record_is_watched_while_it_runs(cam2bytes, firefox, series):
    tab = firefox.tab
    time = "document.getElementById('player')?.currentTime"
    with feeding(cam2bytes, series) as recording_id:
        tab.goto(f"{cam2bytes.url}/recordings/{recording_id}/")
        tab.until_text(".live-edge-long", "At the live edge")
        seen = tab.until(time)
        tab.until(f"{time} > {seen + 2}")
        assert tab.value("document.getElementById('player').videoWidth") == 640
        assert tab.value("document.getElementById('player').buffered.length") == 1, "no picture is left out"


def test_what_firefox_cannot_play_in_pieces_is_said_and_shown_as_pictures(cam2bytes, firefox):
    tab = firefox.tab
    with feeding(cam2bytes, "webm_vp8_opus_640") as recording_id:
        tab.goto(f"{cam2bytes.url}/recordings/{recording_id}/")
        tab.until_text(".theatre", "This browser cannot play it while it is recorded")
        tab.until("document.querySelector('.live-still')?.naturalWidth === 640")


def test_the_account_page_makes_a_token_and_takes_it_back(cam2bytes, firefox):
    tab = firefox.tab
    tab.goto(f"{cam2bytes.url}/account/")
    tab.fill("input[name=name]", f"bench{ENTER}")
    assert tab.until("document.querySelector('#new-secret')?.value").startswith("c2b_")
    tab.click("button[aria-label='Revoke bench']")
    tab.until("!document.querySelector('.tokens')?.innerText.includes('bench')")


def test_a_recording_that_only_the_killed_firefox_had_arrives_on_return(program, cam2bytes, tmp_path):
    profile = tmp_path / "profile"
    firefox = Firefox(program, profile)
    try:
        sign_in(firefox.tab, cam2bytes.url)
        firefox.add_to_pages(NOTES.read_text())
        firefox.cut("/chunks/")
        open_studio(firefox.tab, cam2bytes.url, "record", QUERY["recordings"])
        start(firefox.tab)
        firefox.tab.until("window.keptHere.length >= 6")
        visit = Visit("recordings", newest(firefox.tab, "recordings")["id"])
        visit.kept = dict(firefox.tab.value("window.keptHere"))
        assert firefox.tab.value("[...window.keptIn]") == ["files"]
    finally:
        firefox.kill()
    assert rows_of(cam2bytes.data_dir, visit) == {}

    firefox = Firefox(program, profile)
    try:
        firefox.tab.goto(f"{cam2bytes.url}/account/")
        if "/sign-in/" in firefox.tab.url:  # cookies reach the disk late
            fill_in_sign_in(firefox.tab)
            firefox.tab.wait_for_url("/account/$")
        wait_until_all_arrived(cam2bytes.data_dir, visit)
        recording = finished_recording(firefox.tab, visit.id)
        assert (recording["status"], recording["gaps"]) == ("ready", [])
        assert recording["received_count"] >= len(visit.kept)
        assert api(firefox.tab, f"/recordings/{visit.id}/chunks")["missing"] == []
        assert firefox.errors == []
    finally:
        firefox.kill()
