"""WebDriver BiDi (w3.org/TR/webdriver-bidi), as much of it as tests need: commands, answers, events."""

import contextlib
import itertools
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

ANSWER_SECONDS = 60


class BidiError(Exception):
    """The browser refused a command, or is gone."""


class Connection:
    """One WebDriver BiDi session with a browser.

    Events come in a thread of this connection; what listens to them may `post` commands, but not wait for answers.
    """

    def __init__(self, address: str):
        """`address`: ws://host:port, as the browser prints it."""
        self._open = contextlib.ExitStack()
        self._socket = self._open.enter_context(connect(f"{address}/session", max_size=None, proxy=None))
        self._numbers = itertools.count(1)
        self._answers: dict[int, Future] = {}
        self._listeners: dict[str, list[Callable[[dict], None]]] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.call("session.new", capabilities={})

    def call(self, method: str, **params) -> dict:
        """Send a command and wait for its result."""
        return self.post(method, **params).result(ANSWER_SECONDS)

    def post(self, method: str, **params) -> Future:
        """Send a command; its result, or BidiError, comes with the future."""
        number = next(self._numbers)
        answer = self._answers[number] = Future()
        try:
            self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        except ConnectionClosed as error:
            raise BidiError(f"{method}: the browser is gone") from error
        return answer

    def listen(self, event: str, act: Callable[[dict], None]) -> None:
        """Call `act` with the parameters of each such event from now on."""
        self._listeners.setdefault(event, []).append(act)
        self.call("session.subscribe", events=[event])

    def close(self) -> None:
        """Safe twice, and when the browser is gone."""
        self._open.close()
        self._reader.join(ANSWER_SECONDS)

    def _read(self) -> None:
        try:
            for text in self._socket:
                self._take(json.loads(text))
        except ConnectionClosed:
            pass  # the browser was killed: it says no goodbye
        for answer in self._answers.values():
            answer.set_exception(BidiError("the browser is gone"))

    def _take(self, message: dict) -> None:
        if message["type"] == "event":
            for act in self._listeners.get(message["method"], []):
                act(message["params"])
            return
        answer = self._answers.pop(message["id"])
        if message["type"] == "success":
            answer.set_result(message["result"])
        else:
            answer.set_exception(BidiError(f"{message['error']}: {message['message']}"))
