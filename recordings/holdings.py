"""What the rows of recordings hold in the store (see `cam2bytes.lib.holdings.Room`)."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from cam2bytes.lib.holdings import Holding, in_pages
from recordings.models import Chunk, Recording

PREFIX = "recordings/"
RUN = "recording"
MODEL = Recording


def holdings(run_id: UUID) -> Iterator[Holding]:
    chunks = in_pages(Chunk.objects.filter(recording_id=run_id), "number", "pk", "file", "size_bytes", "sha256")
    for number, pk, file, size_bytes, sha256 in chunks:
        yield Holding(pk, "file", file, f"chunk {number}", size_bytes, sha256)
    for video, size_bytes, poster in Recording.objects.filter(pk=run_id).values_list(
        "video", "video_size_bytes", "poster"
    ):
        if video:
            yield Holding(run_id, "video", video, "video", size_bytes)
        if poster:
            yield Holding(run_id, "poster", poster, "poster")


def still_holds(holding: Holding) -> bool:
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
        if holding.field == "poster":
            recording.detach_poster()
        else:
            recording.lose_video()
    return "will be made again"
