"""The server goes away and comes back while a page records: killed, and replaced by a newer version."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ABANDONED_AFTER
from tests.browser.journeys import (
    OWNER,
    PASSWORD,
    finished_recording,
    newest,
    open_studio,
    press_record,
    sign_in,
    wait_phase,
)
from tests.running import ROOT, Running, running_cam2bytes

ENV = {
    "DJANGO_SUPERUSER_USERNAME": OWNER,
    "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    "CAM2BYTES_ABANDONED_AFTER": ABANDONED_AFTER,
}
SMALL = "?width=640&height=480&bitrate=1000000"
# What any release may do to the tables: columns that the pages and programs of the one before know nothing of.
NEWER = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("recordings", "{last}")]
    operations = [
        migrations.AddField("recording", "newer", models.CharField(max_length=20, null=True, db_index=True)),
        migrations.AddField("chunk", "newer", models.IntegerField(null=True)),
    ]
"""


@pytest.fixture
def data_dir(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def newer(tmp_path) -> Path:
    """A source tree of a later version: this one, and a migration."""
    out = shutil.ignore_patterns(".git", ".venv", "var", "tests", "__pycache__")
    tree = Path(shutil.copytree(ROOT, tmp_path / "newer", ignore=out))
    (tree / ".venv").symlink_to(ROOT / ".venv")
    migrations = tree / "recordings" / "migrations"
    last = sorted(path.stem for path in migrations.glob("0*.py"))[-1]
    (migrations / "9999_newer.py").write_text(NEWER.format(last=last))
    return tree


def same_port(running: Running) -> tuple[str, str]:
    return "--port", str(urlsplit(running.url).port)


def test_an_old_page_goes_on_recording_while_everything_is_killed_and_a_newer_version_starts(
    open_browser, data_dir, newer
):
    with running_cam2bytes(data_dir, env=ENV) as old:
        page = sign_in(open_browser(), old.url)
        open_studio(page, "record", SMALL)
        press_record(page)
        wait_phase(page, "running")
        expect(page.locator("#place-server")).to_contain_text("Kept to 0:0")
        old.kill_everything()
        expect(page.locator("#studio-root")).to_contain_text("No connection to the server")
        with running_cam2bytes(data_dir, *same_port(old), env=ENV, root=newer) as new:
            expect(page.locator("#studio-root")).not_to_contain_text("No connection to the server", timeout=60_000)
            press_record(page)
            page.wait_for_url("**/recordings/*/", timeout=60_000)
            recording = finished_recording(page, newest(page, "recordings")["id"])
            assert "[X] 9999_newer" in new.manage("showmigrations", "recordings")
    assert recording["status"] == "ready", recording["failure"]
    assert recording["received_count"] == recording["chunk_count"]
    assert recording["gaps"] == []
    assert recording["duration_ms"] > 4000, "what was recorded while there was no server is in it"
