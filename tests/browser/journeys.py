"""What a person does on the pages, as steps that tests put together; and what is looked at afterwards."""

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

OWNER = "mira"
PASSWORD = "correct horse battery staple"
READY_SECONDS = 60

PROCESSED = ("ready", "rejected", "failed")

# Play the recording's own player for a second, then seek to `at`.
PLAY = """async (at) => {
    const player = document.getElementById("player");
    const once = (name) => new Promise((resolve) => player.addEventListener(name, resolve, {once: true}));
    player.muted = true;
    if (player.readyState < 1) { player.load(); await once("loadedmetadata"); }
    await player.play();
    const from = player.currentTime;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const advanced = player.currentTime - from;
    player.pause();
    player.currentTime = at;
    await once("seeked");
    return {duration: player.duration, advanced, landed: player.currentTime, width: player.videoWidth,
            sound: player.webkitAudioDecodedByteCount > 0 || player.mozHasAudio};
}"""


def sign_in(context: BrowserContext, url: str, name: str = OWNER, password: str = PASSWORD) -> Page:
    page = context.pages[0] if context.pages else context.new_page()
    page.goto(f"{url}/sign-in/")
    fill_in_sign_in(page, name, password)
    page.wait_for_url(f"{url}/")
    return page


def fill_in_sign_in(page: Page, name: str = OWNER, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def root_of(page: Page) -> str:
    return re.match(r"https?://[^/]+", page.url).group()


def open_studio(page: Page, mode: str, query: str = "", phase: str = "ready") -> None:
    """`mode` capture or record; returns when the page is in that phase."""
    page.goto(f"{root_of(page)}/{mode}/{query}")
    wait_phase(page, phase)


def wait_phase(page: Page, *phases: str, seconds: float = 20) -> None:
    expect(page.locator("#studio-root")).to_have_attribute("data-phase", re.compile("|".join(phases)),
                                                           timeout=seconds * 1000)  # fmt: skip


def press_record(page: Page) -> None:
    page.locator("#record-button").click()


def api(page: Page, path: str) -> dict:
    """GET below /api/v1, with the page's own sign-in."""
    answer = page.request.get(f"{root_of(page)}/api/v1{path}")
    assert answer.ok, f"{path}: {answer.status} {answer.text()}"
    return answer.json()


def newest(page: Page, kind: str) -> dict:
    """The newest of `captures` or `recordings`."""
    return api(page, f"/{kind}?limit=1")["items"][0]


def eventually(look: Callable, seconds: float = READY_SECONDS):
    """What `look` returns, once it is true; its last word where it never is."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)
    return found


def processed_frames(page: Page, capture_id: str) -> list[dict]:
    """All frames of a capture session, once the workers have judged each."""

    def look():
        frames = api(page, f"/captures/{capture_id}/frames?limit=500")["items"]
        return frames if frames and all(frame["status"] in PROCESSED for frame in frames) else None

    return eventually(look)


def finished_recording(page: Page, recording_id: str) -> dict:
    def look():
        recording = api(page, f"/recordings/{recording_id}")
        return recording if recording["status"] in PROCESSED else None

    return eventually(look)


def image_bytes(page: Page, frame: dict) -> bytes:
    return fetch(page, frame["image_url"])


def image_of(page: Page, path: str) -> Image.Image:
    return Image.open(io.BytesIO(fetch(page, path)))


def fetch(page: Page, path: str) -> bytes:
    answer = page.request.get(root_of(page) + path)
    assert answer.ok
    return answer.body()


def write_y4m(path: Path, picture: np.ndarray, frames: int = 10, fps: int = 30) -> Path:
    """A file for the fake camera that shows one RGB array (height, width, 3; even sides), over and over."""
    height, width = picture.shape[:2]
    planes = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes()
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420\n".encode())
        for _ in range(frames):
            file.write(b"FRAME\n" + planes)
    return path
