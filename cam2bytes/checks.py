"""System checks that try: they do not ask whether something is supported, they do it.

    ./dev manage check --deploy --database default

runs them with Django's own (`--tag cam2bytes`: them alone). Other commands do not, so that they stay quick.
The samples are those that the API reference offers.
"""

import contextlib
import secrets
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import connections

from cam2bytes.accounts import storemark
from cam2bytes.lib import frameprocessors, images, video
from cam2bytes.lib.store import StoreError, get_store

TAG = "cam2bytes"
SAMPLES = settings.BASE_DIR / "static" / "samples"
SAMPLE = b"cam2bytes"
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
        *(
            attempt(
                use_store, "E003", "The store does not keep, give back and delete an object",
                "Look at CAM2BYTES_DATA_DIR or the CAM2BYTES_S3_ values, and at the rights and room of that place.",
            )
            or attempt(
                never_overwrite, "W001", "The store overwrites objects",
                "This S3 service knows no conditional puts (If-None-Match). Keep its bucket to one cam2bytes alone.",
                CheckWarning,
            )
        ),
    ]  # fmt: skip


def attempt(trial: Callable[[], None], number: str, failure: str, hint: str, kind=Error) -> list[CheckMessage]:
    try:
        trial()
    except Exception as error:  # a broken library raises anything, and whatever it is, the operator wants to know
        return [kind(f"{failure}: {type(error).__name__}: {error}", hint=hint, id=f"{TAG}.{number}")]
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
    store = get_store()
    with kept_for_a_moment() as key:
        if store.read(key) != SAMPLE:
            raise WrongResult("other bytes came back")
    if store.exists(key):
        raise WrongResult("the object is still there")


def never_overwrite() -> None:
    """Other bytes under a key that is taken are refused."""
    with kept_for_a_moment() as key:
        try:
            get_store().keep(key, SAMPLE[::-1])
        except StoreError:
            return
        raise WrongResult("a second object took the place of the first")


@contextlib.contextmanager
def kept_for_a_moment() -> Iterator[str]:
    """The key of a small object in a folder of its own."""
    store, folder = get_store(), f"check-{secrets.token_hex(8)}/"
    store.keep(f"{folder}object", SAMPLE)
    try:
        yield f"{folder}object"
    finally:
        store.delete_prefix(folder)


@register(TAG)
def frame_processors_load(app_configs, **kwargs) -> list[CheckMessage]:
    """Every callable that CAM2BYTES_FRAME_PROCESSORS names is there."""
    hint = "Name functions by dotted paths, such as motion.motion, that Python finds in PYTHONPATH."
    return [
        message
        for path in settings.CAM2BYTES_FRAME_PROCESSORS
        for message in attempt(
            partial(frameprocessors.load, path), "E006", f"The frame processor {path} does not load", hint
        )
    ]


@register(TAG, Tags.database)
def store_belongs_to_database(app_configs, databases=None, **kwargs) -> list[CheckMessage]:
    """Nothing starts on the media of another database."""
    try:
        if databases and "accounts_storemark" in connections["default"].introspection.table_names():
            storemark.agreed_mark()
    except storemark.ForeignStore as foreign:
        hint = "If it does belong to it, as after a restore: ./dev manage checkmedia --adopt"
        return [Error(str(foreign), hint=hint, id=f"{TAG}.E005")]
    except StoreError:
        pass  # which E003 tells of
    return []


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
