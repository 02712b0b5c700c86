"""A tab of a browser that speaks WebDriver BiDi, and what a person does in it."""

import base64
import contextlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

from tests.browser.bidi import BidiError, Connection

WAIT_SECONDS = 40  # only what never comes takes that long
ENTER = "\ue007"


@dataclass
class Answer:
    """What the server answered to a page."""

    status: int
    content: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def body(self) -> bytes:
        return self.content

    def text(self) -> str:
        return self.content.decode()

    def json(self) -> dict:
        return json.loads(self.content)


class Tab:
    """One tab. `url` and `request` are as Playwright's, so that what journeys look at can be shared."""

    def __init__(self, connection: Connection, context: str):
        self._connection = connection
        self._context = context

    def _call(self, method: str, **params) -> dict:
        return self._connection.call(method, context=self._context, **params)

    @property
    def url(self) -> str:
        tree = self._connection.call("browsingContext.getTree", root=self._context, maxDepth=0)
        return tree["contexts"][0]["url"]

    @property
    def request(self) -> "Tab":
        return self

    def get(self, url: str) -> Answer:
        """With the page's own sign-in."""
        status, encoded = self.evaluate(GET, url)
        return Answer(status, base64.b64decode(encoded))

    def goto(self, url: str) -> None:
        self._call("browsingContext.navigate", url=url, wait="complete")

    def resize(self, width: int, height: int) -> None:
        self._call("browsingContext.setViewport", viewport={"width": width, "height": height})

    def close(self) -> None:
        self._call("browsingContext.close")

    def evaluate(self, function: str, *arguments):
        """What a JavaScript function (or the promise that it gives) returns, as JSON; so are its arguments."""
        declaration = f"async (given) => JSON.stringify(await ({function})(...JSON.parse(given))) ?? 'null'"
        given = {"type": "string", "value": json.dumps(arguments)}
        answer = self._connection.call(
            "script.callFunction",
            functionDeclaration=declaration,
            arguments=[given],
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def value(self, expression: str):
        return self.evaluate(f"() => {expression}")

    def until(self, expression: str, seconds: float = WAIT_SECONDS):
        """The expression's value, once it is true."""
        deadline = time.monotonic() + seconds
        while True:
            found = None
            with contextlib.suppress(BidiError):  # between two pages
                found = self.value(expression)
            if found:
                return found
            assert time.monotonic() < deadline, f"not within {seconds} s: {expression}"
            time.sleep(0.1)

    def until_text(self, selector: str, pattern: str, seconds: float = WAIT_SECONDS) -> str:
        """The text that is seen there, once the regular expression finds something in it."""
        text = f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"
        return self.until(f"(text => new RegExp({json.dumps(pattern)}).test(text) && text)({text})", seconds)

    def wait_for_url(self, pattern: str) -> None:
        self.until(f"new RegExp({json.dumps(pattern)}).test(location.href) && document.readyState === 'complete'")

    def click(self, selector: str) -> None:
        """With the mouse, in the middle of the element, once the page has all its style sheets."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.until(f"document.readyState === 'complete' && {found}?.checkVisibility()")
        x, y = self.evaluate(MIDDLE, selector)
        moves = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._call("input.performActions", actions=[{"type": "pointer", "id": "mouse", "actions": moves}])

    def press(self, keys: str) -> None:
        """One after the other."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._call("input.performActions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def fill(self, selector: str, text: str) -> None:
        self.click(selector)
        self.press(text)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._call("browsingContext.captureScreenshot")["data"]))


GET = """async (url) => {
    const answer = await fetch(url);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return [answer.status, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))];
}"""

MIDDLE = """(selector) => {
    const element = document.querySelector(selector);
    element.scrollIntoView({block: "center", behavior: "instant"});
    const {x, y, width, height} = element.getBoundingClientRect();
    return [Math.round(x + width / 2), Math.round(y + height / 2)];
}"""
