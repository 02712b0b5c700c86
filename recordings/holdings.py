"""What the rows of recordings hold in the store (see `cam2bytes.lib.holdings.Room`)."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from cam2bytes.lib.holdings import Holding, in_pages
from recordings.models import Chunk, Derivative, DerivativePart, LivePiece, Recording

PREFIX = "recordings/"
RUN = "recording"
MODEL = Recording
LIVE_PIECE = "live piece"
DERIVED = {"derivative": Derivative, "part": DerivativePart}  # fields of holdings, whose rows have a `file`


def holdings(run_id: UUID) -> Iterator[Holding]:
    chunks = in_pages(Chunk.objects.filter(recording_id=run_id), "number", "pk", "file", "size_bytes", "sha256")
    for number, pk, file, size_bytes, sha256 in chunks:
        yield Holding(pk, "file", file, f"chunk {number}", size_bytes, sha256)
    pieces = in_pages(LivePiece.objects.filter(recording_id=run_id), "number", "pk", "file", "size_bytes")
    for number, pk, file, size_bytes in pieces:
        if file:
            yield Holding(pk, LIVE_PIECE, file, f"live piece {number}", size_bytes)
    yield from _derived(run_id)
    for video, size_bytes, poster in Recording.objects.filter(pk=run_id).values_list(
        "video", "video_size_bytes", "poster"
    ):
        if video:
            yield Holding(run_id, "video", video, "video", size_bytes)
        if poster:
            yield Holding(run_id, "poster", poster, "poster")


def _derived(run_id: UUID) -> Iterator[Holding]:
    """What is made from the video, and the parts of what is being made."""
    made = Derivative.objects.filter(recording_id=run_id).exclude(file="")
    for pk, kind, file, size_bytes in made.values_list("pk", "kind", "file", "size_bytes"):
        yield Holding(pk, "derivative", file, kind, size_bytes)
    parts = DerivativePart.objects.filter(derivative__recording_id=run_id)
    for pk, number, file, size_bytes in in_pages(parts, "pk", "number", "file", "size_bytes"):
        yield Holding(pk, "part", file, f"part {number} of a derivative", size_bytes)


def still_holds(holding: Holding) -> bool:
    if holding.field in DERIVED:
        return DERIVED[holding.field].objects.filter(pk=holding.pk, file=holding.key).exists()
    if holding.field == LIVE_PIECE:
        return LivePiece.objects.filter(pk=holding.pk, file=holding.key).exists()
    model = Chunk if holding.field == "file" else Recording
    return model.objects.filter(pk=holding.pk, **{holding.field: holding.key}).exists()


def give_up(run_id: UUID, holding: Holding, reason: str) -> str:
    """A chunk that is gone becomes a hole with a name, which its browser may still fill; a video that is made
    already stays as it is. Video and poster are made again."""
    with transaction.atomic():
        recording = Recording.objects.select_for_update().filter(pk=run_id).first()
        if recording is None or not still_holds(holding):
            return "deleted meanwhile"
        if holding.field == "file":
            recording.lose_chunk(Chunk.objects.get(pk=holding.pk))
            return "chunk is missing now"
        if holding.field in DERIVED:
            Derivative.of_holding(holding.field, holding.pk).lose(holding.key)
        elif holding.field == LIVE_PIECE:
            LivePiece.objects.filter(pk=holding.pk).delete()
        elif holding.field == "poster":
            recording.detach_poster()
        else:
            recording.lose_video()
    return "will be made again"
