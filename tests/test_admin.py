"""The admin: lists that stay fast, machine fields that stay the machine's, deleting that takes the files too."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cam2bytes.lib.admins import BoundedPaginator, MachineAdmin, SteppingQuerySet
from capture.models import CaptureSession, Frame
from recordings.models import Chunk, Recording
from tests.makers import SAMPLES, image, objects, post_json, put_chunk, put_frame, start_capture, start_recording

pytestmark = pytest.mark.django_db
LISTS = ["capture/capturesession", "capture/frame", "recordings/recording", "recordings/chunk"]


@pytest.fixture
def root(django_user_model):
    return django_user_model.objects.create_superuser("root", password="root-long-password")


@pytest.fixture
def roots(client_of, root):
    return client_of(root)


def fill(owner, sessions, frames):
    """Rows as machines leave them, over some months."""
    now = timezone.now()
    for i in range(sessions):
        began = now - timedelta(days=20 * i)
        capture = CaptureSession.objects.create(
            owner=owner, name=f"c{i}", started_at=began, frame_count=frames, size_bytes=frames * 1000
        )
        Frame.objects.bulk_create(
            Frame(capture=capture, number=n, status="ready", image="x", thumbnail="y", content_type="image/jpeg",
                  size_bytes=164_000, sha256=f"{n:064x}", width=64, height=36, received_at=began)
            for n in range(frames)
        )  # fmt: skip
        recording = Recording.objects.create(
            owner=owner,
            name=f"r{i}",
            started_at=began,
            content_type="video/webm",
            video="x",
            poster="y",
            status="ready",
        )
        Chunk.objects.bulk_create(
            Chunk(recording=recording, number=n, file="x", size_bytes=1000, sha256="0" * 64, received_at=began)
            for n in range(frames)
        )


def queries_of(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_asks_as_often_for_many_rows_as_for_few_and_never_counts_a_table(roots, root, path):
    fill(root, sessions=2, frames=3)
    few = queries_of(roots, f"/admin/{path}/")
    fill(root, sessions=2, frames=40)
    many = queries_of(roots, f"/admin/{path}/")
    assert len(many) == len(few)
    counts = [sql for sql in many if "COUNT(" in sql]
    assert counts
    assert all("LIMIT" in sql for sql in counts)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("query", ["?q=c1", "?q=7", "?q=%27%00%22", "?p=2", "?o=1.2", "?e=1"])
def test_a_list_can_be_searched_and_sorted(roots, root, path, query):
    fill(root, sessions=2, frames=3)
    assert roots.get(f"/admin/{path}/{query}").status_code in (200, 302)


def test_frames_are_filtered_by_state_type_and_day(roots, root):
    fill(root, sessions=2, frames=2)
    Frame.objects.filter(capture__name="c0", number=0).update(status="rejected", content_type="image/png")
    day = timezone.localtime()
    for query, count in [
        ("status__exact=rejected", 1),
        ("type=image/png", 1),
        ("type=image/webp", 0),
        (f"received_at__year={day.year}&received_at__month={day.month}&received_at__day={day.day}", 2),
        (f"capture__id__exact={CaptureSession.objects.get(name='c1').pk}", 2),
    ]:
        answer = roots.get(f"/admin/capture/frame/?{query}")
        assert answer.context["cl"].result_count == count, query


def test_the_days_that_occur_are_found_by_stepping(root, django_assert_max_num_queries):
    fill(root, sessions=4, frames=30)
    rows = SteppingQuerySet(Frame)
    for kind in ("year", "month", "day"):
        with django_assert_max_num_queries(6):
            assert rows.datetimes("received_at", kind) == list(Frame.objects.datetimes("received_at", kind)), kind
        assert rows.datetimes("received_at", kind, "DESC") == list(Frame.objects.datetimes("received_at", kind, "DESC"))
    assert rows.none().datetimes("received_at", "day") == []


def test_counting_stops(root, monkeypatch):
    monkeypatch.setattr("cam2bytes.lib.admins.MOST_COUNTED", 5)
    fill(root, sessions=1, frames=9)
    assert BoundedPaginator(Frame.objects.order_by("pk"), 2).count == 5


def test_sizes_are_words_and_pictures_are_there(roots, root):
    fill(root, sessions=1, frames=3)
    html = roots.get("/admin/capture/frame/").content.decode()
    assert "164 kB" in html
    assert "/frames/2/thumbnail" in html
    strip = roots.get("/admin/capture/capturesession/").content.decode()
    assert strip.count("/thumbnail") == 3


# One object --------------------------------------------------------------------------------------


def test_what_machines_own_cannot_be_changed(roots, root):
    fill(root, sessions=1, frames=1)
    for path, pk in [
        ("capture/capturesession", CaptureSession.objects.get().pk),
        ("capture/frame", Frame.objects.get().pk),
        ("recordings/recording", Recording.objects.get().pk),
    ]:
        form = roots.get(f"/admin/{path}/{pk}/change/").context["adminform"].form
        people = {"name", "labels", "metadata", "device_name", "camera_label", "external_id"}
        assert set(form.fields) <= people, path
        assert roots.get(f"/admin/{path}/add/").status_code == 403
    chunk = Chunk.objects.get().pk
    assert roots.post(f"/admin/recordings/chunk/{chunk}/change/", {"number": 7}).status_code == 403


def test_labels_and_metadata_typed_by_hand_keep_the_rules(roots, root):
    fill(root, sessions=1, frames=1)
    pk = CaptureSession.objects.get().pk
    path = f"/admin/capture/capturesession/{pk}/change/"
    wrong = roots.post(path, {"name": "n", "labels": '{"a": 1}', "metadata": "[]"})
    assert set(wrong.context["adminform"].form.errors) == {"labels", "metadata"}
    assert roots.post(path, {"name": "n", "labels": '["bird"]', "metadata": "{}"}).status_code == 302
    assert CaptureSession.objects.get().labels == ["bird"]


def test_a_recording_shows_its_player_and_its_chunks_with_the_holes(roots, root):
    fill(root, sessions=1, frames=6)
    Chunk.objects.filter(number__in=[2, 3]).delete()
    Recording.objects.update(chunk_count=8, failure="")
    html = roots.get(f"/admin/recordings/recording/{Recording.objects.get().pk}/change/").content.decode()
    assert "<video" in html
    rows = html[html.index('<table class="chunks">') :]
    assert "<td>0 to 1</td><td>2</td><td>2.0 kB</td>" in rows
    assert '<tr class="hole"><td>2 to 3</td><td>2</td>' in rows
    assert '<tr class="hole"><td>6 to 7</td><td>2</td>' in rows


# Actions -----------------------------------------------------------------------------------------


def act(client, path, action, rows, **extra):
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows], **extra}
    return client.post(f"/admin/{path}/", chosen, follow=True)


@pytest.mark.django_db(transaction=True)
def test_deleting_asks_and_takes_the_files_too(roots, root):
    pk = start_capture(roots, name="Feeder")
    put_frame(roots, pk, 0, image())
    put_frame(roots, pk, 1, image("blue"))
    asked = act(roots, "capture/frame", "delete_selected", [Frame.objects.get(number=1)])
    assert "frame 1" in asked.content.decode()
    assert Frame.objects.count() == 2
    act(roots, "capture/frame", "delete_selected", [Frame.objects.get(number=1)], post="yes")
    assert CaptureSession.objects.get().frame_count == 1
    assert len(objects()) == 2  # image and thumbnail of frame 0
    roots.post(f"/admin/capture/capturesession/{pk}/delete/", {"post": "yes"})
    assert not CaptureSession.objects.exists()
    assert objects() == []
    assert put_frame(roots, pk, 0, image()).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_recordings_are_assembled_again_and_deleted_with_their_files(roots, root):
    pk = start_recording(roots, "video/webm;codecs=vp8,opus")
    chunks = [path.read_bytes() for path in sorted((SAMPLES / "webm_vp8_opus_640").glob("chunk-*"))]
    for number, data in enumerate(chunks):
        put_chunk(roots, pk, number, data)
    post_json(roots, f"/api/v1/recordings/{pk}/seal", {"chunk_count": len(chunks)})
    Recording.objects.update(last_chunk_at=None)
    assert (
        "1 recording is assembled again."
        in act(roots, "recordings/recording", "assemble_again", Recording.objects.all()).content.decode()
    )
    recording = Recording.objects.get()
    assert (recording.status, recording.revision) == ("ready", 1)
    act(roots, "recordings/recording", "delete_selected", [recording], post="yes")
    assert not Recording.objects.exists()
    assert objects() == []


@pytest.mark.django_db(transaction=True)
def test_frames_are_processed_again(roots, root):
    pk = start_capture(roots)
    put_frame(roots, pk, 0, image())
    Frame.objects.update(status="rejected", reason="a mistake of ours")
    CaptureSession.objects.update(ready_count=0, rejected_count=1)
    act(roots, "capture/frame", "process_again", Frame.objects.all())
    assert Frame.objects.get().status == "ready"
    Frame.objects.update(thumbnail="")
    act(roots, "capture/capturesession", "process_again", CaptureSession.objects.all())
    assert Frame.objects.get().thumbnail
    found = CaptureSession.objects.get()
    assert (found.ready_count, found.rejected_count) == (1, 0)


def test_every_machine_list_is_of_one_kind():
    for model in (CaptureSession, Frame, Recording, Chunk):
        model_admin = admin.site.get_model_admin(model)
        assert isinstance(model_admin, MachineAdmin)
        assert model_admin.date_hierarchy
        assert model_admin.show_full_result_count is False


def test_frames_are_searched_by_number_by_name_and_within_one_by_digest(roots, root):
    fill(root, sessions=2, frames=3)
    one = CaptureSession.objects.get(name="c1").pk
    for query, numbers in [
        ("q=2", [2, 2]),
        ("q=c1", [0, 1, 2]),
        ("q=c1+2", [2]),
        ("q=2+c1", [2]),
        ("q=c1+zebra", []),
        ("q=" + "0" * 40, []),
        (f"capture__id__exact={one}&q=" + "0" * 63, [0, 1, 2]),
        (f"capture__id__exact={one}&q=" + "0" * 63 + "1", [1]),
        ("q=+", [0, 0, 1, 1, 2, 2]),
    ]:
        found = roots.get(f"/admin/capture/frame/?{query}").context["cl"].result_list
        assert sorted(frame.number for frame in found) == numbers, query
    by_number = roots.get(f"/admin/capture/frame/?capture__id__exact={one}").context["cl"].result_list
    assert [frame.number for frame in by_number] == [2, 1, 0]
