"""The environment of the test run: a data folder of its own for every worker process.

A plugin (`-p tests.environment` in pyproject.toml), because pytest-django loads the settings before any
conftest.py is read.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_DATA = Path(tempfile.mkdtemp(prefix="cam2bytes-test-"))
(_DATA / "static").mkdir()
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith(("CAM2BYTES_", "DJANGO_SUPERUSER"))]:
    if _name != "CAM2BYTES_TEST_DATABASE_URL":
        del os.environ[_name]
os.environ.update(
    CAM2BYTES_DATA_DIR=str(_DATA),
    CAM2BYTES_PLAIN_STATIC="1",
    CAM2BYTES_EAGER="1",
    CAM2BYTES_RESERVE_BYTES="1",
    CAM2BYTES_ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    DATABASE_URL=os.environ.get("CAM2BYTES_TEST_DATABASE_URL", ""),
)
