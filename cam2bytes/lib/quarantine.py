"""Quarantine: bytes that came under a number that holds others. Nobody is told they are kept, and they are."""

from cam2bytes.lib import keys
from cam2bytes.lib.room import require_room
from cam2bytes.lib.store import get_store


def set_aside(prefix: str, number: int, sha256: str, data: bytes) -> None:
    """Keep refused bytes of the capture session or recording whose objects lie below `prefix`; once, however often
    they are sent. Problem 507 where there is no room."""
    store = get_store()
    if next(store.objects(keys.quarantine_start(prefix, number, sha256)), None) is None:
        require_room(running=True)
        store.keep(keys.quarantine_key(prefix, number, sha256), data)
