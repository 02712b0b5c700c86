"""A clock that is set, a day forwards or back."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from cam2bytes.accounts.models import Tombstone
from cam2bytes.beat import SteadyScheduler
from cam2bytes.celery import app
from capture.models import CaptureSession, Frame
from recordings.models import Recording, silent_since
from tests import makers, media
from tests.faults import clients


@pytest.fixture
def forgotten(alices, no_hints) -> dict:
    """Work that nobody will do unless a sweep finds it: everything was lost but the rows."""
    capture = makers.start_capture(alices)
    for number in range(2):
        makers.put_frame(alices, capture, number, makers.image())
    Frame.claim(Frame.objects.get(number=1).pk)  # by a worker that has died
    gone, dead, deleted = (makers.start_recording(alices) for _ in range(3))
    for recording in (gone, dead, deleted):
        for number, data in enumerate(media.chunks_of(clients.SERIES)):
            makers.put_chunk(alices, recording, number, data)
    makers.post_json(alices, f"/api/v1/recordings/{dead}/seal", {"chunk_count": len(media.chunks_of(clients.SERIES))})
    Recording.claim(dead, silent_since())
    alices.delete(f"/api/v1/recordings/{deleted}")
    return {"capture": capture, "recordings": [gone, dead]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [-1, 1])
def test_nothing_is_lost_or_waits_for_a_day_when_the_clock_is_set(alices, forgotten, monkeypatch, days):
    real = timezone.now
    monkeypatch.undo()  # hints go through again
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days))
    call_command("sweep")
    call_command("sweep")

    assert set(Frame.objects.exclude(thumbnail="").values_list("number", "status")) == {(0, "ready"), (1, "ready")}
    assert CaptureSession.objects.get().end_reason == "abandoned"
    assert set(Recording.objects.values_list("status", flat=True)) == {"ready"}
    assert not Tombstone.objects.filter(purged_at=None).exists()
    assert all(alices.get(f"/api/v1/recordings/{id}").json()["missing"] == [] for id in forgotten["recordings"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [-1, 1])
def test_a_page_that_is_alive_goes_on_when_the_clock_is_set(alices, monkeypatch, days):
    recording = makers.start_recording(alices)
    chunks, real = media.chunks_of(clients.SERIES), timezone.now
    makers.put_chunk(alices, recording, 0, chunks[0])
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days))
    call_command("sweep")  # before its next word: taken for gone
    for number, data in enumerate(chunks):
        assert makers.put_chunk(alices, recording, number, data).status_code in (200, 201)
    call_command("sweep")
    assert alices.get(f"/api/v1/recordings/{recording}").json()["status"] == "open"
    makers.post_json(alices, f"/api/v1/recordings/{recording}/seal", {"chunk_count": len(chunks)})
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days, seconds=30))
    call_command("sweep")
    assert alices.get(f"/api/v1/recordings/{recording}").json()["status"] == "ready"


class Clock:
    """Wall clock and monotonic clock that stand until they are moved."""

    def __init__(self):
        self.wall, self.steady = 1_800_000_000.0, 1000.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.mark.parametrize("days", [-1, 1])
def test_beat_goes_on_sweeping_when_the_clock_is_set(monkeypatch, days):
    clock, sent = Clock(), Counter()
    monkeypatch.setattr("cam2bytes.beat.time", clock)
    monkeypatch.setattr(app, "now", lambda: datetime.fromtimestamp(clock.wall, UTC))
    scheduler = SteadyScheduler(app=app)
    monkeypatch.setattr(scheduler, "apply_entry", lambda entry, producer=None: sent.update([entry.name]))
    monkeypatch.setattr(SteadyScheduler, "producer", None)

    def a_minute() -> Counter:
        sent.clear()
        until = clock.steady + 60
        while clock.steady < until:
            clock.pass_by(max(0.01, scheduler.tick()))
        return sent

    every = {name for name, entry in settings.CELERY_BEAT_SCHEDULE.items() if entry["schedule"] <= 10}
    assert {name for name, times in a_minute().items() if 5 <= times <= 8} >= every
    clock.wall += days * 86_400
    assert {name for name, times in a_minute().items() if 5 <= times <= 8} >= every
