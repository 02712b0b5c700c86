"""What a worker forked for a fault test does differently: wrapped from here, the application knows nothing of it."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connections

from cam2bytes.lib import imageproof
from recordings import assembly, making

POISON = b"kills who decodes it"
HOLD = "hold"  # while a file of this name is in the data folder, decoders wait
BEGUN = "begun.log"  # a line "frame PID" or "recording PID" for each that began


def faulty_decoders() -> None:
    """Decoders that can be held up, and that some bytes kill."""
    imageproof.prove = _faulty(imageproof.prove, "frame", lambda data: POISON in data)
    assembly.remux = _faulty(assembly.remux, "recording", lambda pieces: False)

    class Pieces(assembly._Pieces):
        def __iter__(self):
            for number, data in super().__iter__():
                if POISON in data:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield number, data

    assembly._Pieces = Pieces


def _faulty(decode: Callable, what: str, is_poison: Callable[[object], bool]) -> Callable:
    folder = Path(os.environ["CAM2BYTES_DATA_DIR"])

    def decoder(source, *args, **kwargs):
        with (folder / BEGUN).open("a") as log:
            log.write(f"{what} {os.getpid()}\n")
        if is_poison(source):
            os.kill(os.getpid(), signal.SIGKILL)
        while (folder / HOLD).exists():
            time.sleep(0.02)
        return decode(source, *args, **kwargs)

    return decoder


def impatient_database() -> None:
    """SQLite waits 2 seconds for another writer instead of 5."""
    connections.settings["default"]["OPTIONS"]["timeout"] = 2


def held_encoders() -> None:
    """An MP4 is made in parts of a second, and all but the first can be held up."""
    making.PART_MS = 1000
    real = making.mp4slices.write_slice
    held = _faulty(real, "part", lambda file: False)

    def write_slice(file, path, plan, window, *arguments):
        return (held if window.start else real)(file, path, plan, window, *arguments)

    making.mp4slices.write_slice = write_slice
