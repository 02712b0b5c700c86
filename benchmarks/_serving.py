"""The real web server alone, on a database and a store of its own, for benchmarks that need no workers."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.servers import free_port, listens, running, wait_until

ROOT = Path(__file__).parent.parent


class Served(NamedTuple):
    port: int
    token: str
    master: psutil.Process

    @property
    def processes(self) -> list[psutil.Process]:
        return [self.master, *self.master.children(recursive=True)]


@contextlib.contextmanager
def serving(application: str, folder: Path, **more: str) -> Iterator[Served]:
    """gunicorn with that WSGI application; `more` goes into its environment."""
    port = free_port()
    env = {**os.environ, "CAM2BYTES_DATA_DIR": str(folder), "CAM2BYTES_PLAIN_STATIC": "1",
           "CELERY_BROKER_URL": "memory://localhost", "DATABASE_URL": "", **more}  # fmt: skip
    (folder / "static").mkdir(parents=True)
    manage = [sys.executable, ROOT / "manage.py"]
    how = {"env": env, "cwd": ROOT, "check": True, "stdout": subprocess.PIPE, "text": True}
    subprocess.run([*manage, "migrate", "--verbosity", "0"], **how)
    subprocess.run([*manage, "createsuperuser", "--noinput", "--username", "bench", "--email", ""], **how)
    token = subprocess.run([*manage, "create_token", "bench", "--scope", "full"], **how).stdout.strip()
    command = [sys.executable, "-m", "gunicorn", application, "--config", "python:cam2bytes.webserver",
               "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]  # fmt: skip
    with running(command, env=env, cwd=ROOT) as master:
        wait_until(lambda: listens(port), f"{application} listens")
        yield Served(port, token, psutil.Process(master.pid))
