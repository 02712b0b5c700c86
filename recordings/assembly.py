"""The worker's side of a recording: chunks in order become one playable file, then its poster.

The claim commits the attempt before a byte is read. What is made goes under a key of its own, and becomes
the recording's video only if this attempt of this revision still holds the recording: a late chunk, a twin
or a deletion that came in between wins, and the file made here is removed again.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from uuid import UUID

from cam2bytes.lib import keys, leases
from cam2bytes.lib.renewal import LeaseLost, lease_renewed
from cam2bytes.lib.runs import BLOCK_BYTES
from cam2bytes.lib.store import ObjectMissing, StoreError, get_store
from cam2bytes.lib.video import BadVideo, VideoFacts, make_poster, remux
from recordings.models import Recording, silent_since

log = logging.getLogger(__name__)

ROWS_AT_A_TIME = 1000  # no cursor stays open while a long recording is read


def assemble(recording_id: UUID) -> bool:
    """Bring one sealed recording to ready or failed; whether a new video is ready now.

    Doing it twice is fine: who finds nothing to claim leaves. Trouble that may pass (the store, the disk)
    gives the recording back, to be tried again.
    """
    recording = Recording.claim(recording_id, silent_since())
    if recording is None:
        return False
    try:
        key, facts = _make_video(recording)
    except BadVideo as bad:
        recording.mark_failed(str(bad))
    except LeaseLost:
        log.info("recording %s: another attempt goes on", recording_id)
    except StoreError as error:
        recording.release(f"the store failed: {error}")
    except OSError as error:
        recording.release(f"the disk failed: {error.strerror}")
    else:
        return _publish(recording, key, facts)
    return False


def ensure_poster(recording_id: UUID) -> None:
    """Make the picture of a ready video that has none yet. The attempt is committed before a byte is decoded."""
    recording = Recording.claim_poster(recording_id)
    if recording is None:
        return
    store = get_store()
    try:
        with store.open(recording.video.name) as file:
            poster = make_poster(file)
        key = keys.poster_key(recording.pk, recording.revision)
        store.keep(key, poster)
    except (BadVideo, StoreError) as error:
        recording.release_poster(f"no poster: {error}")
        return
    if not recording.attach_poster(key):
        store.delete(key)  # a twin was faster, or there is another video by now


def _make_video(recording: Recording) -> tuple[str, VideoFacts]:
    """Write and keep the file; its key and its facts."""
    if not recording.received_count:
        raise BadVideo("it is empty, no bytes came")
    store = get_store()
    temp = store.temp_path()
    try:
        with lease_renewed(recording, leases.RECORDING_LEASE) as lost:
            facts = remux(
                _Pieces(recording, lost),
                temp,
                header=bytes(recording.header or b""),
                chunk_count=recording.chunk_count,
                expected_seconds=(recording.chunk_count or 0) * (recording.timeslice_ms or 0) / 1000,
            )
            key = keys.video_key(recording.pk, recording.revision, facts.content_type)
            store.keep_file(key, temp)
        return key, facts
    finally:
        temp.unlink(missing_ok=True)


class _Pieces:
    """(number, block of bytes) of every chunk held, in order, as often as it is gone through. A chunk whose object is
    gone becomes a hole."""

    def __init__(self, recording: Recording, lost: threading.Event):
        self._recording = recording
        self._lost = lost

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        store = get_store()
        for number, key in self._rows():
            if self._lost.is_set():
                raise LeaseLost
            try:
                with store.open(key) as file:
                    while block := file.read(BLOCK_BYTES):
                        yield number, block
                yield number, b""  # an empty chunk is held too
            except ObjectMissing:
                log.error("recording %s: the object of chunk %d is missing", self._recording.pk, number)

    def _rows(self) -> Iterator[tuple[int, str]]:
        after = -1
        chunks = self._recording.chunks.order_by("number").values_list("number", "file")
        while rows := list(chunks.filter(number__gt=after)[:ROWS_AT_A_TIME]):
            yield from rows
            after = rows[-1][0]


def _publish(recording: Recording, key: str, facts: VideoFacts) -> bool:
    """Make the file under `key` the recording's video, if the recording is still ours; whether it was."""
    picture_size = {"width": facts.width, "height": facts.height} if facts.width else {}
    won = recording.mark_ready(
        video=key,
        video_content_type=facts.content_type,
        video_size_bytes=facts.size_bytes,
        poster="",
        duration_ms=facts.duration_ms,
        video_codec=facts.video_codec or "",
        audio_codec=facts.audio_codec or "",
        gaps=facts.gaps,
        rhythm=facts.rhythm,
        frame_count=facts.frame_count,
        **picture_size,
    )
    replaced = [recording.video.name, recording.poster.name] if won else [key]
    for name in filter(None, replaced):
        with contextlib.suppress(StoreError):  # the sweep finds what stays behind
            get_store().delete(name)
    return won
