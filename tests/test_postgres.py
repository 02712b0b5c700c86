"""The database-touching tests once more, on a real PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import needed, postgres_programs, postgres_server

ROOT = Path(__file__).parent.parent
TESTS = ["tests/capture", "tests/recordings", "tests/accounts"]


@pytest.mark.postgres
def test_the_database_tests_pass_on_postgresql():
    needed(postgres_programs(), "REQUIRE_POSTGRES", "PostgreSQL server")
    with postgres_server() as url:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAM2BYTES_", "PYTEST_"))}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts="]
        run = subprocess.run(
            [*command, "-p", "tests.environment", *TESTS],
            cwd=ROOT,
            env={**kept, "CAM2BYTES_TEST_DATABASE_URL": url},
            capture_output=True,
            text=True,
        )
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    print(run.stdout.strip().splitlines()[-1])
