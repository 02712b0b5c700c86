"""The recipes of docs/operations.md, followed to the letter."""

import re
import subprocess
from pathlib import Path

from tests.client import ACCOUNT, CLIP, PICTURE, Api, new_token
from tests.running import ROOT, clean_environment, running_cam2bytes


def commands_under(heading: str) -> list[str]:
    """The ```sh blocks of one section of docs/operations.md."""
    text = (ROOT / "docs" / "operations.md").read_text()
    section = re.search(rf"^## {heading}$(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL).group(1)
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def follow(commands: str, **places: Path) -> None:
    environment = clean_environment() | {name: str(place) for name, place in places.items()}
    done = subprocess.run(["sh", "-eu", "-c", commands], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_backup_while_running_and_restore(tmp_path):
    """A frame and a video are in the restored folder, and the token of before still opens them."""
    backup, restore = commands_under("Backup and restore")
    data, kept, restored = tmp_path / "data", tmp_path / "backup", tmp_path / "restored"
    with running_cam2bytes(data, env=ACCOUNT) as server:
        token = new_token(server)
        api = Api(server.url, token)
        capture, recording = api.capture(), api.record()
        video = api("GET", f"{recording}/video")
        follow(backup, DATA=data, BACKUP=kept)
        follow(backup, DATA=data, BACKUP=kept)  # and again, over the first one
    follow(restore, BACKUP=kept, RESTORED=restored)
    with running_cam2bytes(restored) as server:
        api = Api(server.url, token)
        assert server.link is None, "alice's account is there"
        assert api("GET", f"{capture}/frames/0/image") == PICTURE
        assert api("GET", f"{recording}/original") == CLIP
        assert api("GET", f"{recording}/video") == video
