"""`./dev run --https` from an address that is not localhost: browsers give their camera to it."""

import re
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from cam2bytes.launcher import network
from tests.browser.conftest import FAKE_CAMERA
from tests.browser.journeys import (
    OWNER,
    PASSWORD,
    eventually,
    open_studio,
    press_record,
    sign_in,
    wait_phase,
)
from tests.running import Running, running_cam2bytes

ELSEWHERE = "--host-resolver-rules=MAP cam.test 127.0.0.1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("https")


@pytest.fixture(scope="module")
def secured(folder) -> Iterator[Running]:
    env = {
        "DJANGO_SUPERUSER_USERNAME": OWNER,
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "CAM2BYTES_ALLOWED_HOSTS": "cam.test",
    }
    with running_cam2bytes(folder, "--host", "0.0.0.0", "--https", env=env) as running:
        yield running


def test_the_camera_opens_at_the_address_that_the_page_over_plain_http_names(cam2bytes, secured, open_browser):
    """The sentence there is the fix: what it says to type was typed, what it says to open is opened."""
    context = open_browser(*FAKE_CAMERA, ELSEWHERE, ignore_https_errors=True)
    page = sign_in(context, re.sub("//[^:]+", "//cam.test", cam2bytes.url))
    open_studio(page, "capture", phase="trouble")
    assert not page.evaluate("isSecureContext")
    said = page.locator("#trouble").inner_text()
    typed, opened = re.search(r"\./dev run (.*?) and open (https://\S+?/capture/)", said).groups()
    port = urlsplit(cam2bytes.url).port
    assert typed == f"--host 0.0.0.0 --port {port} --https"
    assert opened == f"https://cam.test:{port}/capture/"

    page = sign_in(context, f"https://cam.test:{urlsplit(secured.url).port}")
    open_studio(page, "capture", "?fps=5&width=320&height=240")
    assert page.evaluate("isSecureContext")
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("frames kept")
    press_record(page)
    wait_phase(page, "done")
    capture = f"/captures/{fetched(page, '/captures?limit=1')['items'][0]['id']}"
    eventually(lambda: fetched(page, capture)["ready_count"] > 0, seconds=180)  # the workers may have just started

    open_studio(page, "record", "?width=320&height=240")
    press_record(page)
    expect(page.locator("#place-server")).to_contain_text("Kept to 0:01")
    press_record(page)
    page.wait_for_url("**/recordings/*/", timeout=60_000)
    recording = f"/recordings/{fetched(page, '/recordings?limit=1')['items'][0]['id']}"
    eventually(lambda: fetched(page, recording)["status"] == "ready")
    assert fetched(page, recording)["audio_codec"]
    assert all(cookie["secure"] for cookie in context.cookies(page.url))


def fetched(page: Page, path: str) -> dict:
    """From below /api/v1, by the page: Playwright's own requests do not know where cam.test is."""
    return page.evaluate("path => fetch(`/api/v1${path}`).then((answer) => answer.json())", path)


@pytest.mark.skipif(not network.own_addresses(), reason="this machine has no address beside localhost")
def test_the_certificate_holds_for_every_address_of_the_machine(secured, folder):
    address = network.own_addresses()[0]
    assert secured.url.startswith(f"https://{address}:")
    trusted = ssl.create_default_context(cafile=folder / "https" / "certificate.pem")
    for host in (address, "localhost", "127.0.0.1"):
        url = f"https://{host}:{urlsplit(secured.url).port}/sign-in/"
        with urllib.request.urlopen(url, timeout=20, context=trusted) as answer:
            assert answer.status == 200
    assert re.search(r"([0-9A-F]{2}:){31}", secured.output), "the fingerprint is printed"
