"""Fixtures for every test; the environment they run in is made by `tests/environment.py`, before Django loads."""

import pytest
from django.test import Client

from cam2bytes.lib import hints
from tests import makers


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    """A store of its own for every test, so that "nothing left behind" can be looked at."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(settings.MEDIA_ROOT)},
        },
    }
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A real hash takes a quarter of a second, on purpose; tests that sign in need not."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def broker_answers(monkeypatch):
    """What one test made of the broker does not keep the next one's tasks from being offered."""
    monkeypatch.setattr(hints, "_silent_until", 0.0)


@pytest.fixture
def alice(db):
    return makers.user("alice")


@pytest.fixture
def bob(db):
    return makers.user("bob")


@pytest.fixture
def client_of():
    """A signed-in test client; CSRF checks are off, as in Django's own client."""

    def make(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def alices(client_of, alice):
    return client_of(alice)
