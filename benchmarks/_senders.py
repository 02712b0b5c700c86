"""Clients for benchmarks: processes with one connection each, that send as fast as they get answers.

    with Senders(port, kind, path, token, count) as senders:
        told = senders.send()

`kind` is how a frame travels: "put" (one in each request), "batch" (30 in each) or "json" (the first cam2bytes's
message). What is sent is made before the clock starts; raw sockets keep the clients' own work small.
"""

import base64
import json
import os
import pickle
import resource
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

from cam2bytes.lib.batches import CONTENT_TYPE

CONNECTIONS = 8
BATCH = 30
FIRST_MS = 1_795_326_283_000  # when frame 0 was taken
MOST_PIECES = 512  # of one sendmsg(2); the system takes 1024

Pieces = list[bytes]


class Told(NamedTuple):
    """Seconds from the first byte to the last answer; the wait for each answer; the clients' processor time."""

    seconds: float
    waits_ms: list[float]
    processor_seconds: float


class Senders:
    """The clients, connected and waiting. `images[number % len(images)]` is frame `number`."""

    def __init__(self, port: int, kind: str, path: str, token: str, count: int, images: list[bytes]):
        """`path` of a "put" has `{}` where the number belongs."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._senders"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        pickle.dump((port, kind, path, token, count, images), self._process.stdin)
        self._process.stdin.flush()
        self._process.stdout.readline()

    def send(self) -> Told:
        out, _ = self._process.communicate(b"go\n")
        if self._process.returncode:
            raise RuntimeError("the senders failed; see above")
        return Told(**json.loads(out))

    def __enter__(self) -> "Senders":
        return self

    def __exit__(self, *exception) -> None:
        self._process.kill()
        self._process.wait()


# The requests ------------------------------------------------------------------------------------


def put_requests(path: str, token: str, numbers: range, images: list[bytes]) -> Iterator[Pieces]:
    for number in numbers:
        image = images[number % len(images)]
        more = f"Content-Type: image/jpeg\r\nCam2Bytes-Taken-At: {FIRST_MS + 33 * number}\r\n"
        yield [_head("PUT", path.format(number), token, more, len(image)), image]


def batch_requests(path: str, token: str, numbers: range, images: list[bytes]) -> Iterator[Pieces]:
    """As `batches.build` makes them, without copying the images."""
    for start in range(0, len(numbers), BATCH):
        pieces = []
        for number in numbers[start : start + BATCH]:
            image = images[number % len(images)]
            facts = {"number": number, "taken_at_ms": FIRST_MS + 33 * number, "content_type": "image/jpeg",
                     "size_bytes": len(image)}  # fmt: skip
            encoded = json.dumps(facts).encode()
            pieces += [struct.pack(">I", len(encoded)) + encoded, image]
        yield [_head("POST", path, token, f"Content-Type: {CONTENT_TYPE}\r\n", sum(map(len, pieces))), *pieces]


def json_requests(path: str, token: str, numbers: range, images: list[bytes]) -> Iterator[Pieces]:
    coded = [base64.b64encode(image) for image in images]
    for number in numbers:
        image = coded[number % len(images)]
        stamp = f"{FIRST_MS + 33 * number}"
        begin = f'{{"serialNumber": {number + 1}, "timestamp": "{stamp}", "dataUrl": "data:image/jpeg;base64,'.encode()
        length = len(begin) + len(image) + 2
        yield [_head("POST", path, token, "Content-Type: application/json\r\n", length), begin, image, b'"}']


def _head(method: str, path: str, token: str, more: str, length: int) -> bytes:
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{bearer}{more}Content-Length: {length}\r\n\r\n").encode()


KINDS = {"put": put_requests, "batch": batch_requests, "json": json_requests}


# One client --------------------------------------------------------------------------------------


class Connection:
    """Opened again where the server ends it after an answer."""

    def __init__(self, port: int):
        self._address = ("127.0.0.1", port)
        self._socket = socket.create_connection(self._address)

    def ask(self, pieces: Pieces) -> bytes:
        """Send one request, wait for the answer; its body. Raises RuntimeError unless it is 2xx."""
        self._send(pieces)
        said = b""
        while b"\r\n\r\n" not in said:
            said += self._receive()
        head, _, body = said.partition(b"\r\n\r\n")
        lower = head.lower()
        if b"content-length:" in lower:
            length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += self._receive()
        if not head[9:10] == b"2":
            raise RuntimeError((head + body)[:500])
        if b"connection: close" in lower or head.startswith(b"HTTP/1.0"):
            self._socket.close()
            self._socket = socket.create_connection(self._address)
        return body

    def _send(self, pieces: Pieces) -> None:
        views = [memoryview(piece) for piece in pieces]
        while views:
            sent = self._socket.sendmsg(views[:MOST_PIECES])
            while views and sent >= len(views[0]):
                sent -= len(views.pop(0))
            if sent:
                views[0] = views[0][sent:]

    def _receive(self) -> bytes:
        data = self._socket.recv(2**16)
        if not data:
            raise RuntimeError("the server ended the connection")
        return data


def _client(place: int, order, out) -> None:
    """The frames `place`, then every CONNECTIONS-th block after it; tells its waits and processor time."""
    port, kind, path, token, count, images = order
    block = BATCH if kind == "batch" else 1
    requests = []
    for first in range(place * block, count, CONNECTIONS * block):
        requests += KINDS[kind](path, token, range(first, min(first + block, count)), images)
    connection = Connection(port)
    out.send("ready")
    out.recv()
    spent, waits = resource.getrusage(resource.RUSAGE_SELF), []
    for pieces in requests:
        begun = time.perf_counter()
        body = connection.ask(pieces)
        waits.append((time.perf_counter() - begun) * 1000)
        if kind == "batch" and b'"code"' in body:
            raise RuntimeError(body[:500])
    now = resource.getrusage(resource.RUSAGE_SELF)
    out.send((waits, now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime))


def main() -> None:
    import multiprocessing  # noqa: PLC0415 (only the process that is started for it)

    order = pickle.load(sys.stdin.buffer)  # noqa: S301 (from the benchmark itself)
    forked = multiprocessing.get_context("fork")
    ends = []
    for place in range(CONNECTIONS):
        here, there = forked.Pipe()
        forked.Process(target=_client, args=(place, order, there), daemon=True).start()
        there.close()
        ends.append(here)
    for end in ends:
        end.recv()
    os.write(1, b"ready\n")
    sys.stdin.buffer.readline()
    begun = time.perf_counter()
    for end in ends:
        end.send("go")
    told = [end.recv() for end in ends]
    seconds = time.perf_counter() - begun
    waits = [wait for waits, _ in told for wait in waits]
    print(json.dumps({"seconds": seconds, "waits_ms": waits, "processor_seconds": sum(spent for _, spent in told)}))


if __name__ == "__main__":
    main()
