"""The picture of a recording that runs, for lists: its latest key frame, made again while somebody looks.

It is the recording's `poster` until the video is ready and gets one of its own. A worker makes it, because it
decodes what strangers sent.
"""

import contextlib
import logging
from uuid import UUID

from cam2bytes.lib import keys
from cam2bytes.lib.containers import BadVideo, container_of
from cam2bytes.lib.store import StoreError, get_store
from cam2bytes.lib.video import make_live_poster
from recordings.models import Recording

log = logging.getLogger(__name__)

FURTHEST_BACK = 24
"""Chunks to look through for a key frame: twelve seconds of the Studio's."""


def make_poster(recording_id: UUID) -> None:
    """Nothing comes of it where no key frame is found, or the recording does not run any more."""
    recording = Recording.objects.filter(pk=recording_id, status=Recording.Status.OPEN).first()
    if recording is None or not recording.header:
        return
    try:
        poster = _latest_picture(recording)
    except (BadVideo, StoreError) as error:
        log.info("recording %s: no live poster, %s", recording_id, error)
        return
    if poster:
        _attach(recording, poster)


def _latest_picture(recording: Recording) -> bytes | None:
    """From the newest chunk backwards, until a key frame is whole."""
    header, store, data = bytes(recording.header), get_store(), b""
    container = container_of(header)
    newest_first = recording.chunks.order_by("-number").values_list("number", "file")[:FURTHEST_BACK]
    expected = None
    for number, key in newest_first:
        if expected not in (None, number):
            return None  # a hole: what lies before it is older than what the next look will find
        data, expected = store.read(key) + data, number - 1
        found = container.find_entry(data, at_hole=False)
        if found and (poster := make_live_poster(header + data[found[0] :])):
            return poster
    return None


def _attach(recording: Recording, poster: bytes) -> None:
    store = get_store()
    key = keys.poster_key(recording.pk, recording.revision)
    store.keep(key, poster)
    replaced = recording.poster.name if recording.attach_live_poster(key) else key
    if replaced:
        with contextlib.suppress(StoreError):  # the sweep finds what stays behind
            store.delete(replaced)
