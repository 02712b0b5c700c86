"""Deleted means gone from the store, sooner or later, and never taken again."""

import datetime as dt
import uuid

import pytest

from cam2bytes.accounts import tasks, tombstones
from cam2bytes.accounts.models import Tombstone
from cam2bytes.lib.store import LocalStore, StoreError, get_store
from tests import makers

NOW = dt.timedelta(0)


@pytest.fixture
def grave(alice):
    number = uuid.uuid4()
    keys = [f"captures/{number}/0/a", f"captures/{number}/1/b", "elsewhere/c", "elsewhere/d"]
    for key in keys:
        get_store().keep(key, b"x")
    return tombstones.bury("capture", number, alice, prefix=f"captures/{number}/", keys=["elsewhere/c"])


def test_purging_takes_the_prefix_and_the_keys_and_nothing_else(grave):
    assert tombstones.purge(grave.pk)
    assert makers.objects() == ["elsewhere/d"]
    grave.refresh_from_db()
    assert grave.purged_at
    assert grave.keys == []


def test_purging_twice_is_purging_once(grave):
    assert tombstones.purge(grave.pk)
    assert tombstones.purge(grave.pk)
    assert Tombstone.objects.get().attempts == 1


def test_a_store_that_is_away_is_tried_again_by_the_sweep(grave, monkeypatch):
    def away(store, prefix):
        raise StoreError("the bucket does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(LocalStore, "delete_prefix", away)
        assert not tombstones.purge(grave.pk)
    grave.refresh_from_db()
    assert (grave.purged_at, grave.attempts, grave.last_error) == (None, 1, "the bucket does not answer")
    assert tombstones.unpurged(dt.timedelta(seconds=20)) == []
    Tombstone.objects.update(deleted_at="2026-01-01T00:00Z", tried_at="2026-01-01T00:00Z")
    tasks.sweep()
    assert makers.objects() == ["elsewhere/d"]
    assert tombstones.unpurged(NOW) == []


def test_a_lost_hint_is_found_by_the_sweep(grave):
    assert tombstones.unpurged(NOW) == [grave.pk]
    Tombstone.objects.update(deleted_at="2026-01-01T00:00Z")
    tasks.sweep()
    assert makers.objects() == ["elsewhere/d"]


def test_burying_twice_leaves_the_first_tombstone(alice, bob):
    number = uuid.uuid4()
    first = tombstones.bury("recording", number, alice, prefix="recordings/x/")
    assert tombstones.bury("recording", number, bob).pk == first.pk
    assert Tombstone.objects.get().owner == alice


def test_only_the_owner_and_staff_learn_that_it_was_deleted(alice, bob):
    number = tombstones.bury("recording", uuid.uuid4(), alice).object_id
    carol = makers.user("carol", is_staff=True)
    assert [tombstones.is_buried(number, who) for who in (None, alice, bob, carol)] == [True, True, False, True]


def test_late_frames_of_a_deleted_capture_session_get_410(alices, client_of, bob):
    capture = makers.start_capture(alices)
    makers.put_frame(alices, capture, 0, makers.image())
    assert alices.delete(f"/api/v1/captures/{capture}").status_code == 204
    assert makers.put_frame(alices, capture, 1, makers.image()).status_code == 410
    assert alices.get(f"/api/v1/captures/{capture}").status_code == 404
    assert makers.put_frame(client_of(bob), capture, 1, makers.image()).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_deleting_empties_the_store_right_after_the_commit(client_of):
    client = client_of(makers.user("alice"))
    capture = makers.start_capture(client)
    makers.put_frame(client, capture, 0, makers.image())
    assert makers.objects()
    client.delete(f"/api/v1/captures/{capture}")
    assert makers.objects() == []
    assert Tombstone.objects.get().purged_at
