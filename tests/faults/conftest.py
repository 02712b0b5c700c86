"""Fixtures of the fault tests."""

import os

import pytest

from tests.faults import clients
from tests.faults.powerloss.record import why_not


@pytest.fixture
def no_hints(monkeypatch):
    """Uploading alone: what comes after the receipt has its own tests."""
    monkeypatch.setattr("capture.tasks.offer", lambda *arguments: None)
    monkeypatch.setattr("recordings.tasks.offer", lambda *arguments: None)


@pytest.fixture
def client(rig):
    """One connection to the web server of the module's `rig`."""
    client = clients.Client(rig.port, rig.token, clients.Ledger(), timeout=60)
    yield client
    client.close()


@pytest.fixture(scope="session")
def strace():
    """System calls can be recorded; where not, the test is skipped, and fails where everything must be tested."""
    if reason := why_not():
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
