"""What /healthz and /readyz say to programs, without an account."""

import pytest
from celery import current_app
from django.db import OperationalError, connections

from cam2bytes.lib.store import LocalStore, StoreError
from tests import makers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def broker():
    """A broker in this process; `down` takes it away."""
    before = current_app.conf.broker_url
    current_app.conf.broker_url = "memory://"
    yield
    current_app.conf.broker_url = before


def readyz(client) -> tuple[int, dict]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_healthz_answers(client):
    assert client.get("/healthz").content == b"ok\n"


def test_all_is_well(client):
    assert readyz(client) == (
        200,
        {"status": "ready", "database": "ok", "store": "ok", "disk": "ok", "broker": "ok"},
    )


def test_asking_changes_nothing(client):
    readyz(client)
    assert not LocalStore(makers.settings.MEDIA_ROOT).exists("cam2bytes")


def test_without_a_broker_it_is_degraded_and_takes_uploads(client, alices):
    current_app.conf.broker_url = "redis://127.0.0.1:1/0"
    status, said = readyz(client)
    assert (status, said["status"]) == (200, "degraded")
    assert "uploads are kept" in said["broker"]
    assert makers.put_frame(alices, makers.start_capture(alices), 0, makers.image()).status_code == 201


def test_a_disk_without_room_is_said(client, settings):
    settings.CAM2BYTES_RESERVE_BYTES = 2**62
    status, said = readyz(client)
    assert (status, said["status"]) == (503, "unready")
    assert "reserve" in said["disk"] and said["store"] == "ok"


def test_media_of_another_database_is_said(client, alices, media_root):
    makers.put_frame(alices, makers.start_capture(alices), 0, makers.image())
    assert readyz(client)[0] == 200
    media_root.rename(media_root.with_name("elsewhere"))
    status, said = readyz(client)
    assert status == 503 and "mounted" in said["store"]


def test_a_store_that_is_away_is_said(client, monkeypatch):
    def broken(*args):
        raise StoreError("gone")

    monkeypatch.setattr(LocalStore, "read", broken)
    monkeypatch.setattr(LocalStore, "free_bytes", broken)
    status, said = readyz(client)
    assert status == 503
    assert "does not answer" in said["store"] and "room" in said["disk"]


def test_a_database_that_is_away_is_said(client, monkeypatch):
    def broken(*args):
        raise OperationalError("database is locked")

    monkeypatch.setattr(type(connections["default"]), "cursor", broken)
    status, said = readyz(client)
    assert status == 503 and "database" in said["database"]
