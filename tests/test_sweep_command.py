"""`./dev manage sweep`: what beat does, once, by hand."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from kombu.exceptions import OperationalError

from capture.models import CaptureSession, Frame
from capture.tasks import process_frames
from recordings.models import Recording
from tests.makers import image, put_frame, start_capture, start_recording

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = timedelta(hours=1)


@pytest.fixture
def forgotten(alices) -> None:
    """A capture session and a recording whose pages are gone, and a frame that the broker forgot."""
    capture = start_capture(alices)
    put_frame(alices, capture, 0, image())
    start_recording(alices)
    then = timezone.now() - LONG_AGO
    Frame.objects.update(status="stored", thumbnail="", received_at=then)
    CaptureSession.objects.update(alive_at=then, ready_count=0)
    Recording.objects.update(alive_at=then)


def test_it_closes_seals_and_offers_again(forgotten):
    call_command("sweep")
    assert Frame.objects.get().status == "ready"
    assert (CaptureSession.objects.get().status, CaptureSession.objects.get().end_reason) == ("closed", "abandoned")
    assert Recording.objects.get().status == "failed"  # no chunk ever came


def test_a_broker_that_is_down_is_one_sentence(forgotten, monkeypatch):
    def refuse(*args):
        raise OperationalError("Connection refused")

    monkeypatch.setattr(process_frames, "delay", refuse)
    with pytest.raises(CommandError, match="broker does not answer"):
        call_command("sweep")
