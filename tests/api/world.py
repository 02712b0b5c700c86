"""Alice's capture session with one frame, her recording with one chunk, and every door that leads to them."""

import itertools

from cam2bytes.lib import batches
from tests.api.untouched import assert_problem, untouched
from tests.makers import image, put_chunk, put_frame, start_capture, start_recording

WEBM = b"\x1a\x45\xdf\xa3" + bytes(60)  # what the first chunk of a recording must begin with
JSON = "application/json"

# {c} and {r} are the ids of the capture session and the recording; with bodies that would be taken.
JSON_DOORS = {
    ("POST", "captures"): b"{}",
    ("PATCH", "captures/{c}"): b"{}",
    ("POST", "captures/{c}/close"): b'{"frame_count": 1}',
    ("PATCH", "captures/{c}/frames/0"): b'{"labels": []}',
    ("POST", "recordings"): b'{"content_type": "video/webm"}',
    ("PATCH", "recordings/{r}"): b"{}",
    ("POST", "recordings/{r}/alive"): b'{"state": "paused"}',
    ("POST", "recordings/{r}/seal"): b'{"chunk_count": 1}',
    ("POST", "recordings/{r}/derivatives"): b'{"kind": "mp4"}',
}
RAW_DOORS = {
    ("PUT", "captures/{c}/frames/1"): "image/jpeg",
    ("POST", "captures/{c}/frames"): batches.CONTENT_TYPE,
    ("PUT", "recordings/{r}/chunks/1"): "application/octet-stream",
}
READING_DOORS = (
    "captures/{c}", "captures/{c}/frames", "captures/{c}/frames/0", "captures/{c}/frames/0/image",
    "captures/{c}/frames/0/thumbnail", "recordings/{r}", "recordings/{r}/chunks", "recordings/{r}/original",
    "recordings/{r}/video", "recordings/{r}/poster", "recordings/{r}/derivatives",
    "recordings/{r}/live", "recordings/{r}/health",
)  # fmt: skip
KINDS = ("captures/{c}", "recordings/{r}")


class World:
    """Sends requests as `client`, in whose name the things are."""

    def __init__(self, client):
        self.client = client
        self.capture, self.recording = start_capture(client, requested_fps=1), start_recording(client)
        assert put_frame(client, self.capture, 0, image()).status_code == 201
        assert put_chunk(client, self.recording, 0, WEBM).status_code == 201

    def path(self, address: str) -> str:
        return "/api/v1/" + address.format(c=self.capture, r=self.recording)

    def send(self, method: str, address: str, body: bytes = b"", content_type: str = JSON, **extra):
        return self.client.generic(method, self.path(address), body, content_type=content_type, **extra)

    def refuses(self, status: int, code: str, method: str, address: str, *arguments, **extra):
        """Send it, and see that it is refused like this, with nothing changed."""
        with untouched():
            answer = self.send(method, address, *arguments, **extra)
            assert_problem(answer, status, code)
        return answer


def every_door(*, writing: bool, reading: bool):
    """(method, address, body, content type) of requests that would be taken, to what is there."""
    found = []
    if writing:
        found += [(*door, body, JSON) for door, body in JSON_DOORS.items() if "{" in door[1]]
        found += [(*door, image(), content_type) for door, content_type in RAW_DOORS.items()]
    if reading:
        found += itertools.product(["GET"], READING_DOORS, [b""], [JSON])
    return found
