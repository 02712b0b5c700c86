"""A disk and a database under pressure: a small disk that fills up, a database that another process has locked."""

import contextlib
import http.client
import os
import re
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cam2bytes.lib import batches
from tests import media
from tests.faults import clients
from tests.faults.rig import Rig
from tests.faults.table import Row

LOCKED_SECONDS = (1, 4, 10)  # of the long form; SQLite waits 5
PATIENCE_SECONDS = 5
LONG_ROUNDS = 20
KEPT = {200, 201, 302}


def files(rig: Rig) -> list[str]:
    """The objects of the store."""
    media_root = rig.data_dir / "media"
    return sorted(str(path.relative_to(media_root)) for path in media_root.rglob("*") if path.is_file())


# A disk ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    """A tmpfs mounted on `folder` where that is allowed (never silently not, as root in CI); else the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        if os.geteuid() == 0 and os.environ.get("CI"):
            pytest.fail(f"no small disk: {done.stderr}")
        yield folder
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Filler:
    """A file that takes room from the disk that it lies on."""

    def __init__(self, folder: Path):
        self._file = folder / "filler"
        self._folder = folder

    def free(self) -> int:
        facts = os.statvfs(self._folder)
        return facts.f_bavail * facts.f_frsize

    def leave(self, free_bytes: int) -> None:
        """Grow or shrink until about so much is free."""
        self._file.touch()
        with self._file.open("r+b") as file:
            size = max(0, self._file.stat().st_size + self.free() - free_bytes)
            file.truncate(min(size, self._file.stat().st_size))
            file.seek(0, os.SEEK_END)
            while (missing := size - file.tell()) > 0:
                file.write(b"\0" * min(missing, 2**16))


# A database --------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked(rig: Rig) -> Iterator[None]:
    """Another process's write transaction, as a backup or a person with a shell makes one."""
    database = sqlite3.connect(rig.data_dir / "db.sqlite3", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    retry_after: str | None
    content_type: str
    seconds: float


def requests_of_all_kinds(rig: Rig, client: clients.Client) -> dict[str, Request]:
    """Everything that writes: uploads, words of a page to the API, and a person's form."""
    capture = f"/api/v1/captures/{client.start('capture')}"
    recording = f"/api/v1/recordings/{client.start('recording', content_type='video/webm')}"
    image = clients.small_image(5)
    batch = batches.build([({"number": 5, "size_bytes": len(image)}, image)])

    def request(method: str, path: str, body: bytes, content_type: str = "application/json") -> Request:
        return Request(method, path, body, {"Authorization": f"Bearer {rig.token}", "Content-Type": content_type})

    return {
        "frame": request("PUT", f"{capture}/frames/0", clients.small_image(0), "image/jpeg"),
        "batch": request("POST", f"{capture}/frames", batch, batches.CONTENT_TYPE),
        "chunk": request("PUT", f"{recording}/chunks/0", media.chunks_of(clients.SERIES)[0], "video/webm"),
        "start": request("POST", "/api/v1/captures", b"{}"),
        "alive": request("POST", f"{recording}/alive", b'{"state": "recording"}'),
        "seal": request("POST", f"{recording}/seal", b'{"chunk_count": 1}'),
        "close": request("POST", f"{capture}/close", b'{"frame_count": 0}'),
        "page": _sign_in_by_link(rig),
    }


def _sign_in_by_link(rig: Rig) -> Request:
    """The button of a one-time link, as the page has it."""
    said = rig.data_dir / "manage.log"
    before = said.stat().st_size if said.exists() else 0
    rig.manage("sign_in_link", "alice")
    path = urlsplit(re.search(r"http\S+", said.read_text()[before:]).group()).path
    connection = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        page, cookie = answer.read().decode(), answer.headers["Set-Cookie"].partition(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    form = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", path, f"csrfmiddlewaretoken={token}".encode(), form)


def ask_all(rig: Rig, requests: dict[str, Request]) -> dict[str, Answer]:
    """The answers to all of them, asked at once, each on a connection of its own."""

    def ask(request: Request) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=60)
        with contextlib.closing(connection):
            began = time.monotonic()
            connection.request(request.method, request.path, request.body, request.headers)
            answer = connection.getresponse()
            kind = answer.headers["Content-Type"] or ""
            return Answer(answer.status, answer.headers["Retry-After"], kind, time.monotonic() - began)

    with ThreadPoolExecutor(len(requests)) as pool:
        return dict(zip(requests, pool.map(ask, requests.values()), strict=True))


def long(minutes: float | None = None) -> Iterator[Row]:
    """The database locked for 1, 4 and 10 seconds in turn, with the real patience."""
    began, rounds, wrong, slowest = time.monotonic(), 0, [], 0.0
    until = began + minutes * 60 if minutes else float("inf")
    said: dict[int, Counter] = {seconds: Counter() for seconds in LOCKED_SECONDS}
    with tempfile.TemporaryDirectory(prefix="c2b-locked-") as name, Rig(Path(name)) as rig:
        rig.start("web")
        client = clients.Client(rig.port, rig.token, clients.Ledger(), timeout=60)
        while rounds < LONG_ROUNDS and time.monotonic() < until:
            rounds += 1
            for seconds in LOCKED_SECONDS:
                answers = _locked_for(rig, requests_of_all_kinds(rig, client), seconds)
                said[seconds].update(answer.status for answer in answers.values())
                slowest = max(slowest, *(answer.seconds for answer in answers.values()))
                # What comes late, or waits in two places, may outlast a lock that is longer than the patience.
                expected = KEPT if seconds < PATIENCE_SECONDS else KEPT | {503}
                wrong += [f"{seconds} s: {kind} {answer.status}" for kind, answer in answers.items()
                          if answer.status not in expected]  # fmt: skip
        client.close()
    what = f"database locked for {', '.join(map(str, LOCKED_SECONDS))} s under requests of all kinds"
    told = "; ".join(
        f"{seconds} s: " + ", ".join(f"{n} x {status}" for status, n in sorted(counted.items()))
        for seconds, counted in said.items()
    )
    said_of_all = f"{'; '.join(wrong[:5]) if wrong else 'nothing'}; {told}; the last answer after {slowest:.1f} s"
    yield Row("pressure", what, rounds * len(LOCKED_SECONDS), said_of_all, not wrong, time.monotonic() - began)


def _locked_for(rig: Rig, requests: dict[str, Request], seconds: float) -> dict[str, Answer]:
    with ThreadPoolExecutor(1) as pool, locked(rig):
        asked = pool.submit(ask_all, rig, requests)
        time.sleep(seconds)
    return asked.result()
