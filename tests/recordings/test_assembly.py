"""Chunks in order become one playable file: claimed, fenced, and ended in ready or failed."""

import os
from base64 import b64encode
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone

from cam2bytes.lib import leases, renewal
from cam2bytes.lib.store import LocalStore, StoreError, StoreFull, get_store
from recordings import assembly
from recordings.models import Recording
from tests import makers, media

pytestmark = pytest.mark.django_db

SERIES = "webm_vp9_opus_640"
READY, FAILED, SEALED = Recording.Status.READY, Recording.Status.FAILED, Recording.Status.SEALED


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch):
    """No task runs by itself: the tests assemble."""
    monkeypatch.setattr("recordings.tasks.enqueue_assembly", lambda ids: None)


@pytest.fixture
def upload(alices):
    """Start a recording, send a series (but the `without`), seal it; the row."""

    def send(series=SERIES, *, without=(), header=None) -> Recording:
        chunks = media.chunks_of(series)
        recording_id = makers.start_recording(alices, media.manifest_of(series)["mime"])
        for number, data in enumerate(chunks):
            if number not in without:
                assert makers.put_chunk(alices, recording_id, number, data).status_code == 201
        makers.post_json(alices, f"/api/v1/recordings/{recording_id}/alive", {"state": "draining", "waiting_count": 0})
        seal = {"chunk_count": len(chunks), **({"header": header} if header else {})}
        assert makers.post_json(alices, f"/api/v1/recordings/{recording_id}/seal", seal).status_code == 200
        return Recording.objects.get(pk=recording_id)

    return send


def assembled(recording: Recording) -> Recording:
    assembly.assemble(recording.pk)
    recording.refresh_from_db()
    return recording


def videos() -> list[str]:
    return [key for key in makers.objects() if "/video/" in key]


def test_a_sealed_recording_becomes_ready_with_its_facts(upload):
    recording = upload()

    assert assembly.assemble(recording.pk) is True

    recording.refresh_from_db()
    assert recording.status == READY
    assert (recording.video_codec, recording.audio_codec) == ("vp9", "opus")
    assert (recording.width, recording.height) == (640, 480)
    assert abs(recording.duration_ms - 10_999) <= 1
    assert (recording.gaps, recording.failure) == ([], "")
    store = get_store()
    assert store.size(recording.video.name) == recording.video_size_bytes
    assert len(media.look_at(store.local_path(recording.video.name)).pictures) == 220


def test_doing_it_twice_changes_nothing(upload):
    recording = assembled(upload())
    before = makers.objects()

    assert assembly.assemble(recording.pk) is False

    assert makers.objects() == before


def test_a_missing_chunk_becomes_a_gap_and_a_late_one_fills_it(upload, alices):
    recording = assembled(upload(without={4}))
    assert [(gap["from"], gap["to"]) for gap in recording.gaps] == [(4, 4)]
    first_video = recording.video.name

    makers.put_chunk(alices, recording.pk, 4, media.chunks_of(SERIES)[4])
    Recording.objects.filter(pk=recording.pk).update(last_chunk_at="2026-01-01T00:00Z")
    recording.refresh_from_db()
    assert (recording.status, recording.revision, recording.video.name) == (SEALED, 1, first_video)

    recording = assembled(recording)
    assert (recording.status, recording.gaps) == (READY, [])
    assert videos() == [recording.video.name] != [first_video]


def test_the_header_sent_with_the_seal_stands_in_for_a_missing_first_chunk(upload):
    first = media.chunks_of(SERIES)[0]

    recording = assembled(upload(without={0}, header=b64encode(first[:2000]).decode()))

    assert recording.status == READY
    assert recording.gaps[0]["from"] == recording.gaps[0]["to"] == 0


def test_a_recording_without_bytes_fails_as_empty(upload, alices):
    recording_id = makers.start_recording(alices)
    makers.post_json(alices, f"/api/v1/recordings/{recording_id}/seal", {"chunk_count": 0})

    recording = assembled(Recording.objects.get(pk=recording_id))

    assert recording.status == FAILED
    assert "empty" in recording.failure


def test_bytes_that_are_no_video_fail_with_a_reason(alices):
    recording_id = makers.start_recording(alices)
    makers.put_chunk(alices, recording_id, 0, b"\x1a\x45\xdf\xa3" + os.urandom(5000))
    makers.post_json(alices, f"/api/v1/recordings/{recording_id}/seal", {"chunk_count": 1})

    recording = assembled(Recording.objects.get(pk=recording_id))

    assert recording.status == FAILED
    assert len(recording.failure) > 10
    assert videos() == []


def test_a_chunk_whose_object_is_gone_is_a_hole(upload):
    recording = upload()
    get_store().delete(recording.chunks.get(number=4).file.name)

    recording = assembled(recording)

    assert (recording.status, recording.gaps[0]["from"]) == (READY, 4)


def test_an_empty_last_chunk_is_no_hole(upload):
    series = next(name for name in media.SERIES if not media.chunks_of(name)[-1])

    assert assembled(upload(series)).gaps == []


def test_a_late_chunk_during_assembly_wins_and_the_file_made_is_removed(upload, monkeypatch):
    recording = upload()

    def keep_then_lose(self, key, path):
        original(self, key, path)
        Recording.objects.get(pk=recording.pk).seal_again()

    original = LocalStore.keep_file
    monkeypatch.setattr(LocalStore, "keep_file", keep_then_lose)

    assert assembly.assemble(recording.pk) is False

    recording.refresh_from_db()
    assert (recording.status, recording.revision, recording.video.name) == (SEALED, 1, "")
    assert videos() == []


def test_a_twin_that_lost_its_lease_removes_only_its_own_file(upload, monkeypatch):
    recording = upload()

    def keep_while_a_twin_finishes(self, key, path):
        original(self, key, path)
        monkeypatch.setattr(LocalStore, "keep_file", original)
        Recording.objects.filter(pk=recording.pk).update(lease_until="2026-01-01T00:00Z")
        assert assembly.assemble(recording.pk) is True

    original = LocalStore.keep_file
    monkeypatch.setattr(LocalStore, "keep_file", keep_while_a_twin_finishes)

    assert assembly.assemble(recording.pk) is False

    recording.refresh_from_db()
    assert recording.status == READY
    assert videos() == [recording.video.name]


def test_a_recording_deleted_during_assembly_leaves_nothing(upload, alices, monkeypatch):
    recording = upload()

    def keep_after_deletion(self, key, path):
        alices.delete(f"/api/v1/recordings/{recording.pk}")
        get_store().delete_prefix(recording.key_prefix)
        original(self, key, path)

    original = LocalStore.keep_file
    monkeypatch.setattr(LocalStore, "keep_file", keep_after_deletion)

    assert assembly.assemble(recording.pk) is False
    assert makers.objects() == []


@pytest.mark.parametrize("error", [StoreError("no answer"), StoreFull("no room"), OSError(28, "No space left")])
def test_trouble_that_may_pass_gives_the_recording_back(upload, monkeypatch, error):
    def fail(*arguments):
        raise error

    recording = upload()
    monkeypatch.setattr(LocalStore, "keep_file", fail)

    assert assembly.assemble(recording.pk) is False

    recording.refresh_from_db()
    assert (recording.status, recording.attempts) == (SEALED, 1)
    assert "failed" in recording.last_error
    assert Recording.claim(recording.pk, assembly.silent_since()) is None  # it rests first
    Recording.objects.filter(pk=recording.pk).update(lease_until=timezone.now())
    assert Recording.claim(recording.pk, assembly.silent_since())
    assert not [key for key in makers.objects() if ".incoming" in key]


def test_a_lost_lease_stops_the_work_early(upload, monkeypatch):
    recording = Recording.claim(upload().pk, assembly.silent_since())
    monkeypatch.setattr(renewal, "RENEWALS_PER_LEASE", 10_000)
    Recording.objects.filter(pk=recording.pk).update(attempts=2)
    monkeypatch.setattr(Recording, "extend_lease", lambda self: False)

    with renewal.lease_renewed(recording, leases.RECORDING_LEASE) as lost:
        assert lost.wait(5)
        with pytest.raises(renewal.LeaseLost):
            list(assembly._Pieces(recording, lost))


def test_chunks_are_read_a_thousand_rows_at_a_time(upload, monkeypatch):
    monkeypatch.setattr(assembly, "ROWS_AT_A_TIME", 3)

    assert assembled(upload()).gaps == []


# Posters -------------------------------------------------------------------------------------------


def test_a_ready_video_gets_a_poster_once(upload):
    recording = assembled(upload())

    assembly.ensure_poster(recording.pk)
    recording.refresh_from_db()
    first = recording.poster.name
    assembly.ensure_poster(recording.pk)

    recording.refresh_from_db()
    assert recording.poster.name == first
    assert Path(get_store().local_path(first)).read_bytes().startswith(b"\xff\xd8")
    assert [key for key in makers.objects() if "/poster/" in key] == [first]


def test_a_new_video_gets_a_new_poster(upload):
    recording = assembled(upload())
    assembly.ensure_poster(recording.pk)
    recording.refresh_from_db()
    before = recording.poster.name
    recording.seal_again()
    Recording.objects.update(last_chunk_at="2026-01-01T00:00Z")

    recording = assembled(recording)
    assert recording.poster.name == ""
    assembly.ensure_poster(recording.pk)

    recording.refresh_from_db()
    assert [key for key in makers.objects() if "/poster/" in key] == [recording.poster.name] != [before]


def test_sound_alone_needs_no_poster(upload):
    recording = assembled(upload("webm_audio_opus"))

    assembly.ensure_poster(recording.pk)

    recording.refresh_from_db()
    assert (recording.status, recording.video_content_type, recording.poster.name) == (READY, "audio/webm", "")


def test_a_recording_that_is_gone_is_no_trouble():
    assert assembly.assemble(UUID(int=1)) is False
    assembly.ensure_poster(UUID(int=1))
