"""A program that uses the API of a real server with a token, as programs do."""

import json
import urllib.request
from ssl import SSLContext

from tests.running import ROOT, Running
from tests.servers import wait_until

PICTURE = (ROOT / "static" / "samples" / "frame.jpg").read_bytes()
CLIP = (ROOT / "static" / "samples" / "clip.webm").read_bytes()
ACCOUNT = {"DJANGO_SUPERUSER_USERNAME": "alice", "DJANGO_SUPERUSER_PASSWORD": "alice-long-password"}


def new_token(server: Running) -> str:
    """A token of the account that `ACCOUNT` in the environment of `server` made."""
    return server.manage("create_token", "alice", "--scope", "full")


class Api:
    """api(method, path, body) -> the answer's bytes; `path` is below /api/v1/, `headers` go with every request."""

    def __init__(self, url: str, token: str, headers: dict[str, str] | None = None, context: SSLContext | None = None):
        self.address, self.context = f"{url}/api/v1/", context
        self.headers = {"Authorization": f"Bearer {token}"} | (headers or {})

    def __call__(self, method: str, path: str, body: bytes | dict | None = None, **headers: str) -> bytes:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        kind = "application/json" if isinstance(body, dict) else "application/octet-stream"
        headers = self.headers | {"Content-Type": kind} | headers
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30, context=self.context) as answer:
            return answer.read()

    def json(self, *arguments, **headers) -> dict:
        return json.loads(self(*arguments, **headers))

    def capture(self, picture: bytes = PICTURE) -> str:
        """A capture session with one frame, once a worker has made its thumbnail; its path."""
        capture = f"captures/{self.json('POST', 'captures', {})['id']}"
        self("PUT", f"{capture}/frames/0", picture)
        wait_until(lambda: self.json("GET", f"{capture}/frames/0")["thumbnail_url"], "the thumbnail is there")
        return capture

    def record(self, clip: bytes = CLIP) -> str:
        """A recording of one chunk, once a worker has assembled it; its path."""
        recording = f"recordings/{self.json('POST', 'recordings', {'content_type': 'video/webm'})['id']}"
        self("PUT", f"{recording}/chunks/0", clip)
        self("POST", f"{recording}/seal", {"chunk_count": 1})
        wait_until(lambda: self.json("GET", recording)["status"] == "ready", "the video is ready")
        return recording
