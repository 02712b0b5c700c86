"""The application, with a mark in the file $COUNT_FILE for each live piece that is made. For `./dev bench live`."""

import os

from cam2bytes.wsgi import application  # first: it sets Django up
from recordings import live

_make = live.Watch._make


def _counted(watch, chunk):
    with open(os.environ["COUNT_FILE"], "a") as file:
        file.write(f"{watch.recording.pk} {chunk.number}\n")
    return _make(watch, chunk)


live.Watch._make = _counted

__all__ = ["application"]
