"""cam2bytes itself for `./dev bench ingest`: all of it as `./dev run` starts it, and its web server alone."""

import contextlib
import http.client
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from benchmarks._measuring import ProcessorTime
from benchmarks._rivals import TakeTurn, Turn, broker_bytes, redis_server, tree
from benchmarks._senders import Senders
from benchmarks._serving import serving
from tests.running import Running, running_cam2bytes
from tests.servers import wait_until

LOOK_SECONDS = 0.005
PATIENCE_SECONDS = 600
PATHS = {"put": "/api/v1/captures/{}/frames/{{}}", "batch": "/api/v1/captures/{}/frames"}


class Whole:
    """All of cam2bytes: web server, workers, beat, broker, Flower."""

    def __init__(self, running: Running, images: list[bytes]):
        self.images = images
        self.port = int(running.url.rpartition(":")[2])
        self.token = running.manage("create_token", "bench", "--scope", "full")
        self.media = running.data_dir / "media"
        self.broker = json.loads((running.data_dir / "running.json").read_text())["broker_url"].replace(
            "redis+socket://", "unix://"
        ).partition("?")[0]  # fmt: skip
        self.processes = tree(running.process.pid)
        self.rows = sqlite3.connect(f"file:{running.data_dir}/db.sqlite3?mode=ro", uri=True)

    def turn(self, kind: str, count: int) -> Turn:
        """`count` frames in a new capture session, until each has its receipt and is `ready`; then every row and file
        is compared with what was sent."""
        capture_id = start_capture(self.port, self.token)
        before = broker_bytes(self.broker)
        path = PATHS[kind].format(capture_id)
        with Senders(self.port, kind, path, self.token, count, self.images) as senders:
            spent = ProcessorTime({"all": self.processes})
            begun = time.perf_counter()
            told = senders.send()
            self._wait_until(count, "ready", capture_id, "status = 'ready'")
            seconds, used = time.perf_counter() - begun, spent.used()["all"]
            passed = broker_bytes(self.broker) - before
        self._compare(capture_id, count)
        later = ProcessorTime({"all": self.processes})
        self._wait_until(count, "with a thumbnail", capture_id, "thumbnail <> ''")
        return Turn(count, seconds, used, told, passed, later.used()["all"])

    def _wait_until(self, count: int, what: str, capture_id: UUID, condition: str) -> None:
        asked = f"SELECT count(*) FROM capture_frame WHERE capture_id = ? AND {condition}"  # noqa: S608 (our own words)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.rows.execute(asked, [capture_id.hex]).fetchone()[0] < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"not all frames became {what}")
            time.sleep(LOOK_SECONDS)

    def _compare(self, capture_id: UUID, count: int) -> None:
        asked = "SELECT number, status, image FROM capture_frame WHERE capture_id = ? ORDER BY number"
        found = self.rows.execute(asked, [capture_id.hex]).fetchall()
        assert [number for number, _, _ in found] == list(range(count)), "numbers are missing, or there twice"
        for number, status, key in found:
            assert status == "ready", (number, status)
            assert (self.media / key).read_bytes() == self.images[number % len(self.images)], f"frame {number} differs"


@contextlib.contextmanager
def whole(folder: Path, images: list[bytes]) -> Iterator[Whole]:
    env = {"DJANGO_SUPERUSER_USERNAME": "bench", "DJANGO_SUPERUSER_PASSWORD": "bench-long-password"}
    with running_cam2bytes(folder, env=env) as running:
        wait_until(lambda: _worker_is_there(running), "the workers are there")
        yield Whole(running, images)


def _worker_is_there(running: Running) -> bool:
    log = running.data_dir / "logs" / "frames.log"
    return log.exists() and " ready." in log.read_text()


@contextlib.contextmanager
def web_alone(application: str, folder: Path, images: list[bytes]) -> Iterator[TakeTurn]:
    """Frames in batches to the web server without workers, until the last receipt. Its hints go to a Redis."""
    with (
        redis_server(folder / "redis") as url,
        serving(application, folder / "data", CELERY_BROKER_URL=url or "memory://localhost") as served,
    ):

        def turn(count: int) -> Turn:
            capture_id = start_capture(served.port, served.token)
            path = PATHS["batch"].format(capture_id)
            with Senders(served.port, "batch", path, served.token, count, images) as senders:
                spent = ProcessorTime({"all": served.processes})
                told = senders.send()
                used = spent.used()["all"]
            return Turn(count, told.seconds, used, told)

        yield turn


def start_capture(port: int, token: str) -> UUID:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/captures", b"{}", headers)
    return UUID(json.loads(connection.getresponse().read())["id"])
