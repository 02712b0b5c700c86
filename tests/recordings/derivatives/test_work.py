"""How it is made: asked for, in parts, cancelled, made again; and what the store must hold of it."""

import contextlib
import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from cam2bytes.lib.store import get_store
from recordings import assembly, derivative_sweep, making, tasks
from recordings.derivative import Derivative
from recordings.models import Recording
from tests import makers, media
from tests.recordings.derivatives.steps import ask, made, path_of

pytestmark = pytest.mark.django_db


def test_who_goes_on_after_a_crash_begins_with_the_next_part(recorded, alices, clip, monkeypatch):
    asked = ask(alices, recorded(clip), kind="mp4")
    assert making.make(asked["id"])
    first = makers.objects()
    begun = []
    original = making.mp4slices.write_slice

    def dies(file, path, plan, window, before, tick):
        begun.append(window.start)
        if len(begun) == 1:
            path.write_bytes(b"half")
            raise KeyboardInterrupt
        return original(file, path, plan, window, before, tick)

    monkeypatch.setattr(making.mp4slices, "write_slice", dies)
    with pytest.raises(KeyboardInterrupt):
        making.make(asked["id"])
    assert makers.objects() == first
    assert making.make(asked["id"]) is False, "somebody has it still"
    Derivative.objects.update(lease_until=timezone.now())

    row = made(asked)

    assert begun == [1, 1, 2, 3]
    assert media.look_at(path_of(row)).moments == media.look_at(clip).moments


def test_asking_again_finds_the_first_and_a_failed_one_is_tried_again(recorded, alices, clip):
    recording = recorded(clip)
    asked = ask(alices, recording, kind="frames", fps=2)
    assert ask(alices, recording, 200, kind="frames", fps=2)["id"] == asked["id"]
    assert ask(alices, recording, kind="frames", fps=3)["id"] != asked["id"]
    Derivative.objects.filter(pk=asked["id"]).update(status="failed", failure="no", attempts=3)
    assert ask(alices, recording, 200, kind="frames", fps=2)["status"] == "waiting"
    made(asked)


def test_cancelled_in_the_middle_of_a_part_nothing_stays(
    recorded, alices, clip, monkeypatch, django_capture_on_commit_callbacks
):
    recording = recorded(clip)
    before = makers.objects()
    asked = ask(alices, recording, kind="mp4")
    assert making.make(asked["id"])
    original = making._Progress.tick
    monkeypatch.setattr(making, "PROGRESS_SECONDS", 0)

    def cancel_then_tick(self, moment):
        if moment > 1.5:
            alices.delete(f"/api/v1/recordings/{recording.pk}/derivatives/{asked['id']}")
        original(self, moment)

    monkeypatch.setattr(making._Progress, "tick", cancel_then_tick)
    with django_capture_on_commit_callbacks(execute=True):
        assert making.make(asked["id"]) is False

    assert not Derivative.objects.exists()
    assert makers.objects() == before
    assert alices.delete(f"/api/v1/recordings/{recording.pk}/derivatives/{asked['id']}").status_code == 204


def test_of_twins_one_result_stays(recorded, alices, clip, monkeypatch):
    asked = ask(alices, recorded(clip), kind="mp4")
    original = making.mp4slices.write_slice

    def while_a_twin_makes_it(*arguments):
        facts = original(*arguments)
        monkeypatch.setattr(making.mp4slices, "write_slice", original)
        Derivative.objects.update(lease_until=timezone.now())
        made(asked)
        return facts

    monkeypatch.setattr(making.mp4slices, "write_slice", while_a_twin_makes_it)
    assert making.make(asked["id"]) is False

    row = Derivative.objects.get()
    assert row.status == "ready"
    assert [key for key in makers.objects() if "/derivatives/" in key] == [row.file.name]


def test_another_video_makes_everything_anew_and_the_old_is_served_meanwhile(recorded, alices, clip):
    recording = recorded(clip)
    asked = ask(alices, recording, kind="frames", fps=1)
    old = made(asked)
    derivative_sweep.derivatives_after(recording.pk)
    recording.seal_again()
    Recording.objects.update(last_chunk_at="2026-01-01T00:00Z")
    assembly.assemble(recording.pk)

    assert asked["id"] in derivative_sweep.derivatives_after(recording.pk)

    found = alices.get(f"/api/v1/recordings/{recording.pk}/derivatives/{asked['id']}").json()
    assert found["status"] == "waiting"
    assert alices.get(found["file_url"]).status_code == 200
    row = made(asked)
    assert row.file.name != old.file.name
    assert [key for key in makers.objects() if key.endswith(".zip")] == [row.file.name]


def test_what_stops_its_worker_each_time_fails_with_a_reason(recorded, alices, clip):
    asked = ask(alices, recorded(clip), kind="mp4")
    for _ in range(3):
        assert Derivative.claim(asked["id"])
        Derivative.objects.update(lease_until=timezone.now(), offered_at="2026-01-01T00:00Z")
    assert derivative_sweep.forgotten_derivatives() == []
    row = Derivative.objects.get()
    assert (row.status, row.failure) == ("failed", "given up after 3 attempts: making it stopped the worker each time")


def test_what_was_forgotten_is_offered_again_but_not_at_once(recorded, alices, clip):
    asked = ask(alices, recorded(clip), kind="mp4")
    assert derivative_sweep.forgotten_derivatives() == []
    Derivative.objects.update(offered_at="2026-01-01T00:00Z")
    assert derivative_sweep.forgotten_derivatives() == [asked["id"]]
    assert derivative_sweep.forgotten_derivatives() == []


def test_deleting_the_recording_removes_all_of_it(recorded, alices, clip, django_capture_on_commit_callbacks):
    recording = recorded(clip)
    made(ask(alices, recording, kind="frames", fps=2))
    assert making.make(ask(alices, recording, kind="mp4")["id"])
    with django_capture_on_commit_callbacks(execute=True):
        assert alices.delete(f"/api/v1/recordings/{recording.pk}").status_code == 204
    assert makers.objects() == []


# The store ---------------------------------------------------------------------------------------


def check(*options) -> str:
    out = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("checkmedia", "--older-than", "-60", *options, stdout=out)
    return out.getvalue()


def test_checkmedia_knows_them_and_what_is_lost_is_made_again(recorded, alices, clip):
    recording = recorded(clip)
    done, half = made(ask(alices, recording, kind="frames", fps=2)), ask(alices, recording, kind="mp4")
    assert making.make(half["id"])
    assert "all is well" in check()

    get_store().delete(done.file.name)
    get_store().delete(Derivative.objects.get(pk=half["id"]).parts.get().file.name)
    assert "2 of them lost" in check("--repair")

    assert made({"id": done.pk}).file.name != done.file.name
    made(half)
    assert "all is well" in check()


def test_one_command_makes_everything_again(recorded, alices, clip):
    recording = recorded(clip)
    frames = made(ask(alices, recording, kind="frames", fps=1))
    assert rebuilt("--kind", "sprite") == "To be made again: nothing."
    assert rebuilt("--kind", "frames", "--recording", str(recording.pk)) == "To be made again: 1 frames."
    assert made({"id": frames.pk}).file.name != frames.file.name
    tasks.make_poster(str(recording.pk))
    poster = Recording.objects.get().poster.name
    assert rebuilt() == "To be made again: 1 frames, 1 poster, 1 sprite."
    tasks.make_poster(str(recording.pk))
    assert Recording.objects.get().poster.name not in ("", poster)
    assert not get_store().exists(poster)


def rebuilt(*options) -> str:
    out = io.StringIO()
    call_command("rebuildmedia", *options, stdout=out)
    return out.getvalue().strip()
