"""A browser is killed while it records or captures, and comes back: what its page had must arrive, byte for byte."""

import contextlib
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, Page

from tests.browser.journeys import (
    READY_SECONDS,
    eventually,
    fill_in_sign_in,
    newest,
    open_studio,
    press_record,
    sign_in,
    wait_phase,
)
from tests.running import assert_gone

NOTES = Path(__file__).parent / "kept_here.js"
MODES = {"recordings": "record", "captures": "capture"}
QUERY = {"recordings": "?width=640&height=480&bitrate=1000000", "captures": "?fps=5&width=640&height=480"}
UPLOADS = {"recordings": "**/chunks/*", "captures": "**/frames"}
ROWS = {
    "recordings": "SELECT number, sha256 FROM recordings_chunk WHERE recording_id = ?",
    "captures": "SELECT number, sha256 FROM capture_frame WHERE capture_id = ?",
}
WITHOUT_FILES = "delete StorageManager.prototype.getDirectory"


@dataclass
class Visit:
    """What a page had when its browser was killed: `kept` is {number: sha256}, `place` files or database, and it had
    recorded for `recorded_ms`."""

    kind: str
    id: str
    kept: dict[int, str] = field(default_factory=dict)
    place: str = ""
    recorded_ms: float = 0


def visit_and_be_killed(
    context: BrowserContext, profile: Path, url: str, kind: str, *, seconds: float, online: bool, files: bool = True
) -> Visit:
    """Record or capture for so long in a browser with that profile, then SIGKILL to all of it. Not `online`: nothing
    is uploaded. Without `files`, the browser has no private file system."""
    context.add_init_script(path=NOTES)
    if not files:
        context.add_init_script(WITHOUT_FILES)
    if not online:
        context.route(UPLOADS[kind], lambda route: route.abort())
    page = sign_in(context, url)
    open_studio(page, MODES[kind], QUERY[kind])
    press_record(page)
    wait_phase(page, "running")
    page.wait_for_timeout(seconds * 1000)
    visit = visit_so_far(page, kind)
    (visit.place,) = page.evaluate("[...window.keptIn]") or [""]
    visit.recorded_ms = page.evaluate("performance.now() - window.recordedSince") if kind == "recordings" else 0
    kill_browser(profile)
    return visit


def visit_so_far(page: Page, kind: str) -> Visit:
    """The newest of that kind, and what its page says that it keeps."""
    return Visit(kind, newest(page, kind)["id"], dict(page.evaluate("window.keptHere")))


def kill_browser(profile: Path) -> None:
    """SIGKILL to every process of the browser with this profile."""
    processes = processes_of(profile)
    send(signal.SIGKILL, processes)
    assert_gone(processes)


@contextlib.contextmanager
def asleep(profile: Path) -> Iterator[None]:
    """Every process of the browser with this profile stands still meanwhile, as on a laptop whose lid is closed."""
    processes = processes_of(profile)
    send(signal.SIGSTOP, processes)
    try:
        yield
    finally:
        send(signal.SIGCONT, processes)


def processes_of(profile: Path) -> list[psutil.Process]:
    """Of the browser with this profile; not all of them name it."""
    found = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if any(str(profile) in word for word in process.cmdline()):
                found |= {one.pid: one for one in (process, *process.children(recursive=True))}
    assert found, "no browser has this profile"
    return list(found.values())


def send(number: int, processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def come_back(context: BrowserContext, url: str) -> Page:
    """The same person opens any page again. Cookies reach the disk late, so a killed browser may have lost them."""
    page = context.pages[0] if context.pages else context.new_page()
    page.goto(f"{url}/account/")
    if "/sign-in/" in page.url:
        fill_in_sign_in(page)
        page.wait_for_url(f"{url}/account/")
    return page


def rows_of(data_dir: Path, visit: Visit) -> dict[int, str]:
    """{number: sha256} of what the server has a row for."""
    return dict(query(data_dir, ROWS[visit.kind], visit))


def query(data_dir: Path, sql: str, visit: Visit) -> list[tuple]:
    """Rows for the id of the visit's capture session or recording."""
    with contextlib.closing(sqlite3.connect(f"file:{data_dir}/db.sqlite3?mode=ro", uri=True)) as database:
        return database.execute(sql, [visit.id.replace("-", "")]).fetchall()


def wait_until_all_arrived(data_dir: Path, visit: Visit, seconds: float = READY_SECONDS) -> None:
    """Every item that the page had is a row, with the digest that it had there."""

    def missing() -> dict[int, str]:
        return dict(visit.kept.items() - rows_of(data_dir, visit).items())

    try:
        eventually(lambda: not missing(), seconds)
    except AssertionError as error:
        raise AssertionError(f"of {len(visit.kept)} never arrived: {sorted(missing())}") from error
