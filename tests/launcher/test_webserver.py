"""Clients that stall, against the real gunicorn with a tiny application and short limits."""

import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from cam2bytes import webserver
from cam2bytes.launcher import network
from tests.running import ROOT

CONFIG = """
from cam2bytes import webserver
from cam2bytes.webserver import *

webserver.HEAD_SECONDS = webserver.SILENCE_SECONDS = webserver.BODY_SECONDS = 1.5
webserver.LONGEST_BODY_SECONDS = 3
workers, threads, keepalive = 1, 2, 2
when_ready = lambda server: None

def application(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter([b"x" * 2**20] * 64) if environ["PATH_INFO"] == "/large" else [b"%d" % len(body)]
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    (folder / "quick.py").write_text(CONFIG)
    port = network.free_port("127.0.0.1")
    bind = f"127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "quick:application", "--config", "python:quick", "--bind", bind]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env={"PYTHONPATH": f"{ROOT}:{folder}"}, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 20
        while not answers(port):
            assert server.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield port
    finally:
        server.kill()
        server.wait()
    assert "Traceback" not in (folder / "log").read_text()


def answers(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).status == 200
    except OSError:
        return False


def connect(port, head=b""):
    sock = socket.create_connection(("127.0.0.1", port), timeout=15)
    sock.sendall(head)
    return sock


def drip(sock, piece=b"x", every=0.2, at_most=12):
    """Send a piece again and again; the seconds until the server has closed the connection."""
    began = time.monotonic()
    sock.settimeout(every)
    while time.monotonic() - began < at_most:
        try:
            sock.sendall(piece)
            if sock.recv(2**16) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


POST = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"


def test_headers_that_come_drop_by_drop(port):
    stalled = [connect(port, b"GET / HTTP/1.1\r\n") for _ in range(2)]  # as many as there are threads
    assert 1 < drip(stalled[0], b"X: y\r\n") < 6
    drip(stalled[1], b"X: y\r\n")
    assert answers(port)


def test_a_body_that_stops(port):
    sock = connect(port, POST % 1000 + b"some")
    began = time.monotonic()
    sock.recv(2**16)
    assert 1 < time.monotonic() - began < 6
    assert answers(port)


def test_a_body_that_comes_drop_by_drop(port):
    assert 1 < drip(connect(port, POST % 1000)) < 6
    assert answers(port)


def test_a_body_in_pieces_of_unknown_number(port):
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert 2 < drip(connect(port, chunked), b"1\r\nx\r\n") < 8
    assert answers(port)


def test_an_answer_that_nobody_reads(port):
    stalled = [connect(port, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(2)]
    for sock in stalled:
        assert sock.recv(1), "each has a thread of its own, and there are no more"
    assert answers(port)
    for sock in stalled:
        sock.close()


def test_connections_that_say_nothing_hold_no_thread(port):
    silent = [connect(port) for _ in range(10)]
    began = time.monotonic()
    assert answers(port)
    assert time.monotonic() - began < 5  # ten that held the two threads until they were cut would take 7.5
    for sock in silent:
        sock.close()


def test_a_slow_link_that_goes_on_gets_through(port):
    sock = connect(port, POST % 4000)
    for _ in range(8):
        time.sleep(0.25)
        sock.sendall(b"x" * 500)
    assert b"4000" in sock.makefile("rb").read()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], 0),
        ([("CONTENT-LENGTH", "0")], 0),
        ([("CONTENT-LENGTH", "262144")], 60 + 64),
        ([("CONTENT-LENGTH", str(2**40))], 900),
        ([("TRANSFER-ENCODING", "chunked")], 900),
    ],
)
def test_seconds_for_a_body(headers, seconds):
    assert webserver.seconds_for_body(headers) == seconds
