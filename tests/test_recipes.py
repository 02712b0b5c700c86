"""The recipes of docs/operations.md, followed to the letter."""

import json
import re
import subprocess
import urllib.request
from pathlib import Path

from tests import makers
from tests.running import ROOT, Running, clean_environment, running_cam2bytes
from tests.servers import wait_until

CLIP = ROOT / "static" / "samples" / "clip.webm"
ACCOUNT = {"DJANGO_SUPERUSER_USERNAME": "alice", "DJANGO_SUPERUSER_PASSWORD": "alice-long-password"}


def commands_under(heading: str) -> list[str]:
    """The ```sh blocks of one section of docs/operations.md."""
    text = (ROOT / "docs" / "operations.md").read_text()
    section = re.search(rf"^## {heading}$(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL).group(1)
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def follow(commands: str, **places: Path) -> None:
    environment = clean_environment() | {name: str(place) for name, place in places.items()}
    done = subprocess.run(["sh", "-eu", "-c", commands], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


class Api:
    """A small client with a token of alice's."""

    def __init__(self, server: Running, token: str):
        self.address, self.token = f"{server.url}/api/v1/", token

    def __call__(self, method: str, path: str, body: bytes | dict | None = None) -> bytes:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        kind = "application/json" if isinstance(body, dict) else "application/octet-stream"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def json(self, *arguments) -> dict:
        return json.loads(self(*arguments))


def test_backup_while_running_and_restore(tmp_path):
    """A frame and a video are in the restored folder, and the token of before still opens them."""
    backup, restore = commands_under("Backup and restore")
    data, kept, restored = tmp_path / "data", tmp_path / "backup", tmp_path / "restored"
    image, clip = makers.image(), CLIP.read_bytes()
    with running_cam2bytes(data, env=ACCOUNT) as server:
        token = server.manage("create_token", "alice", "--scope", "full")
        api = Api(server, token)
        capture = f"captures/{api.json('POST', 'captures', {})['id']}"
        recording = f"recordings/{api.json('POST', 'recordings', {'content_type': 'video/webm'})['id']}"
        api("PUT", f"{capture}/frames/0", image)
        api("PUT", f"{recording}/chunks/0", clip)
        api("POST", f"{recording}/seal", {"chunk_count": 1})
        wait_until(lambda: api.json("GET", recording)["status"] == "ready", "the video is ready")
        wait_until(lambda: api.json("GET", f"{capture}/frames/0")["thumbnail_url"], "the thumbnail is there")
        video = api("GET", f"{recording}/video")
        follow(backup, DATA=data, BACKUP=kept)
        follow(backup, DATA=data, BACKUP=kept)  # and again, over the first one
    follow(restore, BACKUP=kept, RESTORED=restored)
    with running_cam2bytes(restored) as server:
        api = Api(server, token)
        assert server.link is None, "alice's account is there"
        assert api("GET", f"{capture}/frames/0/image") == image
        assert api("GET", f"{recording}/original") == clip
        assert api("GET", f"{recording}/video") == video
