"""What the rows of capture hold in the store (see `cam2bytes.lib.holdings.Room`)."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from cam2bytes.lib.holdings import Holding, in_pages
from capture.models import CaptureSession, Frame

PREFIX = "captures/"
RUN = "capture session"
MODEL = CaptureSession


def holdings(run_id: UUID) -> Iterator[Holding]:
    frames = Frame.objects.filter(capture_id=run_id)
    facts = in_pages(frames, "number", "pk", "image", "size_bytes", "sha256", "thumbnail")
    for number, pk, image, size_bytes, sha256, thumbnail in facts:
        if image:  # of a frame that was lost nothing is left but the row that says so
            yield Holding(pk, "image", image, f"frame {number}", size_bytes, sha256)
        if thumbnail:
            yield Holding(pk, "thumbnail", thumbnail, f"thumbnail of frame {number}")


def still_holds(holding: Holding) -> bool:
    return Frame.objects.filter(pk=holding.pk, **{holding.field: holding.key}).exists()


def give_up(run_id: UUID, holding: Holding, reason: str) -> str:
    frame = Frame.objects.filter(pk=holding.pk, **{holding.field: holding.key}).first()
    if frame is None:
        return "deleted meanwhile"
    if holding.field == "thumbnail":
        frame.detach_thumbnail()
        return "will be made again"
    with transaction.atomic():
        frame.mark_lost(reason)
    return "frame rejected"
