"""A real Firefox with a made-up camera and microphone, driven as it is: no geckodriver, no patched build."""

import contextlib
import json
import re
import subprocess
import time
from pathlib import Path

import psutil

from tests.browser.bidi import Connection
from tests.browser.tab import Tab
from tests.running import assert_gone

START_SECONDS = 60
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")

PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,  # the "Allow" that nobody has to press
    "media.gmp-manager.updateEnabled": False,
    "intl.accept_languages": "en-GB, en",
    # What is not on this machine goes to a proxy that does not exist: this Firefox reaches nothing else.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
}


class Firefox:
    """A started Firefox. The same profile again is the same person coming back."""

    def __init__(self, program: str, profile: Path, width: int = 1440, height: int = 900):
        profile.mkdir(exist_ok=True)
        (profile / "user.js").write_text("".join(map(preference, PREFERENCES.items())))
        self.errors: list[str] = []  # what its pages wrote to the console as an error
        self.connection: Connection | None = None
        self._output = profile.with_suffix(".txt")
        command = [program, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            self.connection = Connection(self._address())
            self.connection.listen("log.entryAdded", self._note)
            first = self.connection.call("browsingContext.getTree")["contexts"][0]["context"]
            self.tab = Tab(self.connection, first)
            self.tab.resize(width, height)
        except BaseException:
            self.kill()
            raise

    def _address(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while not (found := LISTENING.search(self._said())):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"Firefox did not start:\n{self._said()}")
            time.sleep(0.05)
        return found[1]

    def _said(self) -> str:
        return self._output.read_text(errors="replace")

    def _note(self, entry: dict) -> None:
        print("console:", entry["level"], entry["text"])  # what pytest shows of a test that failed
        if entry["level"] == "error":
            self.errors.append(entry["text"])

    def new_tab(self) -> Tab:
        """In front of the others, which are hidden then."""
        return Tab(self.connection, self.connection.call("browsingContext.create", type="tab")["context"])

    def add_to_pages(self, script: str) -> None:
        """Runs in every page from now on, before the page's own."""
        self.connection.call("script.addPreloadScript", functionDeclaration=f"() => {{{script}}}")

    def cut(self, part: str) -> None:
        """Requests to addresses with that part in them fail from now on, as without a network."""
        self._cut = part
        self.connection.listen("network.beforeRequestSent", self._let_through_or_not)
        self.connection.call("network.addIntercept", phases=["beforeRequestSent"])

    def _let_through_or_not(self, event: dict) -> None:
        if not event["isBlocked"]:
            return
        request = event["request"]
        method = "failRequest" if self._cut in request["url"] else "continueRequest"
        self.connection.post(f"network.{method}", request=request["request"])

    def kill(self) -> None:
        """SIGKILL to all of it. Safe twice."""
        processes = []
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.process.pid)
            processes = [parent, *parent.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        assert_gone(processes)
        if self.connection:
            self.connection.close()


def preference(pair: tuple[str, object]) -> str:
    return f"user_pref({json.dumps(pair[0])}, {json.dumps(pair[1])});\n"
