"""The application without its promise: nothing is synced. Only to measure what the promise costs."""

import fcntl
import os

from django.conf import settings

os.fsync = lambda descriptor: None
if hasattr(fcntl, "F_FULLFSYNC"):
    del fcntl.F_FULLFSYNC
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cam2bytes.settings")
if options := settings.DATABASES["default"].get("OPTIONS"):
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")

from cam2bytes.wsgi import application  # noqa: E402

__all__ = ["application"]
