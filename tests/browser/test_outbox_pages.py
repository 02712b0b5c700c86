"""The pages around the outbox: what they say of bytes that wait here, and what they let a person do about them."""

import io
import re
import tarfile
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.journeys import (
    OWNER,
    PASSWORD,
    finished_recording,
    newest,
    open_studio,
    press_record,
    processed_frames,
    root_of,
    sign_in,
    wait_phase,
)

SMALL = "?width=320&height=240"
CHUNKS = re.compile(r"/api/v1/recordings/[^/]+/chunks/\d+$")
FRAMES = re.compile(r"/api/v1/captures/[^/]+/frames$")
OTHER = "jonas"


@pytest.fixture(scope="module")
def other(cam2bytes) -> str:
    """Another account; its password is the same."""
    make = "from django.contrib.auth import get_user_model as model; "
    make += f"model().objects.create_user({OTHER!r}, password={PASSWORD!r})"
    cam2bytes.manage("shell", "-c", make)
    return OTHER


def unreachable(context: BrowserContext) -> None:
    """No chunk gets an answer, from any page."""
    context.route(CHUNKS, lambda route: route.abort())


def reachable(page: Page) -> None:
    page.context.unroute(CHUNKS)
    page.evaluate("dispatchEvent(new Event('online'))")  # as the browser tells it; else the next try takes a while


def leave_a_recording_behind(page: Page, name: str = "Interrupted") -> Page:
    """A recording of which nothing reached the server, and whose tab is gone; another page of the same browser."""
    unreachable(page.context)
    open_studio(page, "record", f"{SMALL}&name={name}")
    press_record(page)
    expect(page.locator("#place-here")).to_contain_text(re.compile(r"[2-9]\.\d s"))
    after = page.context.new_page()
    root = root_of(page)
    page.close()
    after.goto(root)
    return after


def press_sign_out(page: Page) -> None:
    page.goto(f"{root_of(page)}/account/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator("#sign-out-dialog")).to_be_visible()
    expect(page.locator("#sign-out-title")).to_have_text(re.compile(r"^\d[\d.]* [kM]?B wait here$"))


def test_the_library_says_what_goes_up_and_when_it_is_whole_again(page):
    library = leave_a_recording_behind(page)
    line = library.locator("#page-line")
    expect(line).to_contain_text(re.compile(r"chunks of Interrupted wait on this device"))
    expect(line).to_contain_text("No connection to the server since")
    library.goto(f"{root_of(library)}/account/")
    expect(line).to_contain_text("Interrupted wait on this device")
    reachable(library)
    expect(line).to_contain_text("Interrupted is whole again.")
    expect(line).to_contain_text(re.compile(r"The \d+ kB that waited here are kept\."))
    expect(library.locator("[aria-live=polite]")).to_contain_text("Interrupted is whole again.")
    recording = finished_recording(library, newest(library, "recordings")["id"])
    assert recording["status"] == "ready"
    assert recording["gaps"] == [] and recording["received_count"] == recording["chunk_count"]
    line.get_by_role("link", name="Open it").click()
    library.wait_for_url(f"**/recordings/{recording['id']}/")
    expect(line).to_be_empty()


def test_signing_out_asks_and_sends_first(page):
    library = leave_a_recording_behind(page, "Sent+first")
    press_sign_out(library)
    expect(library.locator("#sign-out-dialog")).to_contain_text(
        re.compile(r"chunks of Sent first are only on this dev")
    )
    expect(library.get_by_role("button", name="Send first")).to_be_focused()
    library.get_by_role("button", name="Send first").click()
    expect(library.locator("#sign-out-title")).to_contain_text("still wait here")
    reachable(library)
    library.wait_for_url("**/sign-in/", timeout=60_000)
    again = sign_in(library.context, root_of(library))
    recording = finished_recording(again, newest(again, "recordings")["id"])
    assert recording["name"] == "Sent first" and recording["received_count"] == recording["chunk_count"]


def test_what_is_kept_at_sign_out_is_nobody_elses(page, other):
    """Kept: another account on the same browser sees nothing and sends nothing; it goes up when the owner is back."""
    library = leave_a_recording_behind(page, "Kept+for+Mira")
    press_sign_out(library)
    library.get_by_role("button", name="Keep them").click()
    library.wait_for_url("**/sign-in/")
    library.context.unroute(CHUNKS)

    sent = []
    library.context.on("request", lambda request: request.method != "GET" and sent.append(request.url))
    stranger = sign_in(library.context, root_of(library), other)
    stranger.goto(f"{root_of(stranger)}/capture/")
    wait_phase(stranger, "ready")
    expect(stranger.locator("#news")).to_be_empty()
    stranger.goto(f"{root_of(stranger)}/account/")
    stranger.wait_for_load_state("networkidle")
    expect(stranger.locator("#page-line")).to_be_empty()
    stranger.get_by_role("button", name="Sign out", exact=True).click()
    stranger.wait_for_url("**/sign-in/")
    assert [url for url in sent if "/api/" in url] == []

    owner = sign_in(stranger.context, root_of(stranger))
    expect(owner.locator("#page-line")).to_contain_text("Kept for Mira is whole again.")


def test_what_is_deleted_at_sign_out_is_gone(page):
    library = leave_a_recording_behind(page, "Deleted+here")
    press_sign_out(library)
    delete = library.get_by_role("button", name="Delete them")
    expect(delete).to_contain_text(re.compile(r"Gone for good: \d+ chunks of Deleted here\."))
    delete.click()
    library.wait_for_url("**/sign-in/")
    library.context.unroute(CHUNKS)
    again = sign_in(library.context, root_of(library))
    again.goto(f"{root_of(again)}/account/")
    again.get_by_role("button", name="Sign out", exact=True).click()
    again.wait_for_url("**/sign-in/")  # nothing waits, so nothing is asked


def refuse(context: BrowserContext, address: re.Pattern) -> None:
    """The server refuses this for good."""
    problem = '{"status": 422, "code": "invalid", "detail": "These bytes are not taken."}'
    context.route(
        address, lambda route: route.fulfill(status=422, content_type="application/problem+json", body=problem)
    )


def downloaded(page: Page, button) -> tuple[str, bytes]:
    with page.expect_download() as waited:
        button.click()
    return waited.value.suggested_filename, Path(waited.value.path()).read_bytes()


def test_what_the_server_refused_is_shown_downloaded_and_discarded(page):
    second = re.compile(r"/chunks/1$")
    refuse(page.context, second)
    open_studio(page, "record", f"{SMALL}&name=Refused+in+part")
    press_record(page)
    expect(page.locator("#stage-note")).to_contain_text("The server refused 1 chunk.")
    expect(page.locator("#place-server")).to_contain_text("Kept to 0:02")
    press_record(page)
    page.wait_for_url("**/recordings/*/")
    refused = "The server refused 1 chunk of Refused in part."
    line = page.locator("#page-line")
    expect(line).to_contain_text(f"{refused} These bytes are not taken. Set aside on this device.")

    refuse(page.context, FRAMES)
    open_studio(page, "capture", f"{SMALL}&fps=5&name=All+refused")
    expect(page.locator("#news")).to_contain_text(refused)
    press_record(page)
    expect(page.locator("#stage-note")).to_contain_text("The server refused")
    press_record(page)
    wait_phase(page, "done")
    expect(page.locator("#news")).to_contain_text(re.compile(r"pieces of (All refused|Refused in part) and"))

    page.goto(root_of(page))
    line.get_by_role("link", name="Look at them").click()
    shown = page.locator("#set-aside")
    expect(shown.get_by_role("listitem")).to_have_count(2)
    chunk = shown.get_by_role("listitem").filter(has_text="Refused in part")
    expect(chunk).to_contain_text("1 chunk of Refused in part")
    expect(chunk).to_contain_text(re.compile(r"Chunk 1 · [\d.]+ k?B"))
    expect(chunk).to_contain_text("These bytes are not taken.")

    name, body = downloaded(page, chunk.get_by_role("button", name="Download"))
    assert name == "chunk-000001.part" and body
    name, archive = downloaded(page, page.get_by_role("button", name="Download all"))
    assert name == "set-aside.tar"
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar.getmembers()}
    [kept] = [data for name, data in files.items() if name.endswith("/chunk-000001.part")]
    assert kept == body
    pictures = [data for name, data in files.items() if re.fullmatch(r"All-refused-\w{8}/frame-\d{6}\.jpg", name)]
    assert len(pictures) == len(files) - 1 > 0
    assert all(data.startswith(b"\xff\xd8") for data in pictures)

    chunk.get_by_role("button", name="Discard").click()
    expect(page.locator("#discard-dialog")).to_contain_text("Discard 1 chunk of Refused in part?")
    page.locator("#discard-dialog").get_by_role("button", name="Discard").click()
    expect(shown.get_by_role("listitem")).to_have_count(1)
    shown.get_by_role("listitem").get_by_role("button", name="Discard").click()
    page.locator("#discard-dialog").get_by_role("button", name="Discard").click()
    expect(shown).to_be_hidden()
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(shown).to_be_hidden()


def test_signing_in_again_without_leaving_a_recording(page, other):
    page.add_init_script("navigator.wakeLock.request = () => Promise.reject(new DOMException('no', 'NotAllowedError'))")
    open_studio(page, "record", f"{SMALL}&name=Signed+in+again")
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("Kept to 0:0")
    expect(page.locator("#deck-right-small")).not_to_contain_text("awake")  # the screen may sleep
    page.context.clear_cookies()
    note = page.locator("#stage-note")
    expect(note).to_contain_text("Sign in again to send what waits here.")
    note.get_by_role("button", name="Sign in").click()
    dialog = page.locator("#sign-in-dialog")
    expect(dialog.get_by_label("Name")).to_have_value(OWNER)
    expect(dialog).to_contain_text("Recording goes on meanwhile.")

    dialog.get_by_label("Password").fill("guess")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("This name and password do not belong together.")

    dialog.get_by_label("Name").fill(other)
    dialog.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text(f"{other} is signed in")
    expect(dialog).to_contain_text(f"belongs to {OWNER} and is not sent before {OWNER} signs in")

    dialog.get_by_label("Name").fill(OWNER)
    dialog.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(note).to_be_hidden(timeout=15_000)
    assert page.locator("#studio-root").get_attribute("data-phase") == "running"
    press_record(page)
    page.wait_for_url("**/recordings/*/")
    recording = finished_recording(page, newest(page, "recordings")["id"])
    assert recording["name"] == "Signed in again" and recording["status"] == "ready"
    assert recording["gaps"] == [] and recording["received_count"] == recording["chunk_count"]


def test_a_start_while_signed_out_offers_the_sign_in(page):
    open_studio(page, "capture", f"{SMALL}&fps=5")
    page.context.clear_cookies()
    press_record(page)
    note = page.locator("#stage-note")
    expect(note).to_contain_text("You are signed out. Nothing was started.")
    note.get_by_role("button", name="Sign in").click()
    page.locator("#sign-in-dialog").get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(note).to_be_hidden()
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("frames kept")
    press_record(page)
    wait_phase(page, "done")
    assert processed_frames(page, newest(page, "captures")["id"])


HOUR_OF_VIDEO = 2_500_000 / 8 * 3600
CLEARED = "When its disk is full, the browser may clear what waits here."


def storage(left: float, quota: float, persist: str = "true") -> str:
    """A script: what the browser says of its storage; it counts how often it is asked to persist."""
    return f"""
        window.asked = 0;
        navigator.storage.estimate = async () => ({{quota: {quota}, usage: {quota - left}}});
        navigator.storage.persisted = async () => false;
        navigator.storage.persist = async () => {{ window.asked += 1; return {persist}; }};
    """


@pytest.mark.parametrize(
    ("script", "state", "words"),
    [
        (storage(HOUR_OF_VIDEO / 5 + 1000, 50e9), "remark", "Room for 12 min left on this device"),
        (storage(110e6, 120e6), "remark", "The browser gives this page 120 MB, as private windows do"),
        (
            "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }",
            "bad",
            "Nothing can be kept on this device",
        ),
    ],
    ids=["little-room", "private-window", "nothing"],
)
def test_what_this_device_cannot_hold_is_said_before_the_start(page, script, state, words):
    page.add_init_script(script)
    open_studio(page, "record", SMALL)
    row = page.locator("#check-list [data-id=device]")
    expect(row).to_contain_text(words)
    expect(row).to_have_attribute("data-state", state)
    expect(page.locator("#check-title")).to_have_text("Not ready" if state == "bad" else re.compile("Ready, with"))


def test_a_browser_that_may_clear_what_waits_says_so_from_the_first_start(page):
    page.add_init_script(storage(left=40e9, quota=50e9, persist="false"))
    open_studio(page, "capture", f"{SMALL}&fps=5")
    check = page.locator("#check-list [data-id=device]")
    expect(check).to_contain_text("without a connection")
    expect(check).not_to_contain_text(CLEARED)
    assert page.evaluate("asked") == 0, "not before there is something to keep"
    press_record(page)
    expect(page.locator("#news")).to_contain_text(CLEARED)
    assert page.evaluate("asked") == 1
    press_record(page)
    wait_phase(page, "done")
    page.reload()
    expect(check).to_contain_text(CLEARED)
    expect(page.locator("#check-title")).to_have_text("Ready")
    expect(page.locator("#news")).to_be_empty()
