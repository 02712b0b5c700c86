"""A store that belongs to another database takes nothing in."""

import shutil
import uuid

import pytest

from cam2bytes.accounts import storemark
from cam2bytes.accounts.models import StoreMark
from tests import makers

pytestmark = pytest.mark.django_db


def put(client) -> int:
    return makers.put_frame(client, makers.start_capture(client), 0, makers.image()).status_code


def test_the_first_upload_marks_both(alices, media_root):
    assert not (media_root / storemark.KEY).exists()
    assert put(alices) == 201
    assert (media_root / storemark.KEY).read_text() == str(StoreMark.objects.get().mark)
    assert put(alices) == 201


def test_a_folder_that_is_not_mounted_takes_nothing(alices, media_root):
    put(alices)
    media_root.rename(media_root.with_name("elsewhere"))
    capture_id = makers.start_capture(alices)
    answer = makers.put_frame(alices, capture_id, 0, makers.image())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "mounted" in answer.json()["detail"]
    assert makers.objects() == []

    shutil.rmtree(media_root, ignore_errors=True)
    media_root.with_name("elsewhere").rename(media_root)
    assert makers.put_frame(alices, capture_id, 0, makers.image()).status_code == 201, "mounted again, all is well"


def test_the_folder_of_another_database_takes_nothing(alices, media_root):
    put(alices)
    before = makers.objects()
    (media_root / storemark.KEY).write_text(str(uuid.uuid4()))
    assert put(alices) == 503
    assert makers.objects() == before


def test_a_new_database_beside_old_media_takes_nothing(alices):
    put(alices)
    StoreMark.objects.all().delete()
    storemark._seen = storemark._Seen()  # another process
    assert put(alices) == 503
    storemark.adopt_store()
    assert put(alices) == 201


def test_a_crash_between_the_two_marks_heals(alices, media_root):
    media_root.mkdir()
    mark = str(uuid.uuid4())
    (media_root / storemark.KEY).write_text(mark)
    assert put(alices) == 201
    assert str(StoreMark.objects.get().mark) == mark
