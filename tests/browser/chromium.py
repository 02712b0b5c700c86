"""A real Chromium as it is, driven by its own protocol (CDP) alone: Playwright keeps tabs from being slowed down, and
from ever being hidden, so what a hidden tab does can only be seen here."""

import contextlib
import itertools
import json
import subprocess
import time
from pathlib import Path

import psutil
from websockets.sync.client import connect

from tests.browser.tab import Tab
from tests.running import assert_gone

START_SECONDS = 60
ANSWER_SECONDS = 120
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--remote-debugging-port=0", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--window-size=1440,900",
)  # fmt: skip


class Chromium:
    """A started Chromium with a made-up camera; `flags` choose another one."""

    def __init__(self, program: str, profile: Path, *flags: str):
        self._numbers = itertools.count(1)
        self._open = contextlib.ExitStack()
        profile.mkdir(exist_ok=True)
        command = [program, *FLAGS, f"--user-data-dir={profile}", *flags, "about:blank"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            address = self._address(profile / "DevToolsActivePort")
            self._socket = self._open.enter_context(connect(address, max_size=None, proxy=None))
            first = next(target for target in self.call("Target.getTargets")["targetInfos"] if target["type"] == "page")
            self.tab = ChromiumTab(self, first["targetId"])
        except BaseException:
            self.kill()
            raise

    def _address(self, note: Path) -> str:
        """Chromium writes its port, and the path of its socket, into the profile."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(FileNotFoundError, ValueError):
                port, path = note.read_text().split("\n")[:2]
                return f"ws://127.0.0.1:{int(port)}{path}"
            assert self.process.poll() is None and time.monotonic() < deadline, "Chromium did not start"
            time.sleep(0.05)

    def call(self, method: str, session: str | None = None, **params) -> dict:
        """Send a command and wait for its result; events are not listened to."""
        number = next(self._numbers)
        to = {"sessionId": session} if session else {}
        self._socket.send(json.dumps({"id": number, "method": method, "params": params, **to}))
        while True:
            answer = json.loads(self._socket.recv(timeout=ANSWER_SECONDS))
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def new_tab(self) -> "ChromiumTab":
        """In front of the others, which are hidden then."""
        tab = ChromiumTab(self, self.call("Target.createTarget", url="about:blank")["targetId"])
        tab.to_front()
        return tab

    @property
    def processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def kill(self) -> None:
        """SIGKILL to all of it. Safe twice."""
        processes = []
        with contextlib.suppress(psutil.NoSuchProcess):
            processes = self.processes
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        assert_gone(processes)
        self._open.close()


class ChromiumTab(Tab):
    """What a person does in a tab, and what is looked at there."""

    def __init__(self, browser: Chromium, target: str):
        self._browser = browser
        self._target = target
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def _call(self, method: str, **params) -> dict:
        return self._browser.call(method, self._session, **params)

    @property
    def url(self) -> str:
        return self.value("location.href")

    def to_front(self) -> None:
        self._browser.call("Target.activateTarget", targetId=self._target)

    def goto(self, url: str) -> None:
        self._call("Page.navigate", url=url)
        self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)

    def evaluate(self, function: str, *arguments):
        given = ", ".join(json.dumps(argument) for argument in arguments)
        answer = self._call(
            "Runtime.evaluate",
            expression=f"(async () => JSON.stringify(await ({function})({given})) ?? 'null')()",
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"]["exception"].get("description", "an exception"))
        return json.loads(answer["result"]["value"])

    def click(self, selector: str) -> None:
        found = f"document.querySelector({json.dumps(selector)})"
        self.until(f"document.readyState === 'complete' && {found}?.checkVisibility()")
        self.evaluate("(selector) => document.querySelector(selector).click()", selector)

    def press(self, keys: str) -> None:
        self._call("Input.insertText", text=keys)

    def fill(self, selector: str, text: str) -> None:
        self.evaluate("(selector) => document.querySelector(selector).focus()", selector)
        self.press(text)
