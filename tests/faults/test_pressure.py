"""Under pressure: a locked database, a stop amid uploads."""

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from cam2bytes import webserver
from tests import media
from tests.faults import clients
from tests.faults.pressure import KEPT, ask_all, files, locked, requests_of_all_kinds
from tests.faults.rig import Rig
from tests.running import ROOT
from tests.servers import free_port, listens, running, wait_until

pytestmark = pytest.mark.xdist_group("pressure")


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    """The web server alone, with a broker that is down."""
    with Rig(tmp_path_factory.mktemp("pressure")) as rig:
        rig.start("web", hook="impatient_database")
        yield rig


# A locked database -------------------------------------------------------------------------------


def test_a_database_locked_for_a_moment_is_waited_for(rig, client):
    requests = requests_of_all_kinds(rig, client)
    with ThreadPoolExecutor(1) as pool:
        with locked(rig):
            asked = pool.submit(ask_all, rig, requests)
            time.sleep(1)
            assert not asked.done()
        answers = asked.result()
    assert {answer.status for answer in answers.values()} <= KEPT, answers


def test_a_database_locked_for_longer_is_503_and_what_reads_goes_on(rig, client):
    requests = requests_of_all_kinds(rig, client)
    before = files(rig)
    with locked(rig):
        answers = ask_all(rig, requests)
        assert client.ask("GET", "/api/v1/captures")[0] == 200
    page = answers.pop("page")
    assert page.content_type.startswith("text/html")
    for answer in (*answers.values(), page):
        assert (answer.status, answer.retry_after) == (503, "5"), answers
    assert {answer.content_type for answer in answers.values()} == {"application/problem+json"}
    again = ask_all(rig, requests)
    assert {answer.status for answer in again.values()} <= KEPT, again
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
            wait_until(lambda: turned_away(port), "who comes is turned away", 5)
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


def turned_away(port) -> bool:
    """Whether a new upload, larger than what the system buffers, gets its orderly "not now"."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        with contextlib.suppress(ConnectionError):  # it need not read what it will not keep
            connection.request("PUT", "/api/v1/recordings/x/chunks/0", bytes(8 * 2**20))
        answer = connection.getresponse()
        problem = json.loads(answer.read())
    return (answer.status, answer.headers["Retry-After"], problem["code"]) == (503, "5", "unavailable")


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
