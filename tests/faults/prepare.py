"""What is on the disk before: `python -m tests.faults.prepare FOLDER`.

It makes a migrated database in the data folder, and in FOLDER the `token` of an account, and the `files` to send.
"""

import sys
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from cam2bytes.wsgi import application  # noqa: F401 (sets Django up, before models are imported)
from tests import makers, media

COLOURS = ("red", "green", "blue", "black", "white", "yellow")
CHUNKS = 2


def prepare(folder: Path) -> None:
    call_command("migrate", verbosity=0)
    (folder / "token").write_text(makers.token(makers.user("alice")))
    connections.close_all()
    files = folder / "files"
    files.mkdir()
    for number, colour in enumerate(COLOURS):
        (files / f"frame-{number}").write_bytes(makers.image(colour))
    clip = media.synthetic(1, audio=None, size=(32, 24))
    size = len(clip) // CHUNKS + 1
    for number in range(CHUNKS):
        (files / f"chunk-{number}").write_bytes(clip[number * size : (number + 1) * size])


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
