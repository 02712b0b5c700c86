"""Running the frame processors on one frame: what each measures, or why it does not, is kept on the frame's row."""

from datetime import timedelta

from django.conf import settings

from cam2bytes.lib import hostedprocessors
from cam2bytes.lib.frameprocessors import FrameFacts
from cam2bytes.lib.store import StoreError, get_store
from capture.models import CaptureSession, Frame

SLACK = timedelta(seconds=60)  # for reading, and for a host to start


def ensure_processed(frame_id: int) -> None:
    """Let every processor that is named run once on a frame that is to be processed.

    Doing it twice is fine: who finds nothing to claim leaves. What one processor does to its process harms neither
    the frame nor the others.
    """
    names = settings.CAM2BYTES_FRAME_PROCESSORS
    frame = Frame.claim_processing(frame_id, SLACK + len(names) * timedelta(seconds=_limit()))
    if frame is None:
        return
    try:
        image, previous = get_store().read(frame.image.name), _previous(frame)
        before = previous and get_store().read(previous.image.name)
    except StoreError as error:
        frame.release(f"The store could not be read: {error}")
        return
    outcomes = {}
    for name in names:
        earlier = previous and _facts(frame.capture, previous, name, before)
        outcomes[name] = hostedprocessors.ask(name, _facts(frame.capture, frame, name, image, earlier))
    frame.attach_processed(outcomes)


def _limit() -> float:
    return settings.CAM2BYTES_FRAME_PROCESSOR_SECONDS


def _previous(frame: Frame) -> Frame | None:
    """The ready frame with the next lower number, as far as it is here by now."""
    rows = Frame.objects.filter(capture=frame.capture_id, number__lt=frame.number, status=Frame.Status.READY)
    return rows.order_by("-number").first()


def _facts(
    capture: CaptureSession, frame: Frame, name: str, image: bytes, previous: FrameFacts | None = None
) -> FrameFacts:
    same = ("number", "taken_at", "received_at", "sha256", "content_type", "width", "height", "labels", "sharpness",
            "brightness", "perceptual_hash")  # fmt: skip
    return FrameFacts(
        **{name: getattr(frame, name) for name in same},
        capture_id=str(capture.pk),
        capture_name=capture.name,
        capture_labels=capture.labels,
        device_name=capture.device_name,
        external_id=capture.external_id,
        metadata=capture.metadata,
        measures=frame.processed.get(name, {}).get("measures", {}),
        previous=previous,
        image=image,
    )
