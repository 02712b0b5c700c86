"""What durability costs: frames per second that the real web server keeps, with its sync barrier and without, sent
one by one and in batches, by one client and by eight. Both servers run side by side and take turns, so the ratios
mean something on a busy machine too; the figures themselves belong to the machine.

    ./dev bench uploads [--rounds N]
"""

import argparse
import contextlib
import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks._serving import serving
from cam2bytes.lib import batches

FRAME_BYTES = 60_000
BATCH = 30
FRAMES = 240  # of each turn
SERVERS = {"with sync": "cam2bytes.wsgi:application", "without": "benchmarks.unsynced:application"}


@dataclass
class Server:
    port: int
    token: str
    turns: dict[str, list[float]]

    def client(self) -> "Client":
        return Client(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60), self.token)


@dataclass
class Client:
    connection: http.client.HTTPConnection
    token: str

    def send(self, method: str, path: str, body: bytes, content_type: str) -> dict:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        self.connection.request(method, f"/api/v1/captures{path}", body, headers)
        answer = self.connection.getresponse()
        said = answer.read()
        assert answer.status in (200, 201), said
        return json.loads(said)

    def start(self) -> str:
        return self.send("POST", "", b"{}", "application/json")["id"]


def one_by_one(client: Client, image: bytes, count: int) -> None:
    capture_id = client.start()
    for number in range(count):
        client.send("PUT", f"/{capture_id}/frames/{number}", image, "image/jpeg")


def in_batches(client: Client, image: bytes, count: int) -> None:
    capture_id = client.start()
    for start in range(0, count, BATCH):
        body = batches.build([({"number": number}, image) for number in range(start, start + BATCH)])
        receipts = client.send("POST", f"/{capture_id}/frames", body, batches.CONTENT_TYPE)["receipts"]
        assert all(receipt["status"] == 201 for receipt in receipts)


WAYS: dict[str, tuple[Callable, int]] = {
    "one by one, 1 client": (one_by_one, 1),
    "one by one, 8 clients": (one_by_one, 8),
    f"batches of {BATCH}, 1 client": (in_batches, 1),
    f"batches of {BATCH}, 8 clients": (in_batches, 8),
}


def frames_per_second(server: Server, send: Callable, clients: int, image: bytes) -> float:
    count = FRAMES // clients // BATCH * BATCH
    threads = [threading.Thread(target=send, args=(server.client(), image, count)) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count * clients / (time.perf_counter() - begun)


@contextlib.contextmanager
def serving_turns(application: str, folder: Path) -> Iterator[Server]:
    with serving(application, folder) as served:
        yield Server(served.port, served.token, {way: [] for way in WAYS})


def noisy_image() -> bytes:
    """A JPEG of about FRAME_BYTES."""
    noise = np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8)
    for quality in range(95, 0, -5):
        image = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(image) <= FRAME_BYTES:
            return image
    raise AssertionError("no quality is low enough")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    image = noisy_image()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="c2b-bench-")))
        servers = {name: stack.enter_context(serving_turns(app, folder / name)) for name, app in SERVERS.items()}
        for number in range(rounds + 1):
            for way, (send, clients) in WAYS.items():
                for server in servers.values():
                    rate = frames_per_second(server, send, clients, image)
                    if number:  # the first round warms up
                        server.turns[way].append(rate)
    print(f"frames of {len(image) // 1000} kB per second, median of {rounds} rounds of {FRAMES}")
    print("| sent | with sync | without | with / without |\n| --- | ---: | ---: | ---: |")
    for way in WAYS:
        synced, unsynced = (statistics.median(server.turns[way]) for server in servers.values())
        print(f"| {way} | {synced:.0f} | {unsynced:.0f} | {synced / unsynced:.2f} |")


if __name__ == "__main__":
    main()
