"""The Celery application, where it meets the rest of the system."""

import os
import subprocess
import sys

from tests.running import ROOT, clean_environment


def test_the_folder_one_stands_in_does_not_matter(tmp_path):
    """It may hold another checkout, or anything else of that name."""
    (tmp_path / "recordings.py").write_text("raise SystemExit('the wrong module')")
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check"],
        cwd=tmp_path, env=clean_environment() | {"CAM2BYTES_DATA_DIR": os.fspath(tmp_path / "data")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
