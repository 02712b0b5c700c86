"""Asking for a derivative, and taking the steps that its worker would take."""

from pathlib import Path

from cam2bytes.lib.store import get_store
from recordings import making
from recordings.derivative import Derivative
from tests import makers


def ask(client, recording, status=201, **values) -> dict:
    answer = makers.post_json(client, f"/api/v1/recordings/{recording.pk}/derivatives", values)
    assert answer.status_code == status, answer.content
    return answer.json()


def made(derivative: dict) -> Derivative:
    """Take every step that there is to take."""
    while making.make(derivative["id"]):
        pass
    row = Derivative.objects.get(pk=derivative["id"])
    assert row.status == "ready", (row.failure, row.last_error)
    return row


def path_of(row: Derivative) -> Path:
    return get_store().local_path(row.file.name)
