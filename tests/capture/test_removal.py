"""A large capture session is deleted: gone at once for everybody, its rows and objects slice by slice."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from cam2bytes.accounts import tasks as account_tasks
from cam2bytes.accounts import tombstones
from cam2bytes.accounts.models import Tombstone
from cam2bytes.lib.store import LocalStore, StoreError
from capture import removing, tasks
from capture.models import CaptureSession, Frame
from tests.makers import image, objects, post_json, put_frame, start_capture, user

pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = (0, 1, 1500, 2500)  # three folders, so three slices


@pytest.fixture
def capture(alices):
    pk = start_capture(alices, name="Feeder", client_id="5b3d1c52-6f5c-4c0a-9b59-6d0f9b1d7c11")
    for number in NUMBERS:
        put_frame(alices, pk, number, image(size=(64, 36)))
    return pk


@pytest.fixture
def half_deleted(alices, capture, monkeypatch):
    """Deleted, and the task that goes on got lost: the first slice is gone, two are left."""
    with monkeypatch.context() as lost:
        lost.setattr(tasks, "offer", lambda task, *arguments: None)
        assert alices.delete(f"/api/v1/captures/{capture}").status_code == 204
    return capture


def numbers() -> list[int]:
    return list(Frame.objects.order_by("number").values_list("number", flat=True))


def test_nothing_is_left_when_the_tasks_have_run(alices, capture):
    assert alices.delete(f"/api/v1/captures/{capture}").status_code == 204
    assert (CaptureSession.everything.count(), numbers(), objects()) == (0, [], [])
    assert Tombstone.objects.get().purged_at


def test_it_is_gone_for_everybody_from_the_first_moment(alices, client_of, half_deleted):
    assert numbers() == [1500, 2500]
    path = f"/api/v1/captures/{half_deleted}"
    assert alices.get(path).status_code == 404
    assert alices.get(f"{path}/frames/1500/image").status_code == 404
    assert alices.get(f"/captures/{half_deleted}/").status_code == 404
    assert alices.get("/api/v1/captures").json()["items"] == []
    assert put_frame(alices, half_deleted, 7, image()).status_code == 410
    assert post_json(alices, f"{path}/alive", {}).status_code == 410
    assert alices.delete(path).status_code == 204
    staff = client_of(user("carol", is_staff=True, is_superuser=True))
    for room in ("capturesession", "frame"):
        assert "Feeder" not in staff.get(f"/admin/capture/{room}/").content.decode()


def test_an_upload_that_was_under_way_when_it_was_deleted_is_refused(alices, capture, monkeypatch):
    """Between the look at the door and the row: the row is not written, the object goes."""
    found = CaptureSession.objects.get(pk=capture)
    monkeypatch.setattr("capture.api._capture", lambda *arguments, **options: found)
    monkeypatch.setattr(tasks, "offer", lambda task, *arguments: None)
    alices.delete(f"/api/v1/captures/{capture}")
    assert put_frame(alices, capture, 7, image()).status_code == 410
    assert 7 not in numbers()
    assert not any("/000000007-" in key for key in objects())


def test_its_owner_and_the_admin_see_how_far_it_is(alices, client_of, bob, half_deleted):
    html = alices.get("/").content.decode()
    assert "“Feeder” is deleted." in html
    assert "2 of 4 frames are removed." in html
    assert "Feeder" not in client_of(bob).get("/").content.decode()
    staff = client_of(user("carol", is_staff=True, is_superuser=True))
    assert "2 of 4 frames are removed." in staff.get("/admin/capture/removal/").content.decode()


def test_the_same_page_may_begin_a_new_one(alices, half_deleted):
    again = start_capture(alices, client_id="5b3d1c52-6f5c-4c0a-9b59-6d0f9b1d7c11")
    assert again != half_deleted


def test_a_lost_task_is_found_by_the_sweep(half_deleted):
    tasks.sweep_captures()
    assert numbers() == [1500, 2500]  # it has its time in the queue
    CaptureSession.removing().update(deleted_at=timezone.now() - timedelta(minutes=1))
    tasks.sweep_captures()
    assert (CaptureSession.everything.count(), numbers(), objects()) == (0, [], [])


def test_one_at_a_time_and_again_when_the_worker_that_had_it_is_dead(half_deleted):
    assert CaptureSession.claim_removal(half_deleted)
    tasks.remove_capture(half_deleted)
    assert numbers() == [1500, 2500]
    CaptureSession.removing().update(removal_lease_until=timezone.now() - timedelta(seconds=1))
    tasks.remove_capture(half_deleted)
    assert numbers() == []


def test_a_slice_takes_its_rows_and_its_folder_and_nothing_else(half_deleted):
    removing.remove_slice(UUID(half_deleted))
    assert numbers() == [2500]
    frames = [key for key in objects() if "/frames/" in key]
    assert ["/000002/" in key for key in frames] == [False, False, True]  # the first slice's go with the tombstone


def test_objects_wait_until_their_rows_are_gone(half_deleted):
    Tombstone.objects.update(deleted_at=timezone.now() - timedelta(minutes=1))
    account_tasks.sweep()
    assert len([key for key in objects() if "/frames/" in key]) == len(NUMBERS)
    assert not tombstones.purge(Tombstone.objects.get().pk)


def test_a_store_that_is_away_does_not_hold_up_the_rows(half_deleted, monkeypatch):
    def away(store, prefix):
        raise StoreError("the bucket does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(LocalStore, "delete_prefix", away)
        tasks.remove_capture(half_deleted)
    assert numbers() == []
    tombstones.purge(Tombstone.objects.get().pk)
    assert objects() == []
