"""What happens to a recording and its chunks on the way in: start, keep, seal, delete.

A chunk is kept in this order: digest, object durable in the store, row committed, receipt. The seal says
how many chunks there are; the worker is told when the recording can be assembled.
"""

from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cam2bytes.accounts import tombstones
from cam2bytes.accounts.storemark import require_own_store
from cam2bytes.lib import keeping, keys, quarantine
from cam2bytes.lib.containers import can_begin, header_of
from cam2bytes.lib.digests import sha256_hex
from cam2bytes.lib.problems import Problem
from cam2bytes.lib.receipts import Receipt
from cam2bytes.lib.room import require_room
from cam2bytes.lib.starting import start_once
from cam2bytes.lib.store import StoreError, get_store
from recordings import tasks
from recordings.models import Chunk, Recording
from recordings.schemas import ACCEPTED, MAX_HEADER_BYTES, IncomingChunk, RecordingIn, SealIn, media_type

HEADER_CHUNKS = 4
"""A header that is not whole in the first chunk is sought in so many."""


def start_recording(owner, values: RecordingIn, token=None, user_agent: str = "") -> tuple[Recording, bool]:
    """(the recording, whether it is new); starting again with the same client_id finds the first.

    `continues` must be a recording of the same owner: Problem 422 otherwise.
    """
    if media_type(values.content_type) not in ACCEPTED:
        raise Problem("unsupported-type", f"A recording is one of {', '.join(ACCEPTED)}.")
    facts = values.dict()
    continues = facts.pop("continues")
    if continues and not Recording.objects.filter(pk=continues, owner=owner).exists():
        raise Problem("invalid", "There is no recording of yours that this one could continue.")
    require_room(running=False)
    return start_once(Recording, owner, token, {**facts, "continues_id": continues, "user_agent": user_agent})


def receive_chunk(recording: Recording, incoming: IncomingChunk) -> Receipt:
    """Keep one chunk; Problem when it is refused, StoreError when the store cannot keep it."""
    number, data = incoming.number, incoming.data
    sha256 = sha256_hex(data)
    if incoming.sha256 and incoming.sha256 != sha256:
        raise Problem("digest-mismatch")
    if len(data) > settings.CAM2BYTES_MAX_CHUNK_BYTES:
        raise Problem("too-large", f"A chunk may hold at most {settings.CAM2BYTES_MAX_CHUNK_BYTES} bytes.")
    if _may_be_held(recording, number) and (receipt := _kept_before(recording, incoming, sha256)):
        return receipt
    _refuse_beyond_seal(recording, number)
    if number == 0 and not can_begin(data):
        raise Problem("unsupported-type", "The first chunk is not the beginning of WebM, Matroska, MP4 or Ogg.")
    require_own_store()
    require_room(running=True)
    if _keep(recording, incoming, sha256):
        return Receipt(number, len(data), sha256, 201)
    return _kept_before(recording, incoming, sha256)


def _kept_before(recording: Recording, incoming: IncomingChunk, sha256: str) -> Receipt | None:
    """The receipt of a chunk that is held already; other bytes under its number go to quarantine, 409."""
    held = recording.chunks.filter(number=incoming.number).values_list("sha256", flat=True).first()
    if held is None:
        return None
    if held != sha256:
        quarantine.set_aside(recording.key_prefix, incoming.number, sha256, incoming.data)
        raise Problem("number-conflict")
    return Receipt(incoming.number, len(incoming.data), sha256, 200)


def _may_be_held(row: Recording, number: int) -> bool:
    """Most chunks come in order, and nobody need look whether they came before."""
    return row.highest_number is not None and number <= row.highest_number


def _keep(recording: Recording, incoming: IncomingChunk, sha256: str) -> bool:
    """Object, row, hint; False when somebody else won the number."""
    chunk = Chunk(
        recording=recording,
        number=incoming.number,
        file=keys.chunk_key(recording.pk, incoming.number, sha256),
        size_bytes=len(incoming.data),
        sha256=sha256,
        waited_ms=incoming.waited_ms,
    )
    objects = [(chunk.file.name, incoming.data)]
    won = keeping.keep(keeping.Upload(recording.pk, objects, commit=lambda: _insert(chunk, incoming.data)))
    if won and chunk.recording.status != Recording.Status.OPEN:
        transaction.on_commit(lambda: tasks.enqueue_assembly([recording.pk]), robust=True)
    return bool(won)


def _refuse_beyond_seal(recording: Recording, number: int) -> None:
    if recording.sealed_by == Recording.SealedBy.CLIENT and number >= recording.chunk_count:
        raise Problem("sealed")


def _insert(chunk: Chunk, data: bytes) -> set[str]:
    """The row, the counts and the header; the chunk's key, or nothing when the number was taken."""
    # Writers of one recording wait for each other here, so the number seen free stays free.
    row = Recording.for_keeping().select_for_update().filter(pk=chunk.recording_id).first()
    if row is None:
        raise Problem("deleted")
    _refuse_beyond_seal(row, chunk.number)
    if _may_be_held(row, chunk.number) and row.chunks.filter(number=chunk.number).exists():
        return set()
    chunk.recording = row
    chunk.save(force_insert=True)
    row.count_kept(chunk.number, chunk.size_bytes)
    if chunk.number < HEADER_CHUNKS:
        _note_header(row, chunk.number, data)
    return {chunk.file.name}


def _note_header(row: Recording, number: int, data: bytes) -> None:
    """The header, as soon as the first chunks that are held have all of it; most have it in chunk 0."""
    header = header_of(data, MAX_HEADER_BYTES) if number == 0 else b""
    if not header and not row.header:
        header = header_of(_first_bytes(row), MAX_HEADER_BYTES)
    if header:
        Recording.objects.filter(pk=row.pk).update(header=header)


def _first_bytes(row: Recording) -> bytes:
    """The first chunks up to the first that is missing, joined; b"" where the store cannot be read now: what is held
    then has no saved header, and needs none as long as its first chunks are there."""
    first = row.chunks.filter(number__lt=HEADER_CHUNKS).order_by("number").values_list("number", "file")
    keys_of = [key for place, (number, key) in enumerate(first) if number == place]
    try:
        return b"".join(map(get_store().read, keys_of))
    except StoreError:
        return b""


def note_alive(recording: Recording, state: str, waiting_count: int | None, events: list | None = None) -> Recording:
    """A sign of life; a sealed recording whose page says that nothing waits can be assembled at once."""
    recording.note_alive(state, waiting_count)
    recording.note_events(events)
    recording.refresh_from_db()
    if recording.status == Recording.Status.SEALED and waiting_count == 0:
        transaction.on_commit(lambda: tasks.enqueue_assembly([recording.pk]), robust=True)
    return recording


def seal(recording: Recording, values: SealIn) -> Recording:
    """State how many chunks there are. The same count again changes nothing; another is Problem 409,
    unless it was the sweep that had sealed."""
    with transaction.atomic():
        row = Recording.objects.select_for_update().filter(pk=recording.pk).first()
        if row is None:
            raise Problem("deleted")
        row.reopen_abandoned()
        row.refresh_from_db()
        if row.highest_number is not None and values.chunk_count <= row.highest_number:
            raise Problem("seal-conflict", "More chunks than that are held.")
        if row.chunk_count is not None and row.chunk_count != values.chunk_count:
            raise Problem("seal-conflict")
        if values.header and not row.header:
            Recording.objects.filter(pk=row.pk).update(header=header_of(values.header_bytes(), MAX_HEADER_BYTES))
        row.note_events(values.event_list())
        row.seal(values.chunk_count, values.end_reason, by=Recording.SealedBy.CLIENT)
        Recording.objects.filter(pk=row.pk).update(alive_at=timezone.now())
        transaction.on_commit(lambda: tasks.enqueue_assembly([row.pk]), robust=True)
    recording.refresh_from_db()
    return recording


def ask_for_live_posters(recordings: Iterable[Recording]) -> None:
    """Somebody looks at these: those that run get a new picture, at most every few seconds."""
    wanted = [recording.pk for recording in recordings]
    due = list(Recording.due_for_live_poster().filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else []
    if due:
        Recording.objects.filter(pk__in=due).update(live_poster_at=timezone.now())
    for recording_id in due:
        transaction.on_commit(partial(tasks.enqueue_live_poster, recording_id), robust=True)


# Afterwards --------------------------------------------------------------------------------------


def assemble_again(recording: Recording) -> bool:
    """ready, failed -> sealed, and the worker told; whether anything changed."""
    with transaction.atomic():
        changed = recording.seal_again()
        if changed:
            transaction.on_commit(lambda: tasks.enqueue_assembly([recording.pk]), robust=True)
    return changed


def delete_recording(recording: Recording) -> None:
    """Rows go now, objects right after the commit; a tombstone stays, so that late uploads get 410."""
    with transaction.atomic():
        tombstone = tombstones.bury("recording", recording.pk, recording.owner, prefix=recording.key_prefix)
        chunks = Chunk.objects.filter(recording_id=recording.pk)
        chunks._raw_delete(chunks.db)
        Recording.objects.filter(pk=recording.pk).delete()
        transaction.on_commit(lambda: tasks.enqueue_purge(tombstone), robust=True)
