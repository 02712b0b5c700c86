"""`manage.py checkmedia`: what the rows say against what the store holds, on disk and in a bucket."""

import json
import os
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cam2bytes import tasks
from cam2bytes.accounts import storemark
from cam2bytes.accounts.models import StoreMark
from cam2bytes.lib import keys
from cam2bytes.lib.store import get_store
from capture.models import CaptureSession, Frame
from recordings.models import Chunk, Recording
from tests import makers, media

pytestmark = pytest.mark.django_db(transaction=True)

SERIES = "webm_vp9_opus_640"


@pytest.fixture
def capture(alices) -> CaptureSession:
    """Three frames, processed."""
    capture_id = makers.start_capture(alices)
    for number, colour in enumerate(("red", "green", "blue")):
        makers.put_frame(alices, capture_id, number, makers.image(colour))
    return CaptureSession.objects.get()


@pytest.fixture
def recording(alices) -> Recording:
    """A whole series, assembled, with its poster."""
    recording_id = makers.start_recording(alices, media.manifest_of(SERIES)["mime"])
    chunks = media.chunks_of(SERIES)
    for number, data in enumerate(chunks):
        makers.put_chunk(alices, recording_id, number, data)
    makers.post_json(alices, f"/api/v1/recordings/{recording_id}/seal", {"chunk_count": len(chunks)})
    recording = Recording.objects.get()
    assert (recording.status, bool(recording.poster)) == ("ready", True)
    return recording


def check(capsys, *arguments: str) -> tuple[int, list[dict], dict]:
    """(exit code, findings, summary) of the command."""
    code = 0
    try:
        call_command("checkmedia", "--json", "--older-than", "0", *arguments)
    except SystemExit as leaving:
        code = leaving.code
    *findings, summary = map(json.loads, capsys.readouterr().out.splitlines())
    return code, findings, summary


def kinds(findings: list[dict]) -> list[tuple[str, str]]:
    return sorted((finding["kind"], finding["what"].split(" of ")[0]) for finding in findings)


def overwrite(key: str, data: bytes) -> None:
    """As a disk that rots, or somebody with a shell, would."""
    get_store().delete(key)
    get_store().keep(key, data)


def test_all_is_well(capsys, capture, recording):
    code, findings, summary = check(capsys, "--level", "digest")
    assert (code, findings) == (0, [])
    assert summary["runs"] == {"capture session": 1, "recording": 1}
    assert summary["objects"] == len(makers.objects())


def test_it_says_so_to_a_person(capsys, capture):
    get_store().delete(Frame.objects.get(number=1).image.name)
    with pytest.raises(SystemExit):
        call_command("checkmedia")
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("missing  captures/") and f"(frame 1 of capture session {capture.pk})" in first
    assert last.startswith("1 capture session, 0 recordings, 5 objects") and "1 found, 1 of them lost." in last


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("presence", [("missing", "frame 0")]),
        ("size", [("missing", "frame 0"), ("size", "frame 1")]),
        ("digest", [("digest", "frame 2"), ("missing", "frame 0"), ("size", "frame 1")]),
    ],
)
def test_levels(capsys, capture, level, expected):
    gone, short, flipped = Frame.objects.order_by("number")
    get_store().delete(gone.image.name)
    overwrite(short.image.name, b"short")
    data = bytearray(get_store().read(flipped.image.name))
    data[-1] ^= 1
    overwrite(flipped.image.name, bytes(data))
    code, findings, summary = check(capsys, "--level", level)
    assert (code, kinds(findings), summary["losses"]) == (1, expected, len(expected))
    assert check(capsys, "--level", level)[1] == findings, "looking changes nothing"


def test_a_lost_frame_is_rejected_with_a_reason_and_counted(capsys, capture, alices):
    get_store().delete(Frame.objects.get(number=1).image.name)
    assert check(capsys, "--repair")[0] == 1
    frame = Frame.objects.get(number=1)
    assert (frame.status, frame.reason) == ("rejected", "The file is missing from the store.")
    capture.refresh_from_db()
    assert (capture.frame_count, capture.ready_count, capture.rejected_count) == (3, 2, 1)
    assert alices.get(f"/api/v1/captures/{capture.pk}/frames/1/image").status_code == 404
    assert alices.get(f"/captures/{capture.pk}/").status_code == 200
    code, findings, _ = check(capsys)
    assert (code, findings) == (0, [])


def test_damaged_bytes_are_kept_in_lost_and_found(capsys, capture):
    frame = Frame.objects.get(number=1)
    key = frame.image.name
    overwrite(key, b"damaged")
    check(capsys, "--repair")
    assert check(capsys, "--repair")[1][0]["kind"] == "orphan"
    assert get_store().read(f"lost+found/{key}") == b"damaged"
    assert check(capsys)[0] == 0


def test_a_lost_thumbnail_is_made_again(capsys, capture):
    get_store().delete(Frame.objects.get(number=1).thumbnail.name)
    _, findings, _ = check(capsys, "--repair")
    assert [finding["done"] for finding in findings] == ["will be made again"]
    Frame.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    call_command("sweep")
    assert get_store().exists(Frame.objects.get(number=1).thumbnail.name)
    assert check(capsys)[0] == 0


def test_a_lost_chunk_is_a_hole_that_its_browser_may_fill(capsys, recording, alices):
    get_store().delete(Chunk.objects.get(number=2).file.name)
    video = recording.video.name
    assert check(capsys, "--repair")[0] == 1
    recording.refresh_from_db()
    assert (recording.missing_ranges(), recording.video.name) == ([[2, 2]], video), "the finished video stays"
    assert check(capsys)[0] == 0
    assert makers.put_chunk(alices, recording.pk, 2, media.chunks_of(SERIES)[2]).status_code == 201
    recording.refresh_from_db()
    assert recording.missing_ranges() == []


def test_a_lost_last_chunk_is_missing_too(capsys, recording):
    last = recording.highest_number
    get_store().delete(Chunk.objects.get(number=last).file.name)
    check(capsys, "--repair")
    recording.refresh_from_db()
    assert (recording.missing_ranges(), recording.highest_number) == ([[last, last]], last - 1)


@pytest.mark.parametrize("lost", ["video", "poster"])
def test_what_was_made_is_made_again(capsys, recording, lost):
    get_store().delete(getattr(recording, lost).name)
    check(capsys, "--repair")
    Recording.objects.update(ready_at=timezone.now() - timedelta(days=3), last_chunk_at=None)
    call_command("sweep")
    recording.refresh_from_db()
    assert recording.status == "ready"
    assert get_store().exists(recording.video.name) and get_store().exists(recording.poster.name)
    assert check(capsys)[0] == 0


def test_objects_without_a_row_go_to_lost_and_found(capsys, capture, recording):
    strays = [
        keys.frame_key(capture.pk, 7, "0" * 64, "image/jpeg"),
        keys.chunk_key(recording.pk, 7, "0" * 64),
        keys.frame_key(CaptureSession().pk, 0, "0" * 64, "image/png"),  # of a capture session that never was
    ]
    for key in strays:
        get_store().keep(key, b"stray")
    quarantined = keys.quarantine_key(capture.key_prefix, 0, "1" * 64)
    get_store().keep(quarantined, b"refused")
    code, findings, _ = check(capsys)
    assert (code, sorted(finding["key"] for finding in findings)) == (1, sorted(strays))

    assert check(capsys, "--repair", "--older-than", "3600")[0] == 0, "young ones may belong to an upload under way"
    check(capsys, "--repair")
    assert all(get_store().read(f"lost+found/{key}") == b"stray" for key in strays)
    assert get_store().exists(quarantined)
    assert check(capsys)[0] == 0


def test_nothing_of_what_was_deleted_stays(capsys, capture, alices):
    stray = keys.frame_key(capture.pk, 7, "0" * 64, "image/jpeg")
    get_store().keep(stray, b"canary")
    check(capsys, "--repair")
    assert get_store().exists(f"lost+found/{stray}")
    assert alices.delete(f"/api/v1/captures/{capture.pk}").status_code == 204
    assert makers.objects() == []

    get_store().keep(stray, b"canary")  # an upload that died between its object and its row
    assert kinds(check(capsys)[1]) == [("leftover", "of something deleted")]
    check(capsys, "--repair")
    assert makers.objects() == []


def test_a_deleted_frame_takes_its_quarantine_along(capture, alices):
    makers.put_frame(alices, capture.pk, 1, makers.image("yellow"))
    assert any("/quarantine/" in key for key in makers.objects())
    assert alices.delete(f"/api/v1/captures/{capture.pk}/frames/1").status_code == 204
    assert [key for key in makers.objects() if "/000000001-" in key] == []
    assert len(makers.objects()) == 4


def test_the_store_of_another_database_is_not_touched(capsys, capture):
    StoreMark.objects.update(mark="00000000-0000-0000-0000-000000000001")
    before = makers.objects()
    with pytest.raises(CommandError, match="--adopt") as refused:
        check(capsys, "--repair")
    assert refused.value.returncode == 2
    tasks.check_all()
    assert makers.objects() == before
    assert check(capsys, "--adopt")[0] == 0
    storemark.require_own_store()


# By itself ---------------------------------------------------------------------------------------


def make_old(key: str) -> None:
    os.utime(get_store().local_path(key), (0, 0))


def test_the_hourly_look_tidies_what_was_touched_lately(capture, caplog):
    stray = keys.frame_key(capture.pk, 7, "0" * 64, "image/jpeg")
    get_store().keep(stray, b"stray")
    make_old(stray)
    get_store().delete(Frame.objects.get(number=1).image.name)
    tasks.check_recent()
    assert get_store().exists(f"lost+found/{stray}")
    assert Frame.objects.get(number=1).status == "ready", "rows are mended by a person"
    assert "missing: captures/" in caplog.text

    CaptureSession.objects.update(alive_at=timezone.now() - timedelta(hours=5))
    again = keys.frame_key(capture.pk, 8, "0" * 64, "image/jpeg")
    get_store().keep(again, b"stray")
    make_old(again)
    tasks.check_recent()
    assert get_store().exists(again), "everything was looked at a moment ago"
    StoreMark.objects.update(checked_at=timezone.now() - timedelta(hours=25))
    tasks.check_recent()
    assert get_store().exists(f"lost+found/{again}")


def test_the_daily_look_goes_on_where_its_slice_ended(capture, recording, monkeypatch):
    strays = [keys.frame_key(capture.pk, 7, "0" * 64, "image/jpeg"), keys.chunk_key(recording.pk, 7, "0" * 64)]
    strays.append(".incoming/half-written")
    for key in strays:
        get_store().keep(key, b"stray")
        make_old(key)
    monkeypatch.setattr(tasks, "SLICE_SECONDS", -1)  # every look is a slice of its own
    tasks.check_all()
    assert sorted(key for key in makers.objects() if key.startswith("lost+found/")) == sorted(
        f"lost+found/{key}" for key in strays
    )


def test_lost_and_found_is_emptied_after_a_week(capture):
    get_store().keep("lost+found/captures/old", b"old")
    get_store().keep("lost+found/captures/young", b"young")
    make_old("lost+found/captures/old")
    tasks.check_all()
    assert [key for key in makers.objects() if key.startswith("lost+found/")] == ["lost+found/captures/young"]
