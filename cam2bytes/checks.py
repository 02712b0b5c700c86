"""System checks that try: they do not ask whether something is supported, they do it.

    ./dev manage check --deploy --database default

runs them with Django's own (`--tag cam2bytes`: them alone). Other commands do not, so that they stay quick.
The samples are those that the API reference offers.
"""

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from cam2bytes.lib import images, video
from cam2bytes.lib.store import get_store

TAG = "cam2bytes"
SAMPLES = settings.BASE_DIR / "static" / "samples"
SAMPLE_SHAPE = (120, 160, 3)
SAMPLE_MS = range(2900, 3100)
INSTALL_AGAIN = "Install the locked requirements again: delete .venv, then ./dev run."
FULL = 2  # PRAGMA synchronous: NORMAL is 1, EXTRA is 3


class WrongResult(Exception):
    """It worked, and something else came out."""


@register(TAG, deploy=True)
def everything_works(app_configs, **kwargs) -> list[CheckMessage]:
    return [
        *attempt(decode_image, "E001", "A JPEG cannot be decoded", INSTALL_AGAIN),
        *attempt(remux_clip, "E002", "A recording cannot be made playable", INSTALL_AGAIN),
        *attempt(
            use_store, "E003", "The store does not keep, give back and delete an object",
            "Look at CAM2BYTES_DATA_DIR or the CAM2BYTES_S3_ values, and at the rights and room of that place.",
        ),
    ]  # fmt: skip


def attempt(trial: Callable[[], None], number: str, failure: str, hint: str) -> list[CheckMessage]:
    try:
        trial()
    except Exception as error:  # whatever goes wrong is what the operator wants to know
        return [Error(f"{failure}: {type(error).__name__}: {error}", hint=hint, id=f"{TAG}.{number}")]
    return []


def decode_image() -> None:
    """A JPEG becomes pixels, and pixels a thumbnail."""
    picture = images.decode((SAMPLES / "frame.jpg").read_bytes())
    if picture.shape != SAMPLE_SHAPE:
        raise WrongResult(f"its shape is {picture.shape}")
    images.make_thumbnail(picture)


def remux_clip() -> None:
    """A stream as MediaRecorder writes it becomes a file with a duration, and the file a poster."""
    with tempfile.TemporaryDirectory() as folder, open(SAMPLES / "clip.webm", "rb") as clip:
        target = Path(folder) / "video"
        facts = video.remux(clip, target)
        if facts.duration_ms not in SAMPLE_MS or not facts.audio_codec:
            raise WrongResult(f"{facts}")
        with open(target, "rb") as finished:
            video.make_poster(finished)


def use_store() -> None:
    """An object is kept, read and deleted; nothing stays."""
    store, folder, data = get_store(), f"check-{secrets.token_hex(8)}/", b"cam2bytes"
    key = f"{folder}object"
    try:
        store.keep(key, data)
        if store.read(key) != data:
            raise WrongResult("other bytes came back")
    finally:
        store.delete_prefix(folder)
    if store.exists(key):
        raise WrongResult("the object is still there")


@register(TAG, Tags.database)
def sqlite_survives_power_cuts(app_configs, databases=None, **kwargs) -> list[CheckMessage]:
    """A commit that returned must be on the disk: WAL with synchronous=FULL (or EXTRA)."""
    return [error for alias in databases or [] for error in sqlite_errors(connections[alias])]


def sqlite_errors(connection) -> list[CheckMessage]:
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
    if journal == "wal" and synchronous >= FULL:
        return []
    return [
        Error(
            f"SQLite runs with journal_mode={journal} and synchronous={synchronous}: receipts could be lost.",
            hint="WAL needs a local disk: put CAM2BYTES_DATA_DIR on one, or use PostgreSQL by DATABASE_URL.",
            id=f"{TAG}.E004",
        )
    ]
