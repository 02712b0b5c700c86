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

import pytest

STARTUP_SECONDS = 60


def needed(found: str | Path | None, variable: str, what: str) -> str | Path:
    """`found`; where there is none the test is skipped with a reason, or fails if `variable` is 1."""
    if found:
        return found
    if os.environ.get(variable) == "1":
        pytest.fail(f"{variable}=1, and there is no {what} on this machine")
    pytest.skip(f"no {what} on this machine")


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


@contextlib.contextmanager
def signed_s3_server(folder: Path, key: str, secret: str) -> Iterator[str]:
    """The address of an S3 server (rclone) that checks signatures; the folders in `folder` are its buckets."""
    port = free_port()
    command = [Path(sys.executable).with_name("rclone"), "serve", "s3", "--config", "", "--auth-key",
               f"{key},{secret}", "--addr", f"127.0.0.1:{port}", folder]  # fmt: skip
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


def rabbitmq_program() -> str | None:
    """Debian's own on PATH changes to another user and folder; the one behind it does not."""
    return shutil.which("/usr/lib/rabbitmq/bin/rabbitmq-server") or shutil.which("rabbitmq-server")


@contextlib.contextmanager
def rabbitmq_server() -> Iterator[str]:
    """The URL of a new RabbitMQ on this machine alone, and so is the name service (epmd) that Erlang needs."""
    port, names, between_nodes = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="c2b-rabbit-", dir="/tmp") as name:
        folder = Path(name)
        (folder / "rabbitmq.conf").write_text(f"listeners.tcp.default = 127.0.0.1:{port}\n")
        (folder / "plugins").write_text("[].")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_DIST_PORT": str(between_nodes),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_NODENAME": f"cam2bytes-{port}@localhost",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        quiet = {"cwd": folder, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with running(["epmd", "-port", str(names)], **quiet), running([rabbitmq_program()], **quiet):
            wait_until(lambda: listens(port), "RabbitMQ listens")
            yield f"amqp://guest:guest@127.0.0.1:{port}//"
