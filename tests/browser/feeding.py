"""A recording that runs without a browser: a program sends a sample series, chunk by chunk, while somebody watches."""

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator

from tests import media
from tests.browser.journeys import OWNER
from tests.running import Running

HELD_BEFORE = 5  # chunks, so that there is something to see at once
STEP_SECONDS = 0.5


class _Door:
    def __init__(self, cam2bytes: Running):
        self.headers = {"Authorization": f"Bearer {cam2bytes.manage('create_token', OWNER, '--scope', 'ingest')}"}
        self.connection = http.client.HTTPConnection(cam2bytes.url.partition("//")[2], timeout=60)

    def send(self, method: str, path: str, body: bytes, content_type="application/json") -> dict:
        headers = self.headers | {"Content-Type": content_type}
        self.connection.request(method, f"/api/v1/recordings{path}", body, headers)
        answer = self.connection.getresponse()
        said = answer.read()
        assert answer.status in (200, 201), said
        return json.loads(said)


@contextlib.contextmanager
def feeding(cam2bytes: Running, series: str) -> Iterator[str]:
    """The id of a recording that runs as long as this does; its chunks come every half second until all are there."""
    door, chunks, over = _Door(cam2bytes), media.chunks_of(series), threading.Event()
    values = {"content_type": media.manifest_of(series)["mime"], "timeslice_ms": 1000}
    pk = door.send("POST", "", json.dumps(values).encode())["id"]
    numbers = iter(range(len(chunks)))

    def send_next() -> None:
        number = next(numbers, None)
        if number is None:
            door.send("POST", f"/{pk}/alive", b'{"state": "recording", "waiting_count": 0}')
        else:
            door.send("PUT", f"/{pk}/chunks/{number}", chunks[number], "application/octet-stream")

    def send_all() -> None:
        while not over.wait(STEP_SECONDS):
            send_next()

    for _ in range(HELD_BEFORE):
        send_next()
    thread = threading.Thread(target=send_all)
    thread.start()
    try:
        yield pk
    finally:
        over.set()
        thread.join()
