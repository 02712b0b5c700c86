"""System checks try things, and say what does not work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from cam2bytes import checks
from cam2bytes.lib.storeerrors import StoreError
from tests import makers

ROOT = Path(__file__).parent.parent


def found_errors() -> list[str]:
    return [error.id for error in checks.everything_works(None)]


def test_all_is_well():
    assert found_errors() == []


def test_the_store_is_as_empty_as_before():
    checks.everything_works(None)
    assert makers.objects() == []


def test_a_store_that_cannot_keep_is_named(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "file"
    settings.MEDIA_ROOT.write_text("not a folder")
    (error,) = checks.everything_works(None)
    assert error.id == "cam2bytes.E003" and "CAM2BYTES_DATA_DIR" in error.hint


def test_a_store_that_gives_back_something_else_is_named(monkeypatch):
    class Forgetful:
        def keep(self, key, data): ...

        def read(self, key):
            return b""

        def delete_prefix(self, prefix): ...

        def exists(self, key):
            return False

    monkeypatch.setattr(checks, "get_store", Forgetful)
    assert found_errors() == ["cam2bytes.E003"]


def test_libraries_that_do_not_work_are_named(monkeypatch):
    def broken(*args):
        raise StoreError("the library is broken")

    monkeypatch.setattr(checks.images, "decode", broken)
    monkeypatch.setattr(checks.video, "remux", broken)
    assert found_errors() == ["cam2bytes.E001", "cam2bytes.E002"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
def test_sqlite_in_memory_would_not_survive(db):
    (error,) = checks.sqlite_survives_power_cuts(None, databases=["default"])
    assert error.id == "cam2bytes.E004"


def manage(data_dir, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CAM2BYTES_", "DATABASE_URL"))}
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments],
        env={**clean, "CAM2BYTES_DATA_DIR": str(data_dir), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_production_settings_pass_the_deploy_checks(tmp_path):
    """SQLite on a disk, https behind a proxy: no error and no warning."""
    settings = {
        "CAM2BYTES_HTTPS": "1",
        "CAM2BYTES_BEHIND_PROXY": "1",
        "CAM2BYTES_ALLOWED_HOSTS": "cam.example.org",
        "CAM2BYTES_CSRF_TRUSTED_ORIGINS": "https://cam.example.org",
        "CAM2BYTES_HSTS_SECONDS": "3600",
    }
    done = manage(tmp_path, "check", "--deploy", "--database", "default", "--fail-level", "WARNING", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "db.sqlite3").exists()


def test_nothing_starts_on_the_media_of_another_database(tmp_path):
    assert manage(tmp_path, "migrate").returncode == 0
    captures = tmp_path / "media" / "captures"
    captures.mkdir(parents=True)
    (captures / "one").write_text("of another")
    (tmp_path / "media" / "cam2bytes").write_text("2b1f8a4e-6f0e-4f0e-9a49-0d0c7c0f3f10")
    done = manage(tmp_path, "check", "--deploy", "--tag", "cam2bytes", "--database", "default")
    assert done.returncode != 0 and "E005" in done.stderr and "--adopt" in done.stderr
    assert manage(tmp_path, "checkmedia", "--adopt", "--older-than", "3600").returncode == 0
    done = manage(tmp_path, "check", "--deploy", "--tag", "cam2bytes", "--database", "default")
    assert done.returncode == 0, done.stderr
