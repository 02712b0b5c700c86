"""What happens before the web server starts: `python -m cam2bytes.launcher.prepare`.

Migrates, tries what cannot be done without (decode a picture, remux a clip, keep and read an object), and
collects the static files where they changed, in one process to be quick. Exit code 2 with a sentence on
stderr for a wrong setting, an absent database or a trial that failed. What takes long is said, and never
broken off: a large database may need an hour to migrate. Ctrl-C ends it.
"""

import contextlib
import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db.utils import OperationalError

from cam2bytes.env import WrongSetting

PATIENCE_SECONDS = 10


def prepare() -> None:
    django.setup()
    with said_when_long("migrating the database"):
        call_command("migrate", interactive=False, verbosity=0)
    with said_when_long("trying the database, the store and the libraries"):
        call_command("check", deploy=True, tags=["cam2bytes"], databases=["default"], verbosity=0)
    with said_when_long("collecting the static files"):
        collect_static()


@contextlib.contextmanager
def said_when_long(what: str) -> Iterator[None]:
    """After a while, tell the person what is waited for."""
    timer = threading.Timer(PATIENCE_SECONDS, lambda: sys.stderr.write(f"Still {what} ... (Ctrl-C stops it)\n"))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def collect_static() -> None:
    """collectstatic, which hashes and compresses everything, only when some file has changed."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".collected"
    wanted = static_fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    root.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)


def static_fingerprint() -> str:
    """Digest of name, size and time of every static file, and of the storage that rewrites them."""
    digest = hashlib.sha256(f"{django.__version__} {settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = os.stat(storage.path(name))
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cam2bytes.settings")
    try:
        prepare()
    except WrongSetting as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except SystemCheckError as failed:
        sys.stderr.write(f"{failed}\n")
        return 2
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        where = "DATABASE_URL" if os.environ.get("DATABASE_URL") else settings.DATABASES["default"]["NAME"]
        sys.stderr.write(f"The database ({where}) does not work: {reason}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
