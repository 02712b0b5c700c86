"""Real servers for tests: started in a temporary folder, stopped by their process id."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

STARTUP_SECONDS = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_until(is_true: Callable[[], bool], what: str, seconds: float = STARTUP_SECONDS) -> None:
    """Look until it is so; the limit only says when to call it broken."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} within {seconds} s: it did not happen")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def running(command: list[str], **options) -> Iterator[subprocess.Popen]:
    """A process, ended at the end: politely, then not."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """The address of an S3 server (moto) on this machine, over real HTTP."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        wait_until(lambda: listens(port), "the S3 server listens")
        yield f"http://127.0.0.1:{port}"


def postgres_programs() -> Path | None:
    """The folder with initdb and postgres: on PATH, or where Debian keeps them."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a new PostgreSQL cluster. It refuses to run as root, so root starts it as `postgres`."""
    programs, account = postgres_programs(), None
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
    who = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
    with tempfile.TemporaryDirectory(prefix="c2b-pg-", dir="/tmp") as name:
        folder, port = Path(name), free_port()
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", "cam2bytes", "--auth=trust", "-E", "UTF8"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **who,
        )  # fmt: skip
        command = [programs / "postgres", "-D", folder / "data", "-k", folder, "-p", str(port),
                   "-h", "127.0.0.1"]  # fmt: skip
        with running(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **who):
            wait_until(lambda: listens(port), "PostgreSQL listens")
            yield f"postgres://cam2bytes@127.0.0.1:{port}/postgres"
