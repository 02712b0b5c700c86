"""Fixtures of the fault tests."""

import os

import pytest

from tests.faults.powerloss.record import why_not


@pytest.fixture(scope="session")
def strace():
    """System calls can be recorded; where not, the test is skipped, and fails where everything must be tested."""
    if reason := why_not():
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
