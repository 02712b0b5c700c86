"""The long form of what tests/browser/test_outbox.py and test_restarts.py do once: real browsers, killed and offline.

A page records or captures at a random moment of its life when its whole browser gets SIGKILL; the server must have a
playable recording by itself within a minute, and every byte that the page had, once the same profile comes back.
"""

import contextlib
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error, Playwright, expect, sync_playwright

from tests.browser.conftest import FAKE_CAMERA, FLAGS, PROGRAMS
from tests.browser.journeys import (
    OWNER,
    PASSWORD,
    eventually,
    finished_recording,
    newest,
    open_studio,
    press_record,
    sign_in,
    wait_phase,
)
from tests.browser.killing import NOTES, QUERY, Visit, come_back, query, visit_and_be_killed, wait_until_all_arrived
from tests.faults.table import Row
from tests.running import Running, running_cam2bytes

KILLS = 200
OFFLINE_MINUTES = 15
PART = "browser"
ENV = {"DJANGO_SUPERUSER_USERNAME": OWNER, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}


def long(minutes: float | None = None) -> Iterator[Row]:
    """200 kills, or as many as the minutes allow; and a quarter of an hour without a server."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="c2b-browsers-") as name:
        folder = Path(name)
        yield kills(playwright, folder, time.monotonic() + (minutes * 60 if minutes else float("inf")))
        yield without_server(playwright, folder, OFFLINE_MINUTES if minutes is None else min(minutes, OFFLINE_MINUTES))


@contextlib.contextmanager
def browser(playwright: Playwright, profile: Path) -> Iterator[BrowserContext]:
    program = next(filter(None, map(shutil.which, PROGRAMS)))
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=program, args=[*FLAGS, *FAKE_CAMERA], locale="en-GB"
    )
    try:
        yield context
    finally:
        with contextlib.suppress(Error):  # it may be killed
            context.close()


@dataclass
class Kills:
    """What came of them: `items` that the pages had, the longest tail that was lost of a recording while online, and
    the longest time until the server had a playable video by itself."""

    count: int = 0
    items: int = 0
    tail_ms: list[float] = field(default_factory=list)
    playable_s: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        if self.broken:
            return "; ".join(self.broken)
        told = [f"nothing; all {self.items:,} chunks and frames that the pages had arrived"]
        if self.tail_ms:
            longest, median = max(self.tail_ms) / 1000, statistics.median(self.tail_ms) / 1000
            told.append(f"{len(self.tail_ms)} recordings while online")
            told.append(f"of them the last {median:.2f} s had not left the page (at most {longest:.2f} s)")
            told.append(f"playable by themselves after {max(self.playable_s):.0f} s at most")
        return "; ".join(told)


def kills(playwright: Playwright, folder: Path, until: float) -> Row:
    began, chance, done = time.monotonic(), random.Random(), Kills()
    with running_cam2bytes(folder / "kills", env=ENV) as running:
        while done.count < KILLS and time.monotonic() < until:
            done.count += 1
            profile = folder / f"profile-{done.count}"
            kind = chance.choice(["recordings", "captures"])
            how = {"seconds": chance.uniform(0.5, 8), "online": chance.random() < 0.5, "files": chance.random() < 0.8}
            try:
                one_kill(playwright, running, profile, kind, how, done)
            except (AssertionError, Error) as error:
                done.broken.append(f"{kind}, {how}: {error}")
            shutil.rmtree(profile, ignore_errors=True)
    what = "SIGKILL of all of Chromium at random seconds"
    return Row(PART, what, done.count, str(done), not done.broken, time.monotonic() - began)


def one_kill(playwright: Playwright, running: Running, profile: Path, kind: str, how: dict, done: Kills) -> None:
    """AssertionError when something that the page had does not arrive, or no video is made of it."""
    with browser(playwright, profile) as context:
        visit = visit_and_be_killed(context, profile, running.url, kind, **how)
    done.items += len(visit.kept)
    if kind == "recordings" and how["online"] and visit.kept:
        wait_until_playable_by_itself(running, visit, done)
    with browser(playwright, profile) as context:
        page = come_back(context, running.url)
        wait_until_all_arrived(running.data_dir, visit)
        if kind == "recordings" and visit.kept:
            assert finished_recording(page, visit.id)["status"] == "ready", "there is no playable recording"


def wait_until_playable_by_itself(running: Running, visit: Visit, done: Kills) -> None:
    killed = time.monotonic()
    sql = "SELECT duration_ms FROM recordings_recording WHERE id = ? AND status = 'ready'"
    ((duration_ms,),) = eventually(lambda: query(running.data_dir, sql, visit))
    done.playable_s.append(time.monotonic() - killed)
    done.tail_ms.append(visit.recorded_ms - duration_ms)


def without_server(playwright: Playwright, folder: Path, minutes: float) -> Row:
    """A page records while everything is killed, for so long, and is whole when the server is back."""
    began, what = time.monotonic(), f"everything killed, {minutes:g} minutes without a server while a page records"
    with (
        browser(playwright, folder / "offline") as context,
        running_cam2bytes(folder / "restarted", env=ENV) as first,
    ):
        context.add_init_script(path=NOTES)
        page = sign_in(context, first.url)
        open_studio(page, "record", QUERY["recordings"])
        press_record(page)
        wait_phase(page, "running")
        expect(page.locator("#place-server")).to_contain_text("Kept to 0:0")
        visit = Visit("recordings", newest(page, "recordings")["id"])
        first.kill_everything()
        page.wait_for_timeout(minutes * 60_000)
        with running_cam2bytes(folder / "restarted", "--port", str(urlsplit(first.url).port), env=ENV):
            visit.kept = dict(page.evaluate("window.keptHere"))
            wait_until_all_arrived(folder / "restarted", visit, seconds=60 + len(visit.kept))
            press_record(page)
            page.wait_for_url("**/recordings/*/", timeout=120_000)
            recording = finished_recording(page, visit.id)
    held = recording["status"] == "ready" and not recording["gaps"]
    held = held and recording["duration_ms"] >= minutes * 60_000
    told = f"{'nothing' if held else recording}; {len(visit.kept):,} chunks arrived"
    return Row(PART, what, 1, told, held, time.monotonic() - began)
