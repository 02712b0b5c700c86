"""A real Chromium with a made-up camera, on the real application: `./dev run`, workers and all. (Firefox: firefox.py.)

Each test gets a browser of its own, because cameras are chosen by the flags it starts with.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect, sync_playwright

from tests.browser.journeys import OWNER, PASSWORD, sign_in
from tests.running import Running, running_cam2bytes

expect.set_options(timeout=40_000)  # only what never comes takes that long, also on a machine that does other work

HERE = Path(__file__).parent
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
ABANDONED_AFTER = "8"  # seconds; a tab that dies is noticed sooner than the default of 25


def pytest_collection_modifyitems(items):
    """One worker runs all of them: two browsers at once would measure each other."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        reason = f"no Chromium on PATH (looked for {', '.join(PROGRAMS)})"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def cam2bytes(tmp_path_factory) -> Iterator[Running]:
    """The application, started once; `cam.test` is a name of it that is not localhost."""
    env = {
        "DJANGO_SUPERUSER_USERNAME": OWNER,
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "CAM2BYTES_ABANDONED_AFTER": ABANDONED_AFTER,
        "CAM2BYTES_ALLOWED_HOSTS": "127.0.0.1,localhost,cam.test",
    }
    with running_cam2bytes(tmp_path_factory.mktemp("browser") / "data", env=env) as running:
        yield running


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Not for the whole session: while Playwright's event loop runs, Django refuses its database."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def open_browser(chromium, playwright, tmp_path) -> Iterator[Callable[..., BrowserContext]]:
    """open_browser(*flags, profile=, **options) -> a context; the same profile again is the same person coming back.

    Flags replace the fake camera and the "Allow" that nobody has to press. What a page writes to its console as an
    error, a refusal by the Content-Security-Policy among it, fails the test.
    """
    opened: list[BrowserContext] = []
    errors: list[str] = []

    def launch(*flags: str, profile: str = "profile", **options) -> BrowserContext:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / profile,
            executable_path=chromium,
            args=[*FLAGS, *(flags or FAKE_CAMERA)],
            **{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options},
        )
        # What pytest shows of a test that failed.
        context.on("console", lambda message: print("console:", message.text))
        context.on("requestfailed", lambda request: print("no answer:", request.method, request.url, request.failure))
        context.on("response", lambda answer: answer.status >= 400 and print(answer.status, answer.url))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda message: is_fault(message) and errors.append(message.text))
        opened.append(context)
        return context

    yield launch
    for context in opened:
        with contextlib.suppress(Error):  # its test has killed the browser
            context.close()
    assert errors == []


def is_fault(message) -> bool:
    """A page's own errors, not what the browser remarks about the network and about plain http."""
    remark = message.text.startswith(("Failed to load resource", "The Cross-Origin-Opener-Policy header"))
    return message.type == "error" and not remark


@pytest.fixture
def page(cam2bytes, open_browser) -> Page:
    """A page in a browser with the fake camera, signed in."""
    return sign_in(open_browser(), cam2bytes.url)
