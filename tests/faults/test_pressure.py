"""Under pressure: a full disk, a disk that fails, a locked database, a stop amid uploads, a clock that is set."""

import contextlib
import errno
import http.client
import itertools
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from cam2bytes import webserver
from cam2bytes.accounts.models import Tombstone
from cam2bytes.beat import SteadyScheduler
from cam2bytes.celery import app
from cam2bytes.lib import batches
from cam2bytes.lib.store import get_store
from capture.models import CaptureSession, Frame
from recordings.models import Chunk, Recording, silent_since
from tests import makers, media
from tests.faults import clients
from tests.faults.pressure import Filler, small_disk
from tests.faults.rig import Rig
from tests.running import ROOT
from tests.servers import free_port, listens, running, wait_until

pytestmark = pytest.mark.xdist_group("pressure")
MIB = 2**20
RESERVE = 4 * MIB


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    """The web server alone, with a broker that is down; its media on a small disk where one can be mounted."""
    data_dir = tmp_path_factory.mktemp("pressure")
    disk = small_disk(data_dir / "media", 16 * MIB)
    with disk, Rig(data_dir, env={"CAM2BYTES_RESERVE_BYTES": str(RESERVE)}) as rig:
        rig.start("web", hook="impatient_database")
        yield rig


@pytest.fixture
def client(rig):
    client = clients.Client(rig.port, rig.token, clients.Ledger(), timeout=60)
    yield client
    client.close()


def files(rig) -> list[str]:
    media_root = rig.data_dir / "media"
    return sorted(str(path.relative_to(media_root)) for path in media_root.rglob("*") if path.is_file())


# Full disk ---------------------------------------------------------------------------------------


def test_a_disk_that_fills_up_and_is_freed(rig, client):
    if not os.path.ismount(rig.data_dir / "media"):
        pytest.skip("no small disk can be mounted here")
    filler = Filler(rig.data_dir / "media")
    capture_id = client.start("capture")
    recording_id = client.start("recording", content_type="video/webm")
    chunks = media.chunks_of(clients.SERIES)
    frame = f"/api/v1/captures/{capture_id}/frames"
    chunk = f"/api/v1/recordings/{recording_id}/chunks"
    assert client.ask("PUT", f"{chunk}/0", chunks[0])[0] == 201

    filler.leave(RESERVE // 2)  # below the reserve: what runs goes on, nothing new begins
    for kind in ("capture", "recording"):
        status, answer = client.ask("POST", f"/api/v1/{kind}s", b'{"content_type": "video/webm"}')
        assert (status, answer["code"]) == (507, "disk-full")
    assert client.ask("PUT", f"{chunk}/1", chunks[1])[0] == 201
    assert client.ask("PUT", f"{frame}/0", clients.small_image(0), "image/jpeg")[0] == 201

    before = files(rig)
    large = makers.image("red", (900, 900), "PNG") + bytes(3 * MIB)
    assert client.ask("PUT", f"{frame}/1", large, "image/png")[0] == 507, "the disk is full while it is written"
    filler.leave(RESERVE // 20)  # the reserve is used up too
    for path, data in ((f"{chunk}/2", chunks[2]), (f"{frame}/1", clients.small_image(1))):
        assert client.ask("PUT", path, data)[0] == 507
    assert files(rig) == before
    assert client.ask("GET", f"/api/v1/recordings/{recording_id}")[1]["received_count"] == 2

    filler.leave(12 * MIB)  # freed
    assert client.ask("PUT", f"{chunk}/2", chunks[2])[0] == 201
    assert client.ask("PUT", f"{frame}/1", clients.small_image(1))[0] == 201
    client.start("capture")
    assert client.ledger.wrong == []


# A disk that fails -------------------------------------------------------------------------------


CALLS = ("mkdir", "open", "write", "fsync", "link")


@pytest.fixture
def no_hints(monkeypatch):
    """Uploading alone: what comes after the receipt has its own tests."""
    monkeypatch.setattr("capture.tasks.offer", lambda *arguments: None)
    monkeypatch.setattr("recordings.tasks.offer", lambda *arguments: None)


@contextlib.contextmanager
def failing(monkeypatch, call: str, at: int, code: int):
    """os.`call` fails at its `at`-th time, once; yields a list that is empty until then."""
    real, calls, happened = getattr(os, call), itertools.count(1), []

    def call_or_fail(*args, **kwargs):
        if next(calls) != at:
            return real(*args, **kwargs)
        happened.append(args)
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, call_or_fail)
        yield happened


UPLOADS = {
    "frame": lambda client, run: makers.put_frame(client, run, 0, makers.image()),
    "batch": lambda client, run: makers.post_batch(
        client, run, [({"number": n, "size_bytes": len(image)}, image) for n in range(3) if (image := makers.image())]
    ),
    "chunk": lambda client, run: makers.put_chunk(client, run, 0, media.chunks_of(clients.SERIES)[0]),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("code", "status"), [(errno.EIO, 503), (errno.ENOSPC, 507)])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("what", UPLOADS)
def test_every_call_that_may_fail_is_an_orderly_refusal(alices, monkeypatch, no_hints, what, call, code, status):
    """One fault in each run, at the first call, then at the second, until none is left: as SQLite is tested. Where
    the call can be done without, the bytes are kept; else nothing stays."""
    refusals = 0
    for at in itertools.count(1):
        run = makers.start_recording(alices) if what == "chunk" else makers.start_capture(alices)
        before = makers.objects()
        with failing(monkeypatch, call, at, code) as happened:
            answer = UPLOADS[what](alices, run)
        if answer.status_code == status:
            refusals += 1
            assert int(answer["Retry-After"]) > 0
            assert makers.objects() == before, f"left behind when {call} {at} failed"
            assert held(run) == []
        else:
            assert answer.status_code in (200, 201), answer.content
            assert len(held(run)) == (3 if what == "batch" else 1)
            assert all(get_store().size(key) for key in held(run))
        if not happened:
            break
    assert refusals, f"{call} is called"


def held(run: str) -> list[str]:
    """The keys of the objects of a capture session or recording that have a row."""
    frames = Frame.objects.filter(capture_id=run).values_list("image", flat=True)
    return [*frames, *Chunk.objects.filter(recording_id=run).values_list("file", flat=True)]


# A locked database -------------------------------------------------------------------------------


@contextlib.contextmanager
def locked(rig):
    """Another process's write transaction, as a backup or a person with a shell makes one."""
    database = sqlite3.connect(rig.data_dir / "db.sqlite3", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


def requests_of_all_kinds(client) -> dict[str, tuple]:
    capture_id = client.start("capture")
    recording_id = client.start("recording", content_type="video/webm")
    batch = batches.build([({"number": 5, "size_bytes": len(image)}, image) for image in [clients.small_image(5)]])
    return {
        "frame": ("PUT", f"/api/v1/captures/{capture_id}/frames/0", clients.small_image(0), "image/jpeg"),
        "batch": ("POST", f"/api/v1/captures/{capture_id}/frames", batch, batches.CONTENT_TYPE),
        "chunk": ("PUT", f"/api/v1/recordings/{recording_id}/chunks/0", media.chunks_of(clients.SERIES)[0]),
        "start": ("POST", "/api/v1/captures", b"{}"),
        "alive": ("POST", f"/api/v1/recordings/{recording_id}/alive", b'{"state": "recording"}'),
        "seal": ("POST", f"/api/v1/recordings/{recording_id}/seal", b'{"chunk_count": 1}'),
        "close": ("POST", f"/api/v1/captures/{capture_id}/close", b'{"frame_count": 0}'),
    }


def ask_all(rig, requests) -> dict[str, tuple[int, str | None]]:
    """{name: (status, Retry-After)} of all of them at once, each on a connection of its own."""

    def ask(name):
        method, path, body, *kind = requests[name]
        headers = {"Authorization": f"Bearer {rig.token}", "Content-Type": (kind or ["application/json"])[0]}
        connection = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return name, (answer.status, answer.headers["Retry-After"])

    with ThreadPoolExecutor(len(requests)) as pool:
        return dict(pool.map(ask, requests))


def test_a_database_locked_for_a_moment_is_waited_for(rig, client):
    requests = requests_of_all_kinds(client)
    with ThreadPoolExecutor(1) as pool:
        with locked(rig):
            asked = pool.submit(ask_all, rig, requests)
            time.sleep(1)
            assert not asked.done()
        answers = asked.result()
    assert {status for status, _ in answers.values()} <= {200, 201}, answers


def test_a_database_locked_for_longer_is_503_and_what_reads_goes_on(rig, client):
    requests = requests_of_all_kinds(client)
    before = files(rig)
    with locked(rig):
        answers = ask_all(rig, requests)
        assert client.ask("GET", "/api/v1/captures")[0] == 200
    assert answers == dict.fromkeys(requests, (503, "5"))
    again = ask_all(rig, requests)
    assert {status for status, _ in again.values()} <= {200, 201}, again
    orphans = len(files(rig)) - len(before) - 3
    assert 0 <= orphans <= 3, "a commit without an answer may have happened: its objects wait for the sweep"


# A stop amid uploads -----------------------------------------------------------------------------


def test_uploads_under_way_are_finished_and_new_ones_turned_away(rig, client):
    recording_id = client.start("recording", content_type="video/webm")
    chunks, port = media.chunks_of(clients.SERIES), free_port()
    command = [sys.executable, "-m", "gunicorn", "cam2bytes.wsgi:application", "--config", "python:cam2bytes.webserver"]
    with (rig.data_dir / "stopped.log").open("w") as log:
        server = running([*command, "--bind", f"127.0.0.1:{port}"], cwd=ROOT, env=rig.env, stdout=log, stderr=log)
        with server as web:
            wait_until(lambda: listens(port), "the web server listens")
            sockets = [half_sent(port, rig.token, recording_id, number, chunks[number]) for number in range(6)]
            wait_until(lambda: under_way(web) >= len(sockets), "they are under way")
            web.send_signal(signal.SIGTERM)
            began = time.monotonic()
            wait_until(lambda: not listens(port), "new connections are refused", 5)
            for number, sock in enumerate(sockets):
                sock.sendall(chunks[number][len(chunks[number]) // 2 :])
            answers = [sock.makefile("rb").readline() for sock in sockets]
            assert [answer.split()[1] for answer in answers] == [b"201"] * len(sockets)
            assert web.wait(30) == 0
            assert time.monotonic() - began < 30
    assert client.ask("GET", f"/api/v1/recordings/{recording_id}")[1]["received_count"] == len(sockets)


def half_sent(port, token, recording_id, number, data) -> socket.socket:
    """A connection with the head and half of the body of a chunk."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = (
        f"PUT /api/v1/recordings/{recording_id}/chunks/{number} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    sock.sendall(head.encode() + data[: len(data) // 2])
    return sock


def under_way(web) -> int:
    """Connections that the server's processes have accepted."""
    processes = psutil.Process(web.pid).children()
    return sum(connection.status == "ESTABLISHED" for one in processes for connection in one.net_connections())


SLOW_START = """
import pathlib, time
from cam2bytes.webserver import *

workers, bind = 1, "127.0.0.1:0"

def post_fork(server, worker):
    pathlib.Path("forked").touch()
    time.sleep(1)
"""


def test_a_stop_that_comes_between_fork_and_first_handler_is_heard(rig, tmp_path):
    (tmp_path / "slow.py").write_text(SLOW_START)
    command = [sys.executable, "-m", "gunicorn", "cam2bytes.wsgi:application", "--config", "python:slow"]
    how = {"env": rig.env | {"PYTHONPATH": f"{ROOT}:{tmp_path}"}, "cwd": tmp_path}
    with running(command, **how, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as web:
        wait_until((tmp_path / "forked").exists, "the worker is forked")
        web.send_signal(signal.SIGTERM)
        assert web.wait(webserver.graceful_timeout - 5) == 0


# A clock that is set -----------------------------------------------------------------------------


@pytest.fixture
def forgotten(alices, no_hints) -> dict:
    """Work that nobody will do unless a sweep finds it: everything was lost but the rows."""
    capture = makers.start_capture(alices)
    for number in range(2):
        makers.put_frame(alices, capture, number, makers.image())
    Frame.claim(Frame.objects.get(number=1).pk)  # by a worker that has died
    gone, dead, deleted = (makers.start_recording(alices) for _ in range(3))
    for recording in (gone, dead, deleted):
        for number, data in enumerate(media.chunks_of(clients.SERIES)):
            makers.put_chunk(alices, recording, number, data)
    makers.post_json(alices, f"/api/v1/recordings/{dead}/seal", {"chunk_count": len(media.chunks_of(clients.SERIES))})
    Recording.claim(dead, silent_since())
    alices.delete(f"/api/v1/recordings/{deleted}")
    return {"capture": capture, "recordings": [gone, dead]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [-1, 1])
def test_nothing_is_lost_or_waits_for_a_day_when_the_clock_is_set(alices, forgotten, monkeypatch, days):
    real = timezone.now
    monkeypatch.undo()  # hints go through again
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days))
    call_command("sweep")
    call_command("sweep")

    assert set(Frame.objects.exclude(thumbnail="").values_list("number", "status")) == {(0, "ready"), (1, "ready")}
    assert CaptureSession.objects.get().end_reason == "abandoned"
    assert set(Recording.objects.values_list("status", flat=True)) == {"ready"}
    assert not Tombstone.objects.filter(purged_at=None).exists()
    assert all(alices.get(f"/api/v1/recordings/{id}").json()["missing"] == [] for id in forgotten["recordings"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [-1, 1])
def test_a_page_that_is_alive_goes_on_when_the_clock_is_set(alices, monkeypatch, days):
    recording = makers.start_recording(alices)
    chunks, real = media.chunks_of(clients.SERIES), timezone.now
    makers.put_chunk(alices, recording, 0, chunks[0])
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days))
    call_command("sweep")  # before its next word: taken for gone
    for number, data in enumerate(chunks):
        assert makers.put_chunk(alices, recording, number, data).status_code in (200, 201)
    call_command("sweep")
    assert alices.get(f"/api/v1/recordings/{recording}").json()["status"] == "open"
    makers.post_json(alices, f"/api/v1/recordings/{recording}/seal", {"chunk_count": len(chunks)})
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days, seconds=30))
    call_command("sweep")
    assert alices.get(f"/api/v1/recordings/{recording}").json()["status"] == "ready"


class Clock:
    """Wall clock and monotonic clock that stand until they are moved."""

    def __init__(self):
        self.wall, self.steady = 1_800_000_000.0, 1000.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.mark.parametrize("days", [-1, 1])
def test_beat_goes_on_sweeping_when_the_clock_is_set(monkeypatch, days):
    clock, sent = Clock(), Counter()
    monkeypatch.setattr("cam2bytes.beat.time", clock)
    monkeypatch.setattr(app, "now", lambda: datetime.fromtimestamp(clock.wall, UTC))
    scheduler = SteadyScheduler(app=app)
    monkeypatch.setattr(scheduler, "apply_entry", lambda entry, producer=None: sent.update([entry.name]))
    monkeypatch.setattr(SteadyScheduler, "producer", None)

    def a_minute() -> Counter:
        sent.clear()
        until = clock.steady + 60
        while clock.steady < until:
            clock.pass_by(max(0.01, scheduler.tick()))
        return sent

    every = {name for name, entry in settings.CELERY_BEAT_SCHEDULE.items() if entry["schedule"] <= 10}
    assert {name for name, times in a_minute().items() if 5 <= times <= 8} >= every
    clock.wall += days * 86_400
    assert {name for name, times in a_minute().items() if 5 <= times <= 8} >= every
