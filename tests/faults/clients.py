"""Clients that upload through the real doors, send again what they are unsure of, and remember every receipt.

An answer has three kinds (as in Jepsen's histories): acknowledged, refused, unknown. Only what was
acknowledged must be there afterwards; what is unknown may be or not, and is sent again until it is known.
"""

import http.client
import io
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from PIL import Image

from cam2bytes.lib import batches
from cam2bytes.lib.digests import format_content_digest, sha256_hex
from tests import media

SERIES = "size_change_webm_vp8"  # small, and real: 10 chunks of Chromium's
AGAIN = (503, 507)  # an orderly "not now"
IDLE_SECONDS = 5  # the server closes what it has not heard of for longer
PAUSE = 0.05  # seconds before the same is sent again


@dataclass
class Ledger:
    """What the clients know, in three kinds, and how long answers took."""

    acknowledged: dict[tuple[str, str, int], bytes] = field(default_factory=dict)  # (kind, id, number) -> bytes
    answers: Counter = field(default_factory=Counter)  # status -> how often
    unknown: int = 0
    wrong: list[str] = field(default_factory=list)  # answers that must never be given
    seconds: list[float] = field(default_factory=list)  # of every upload that was answered
    captures: set[str] = field(default_factory=set)
    recordings: set[str] = field(default_factory=set)  # sealed with all of their chunks
    deleted: set[str] = field(default_factory=set)

    def forget(self, owner_id: str) -> None:
        self.recordings.discard(owner_id)
        for key in [key for key in list(self.acknowledged) if key[1] == owner_id]:
            del self.acknowledged[key]

    def acknowledge(self, kind: str, owner_id: str, number: int, data: bytes, receipt: dict) -> None:
        expected = {"number": number, "size_bytes": len(data), "sha256": sha256_hex(data)}
        if {name: receipt.get(name) for name in expected} != expected:
            self.wrong.append(f"the receipt of {kind} {number} speaks of something else: {receipt}")
        self.acknowledged[kind, owner_id, number] = data


class Client:
    """One connection, and its patience."""

    def __init__(self, port: int, token: str, ledger: Ledger, timeout: float = 30):
        self.port = port
        self.headers = {"Authorization": f"Bearer {token}"}
        self.ledger = ledger
        self.timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._used_at = 0.0

    def ask(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json", **headers):
        """(status, JSON) of one try; None when the outcome is unknown."""
        began = time.monotonic()
        if began - self._used_at > IDLE_SECONDS:
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            headers = {**self.headers, "Content-Type": content_type, **headers}
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            self.ledger.unknown += 1
            return None
        self._used_at = time.monotonic()
        self.ledger.answers[status] += 1
        self.ledger.seconds.append(time.monotonic() - began)
        if status >= 500 and status not in AGAIN:
            self.ledger.wrong.append(f"{method} {path}: {status} {text[:200]!r}")
        return status, json.loads(text) if text else {}

    def insist(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json", **headers):
        """(status, JSON), sent again while the outcome is unknown or the server says "not now"."""
        while True:
            answer = self.ask(method, path, body, content_type, **headers)
            if answer is not None and answer[0] < 500:
                return answer
            time.sleep(PAUSE)

    def start(self, kind: str, **values) -> str:
        body = json.dumps({"client_id": str(uuid.uuid4()), **values}).encode()
        status, answer = self.insist("POST", f"/api/v1/{kind}s", body)
        assert status in (200, 201), (status, answer)
        if kind == "capture":
            self.ledger.captures.add(answer["id"])
        return answer["id"]

    def put(self, kind: str, owner_id: str, number: int, data: bytes) -> None:
        """Until it is acknowledged. kind: "frame" or "chunk"."""
        path = f"/api/v1/{'captures' if kind == 'frame' else 'recordings'}/{owner_id}/{kind}s/{number}"
        headers = {"Content-Digest": format_content_digest(sha256_hex(data))}
        status, answer = self.insist("PUT", path, data, "application/octet-stream", **headers)
        self._note(kind, owner_id, number, data, status, answer)

    def post_batch(self, capture_id: str, frames: dict[int, bytes]) -> None:
        body = batches.build(
            [
                ({"number": number, "size_bytes": len(data), "sha256": sha256_hex(data)}, data)
                for number, data in frames.items()
            ]
        )
        path = f"/api/v1/captures/{capture_id}/frames"
        status, answer = self.insist("POST", path, body, batches.CONTENT_TYPE)
        if status != 200:
            self.ledger.wrong.append(f"batch: {status} {answer}")
            return
        for (number, data), receipt in zip(frames.items(), answer["receipts"], strict=True):
            self._note("frame", capture_id, number, data, receipt["status"], receipt)

    def _note(self, kind: str, owner_id: str, number: int, data: bytes, status: int, answer: dict) -> None:
        if status in (200, 201):
            self.ledger.acknowledge(kind, owner_id, number, data, answer)
        else:
            self.ledger.wrong.append(f"{kind} {number}: {status} {answer}")

    def seal(self, recording_id: str, chunk_count: int) -> None:
        body = json.dumps({"chunk_count": chunk_count}).encode()
        status, answer = self.insist("POST", f"/api/v1/recordings/{recording_id}/seal", body)
        if status != 200:
            self.ledger.wrong.append(f"seal: {status} {answer}")
        self.ledger.recordings.add(recording_id)

    def delete(self, kind: str, owner_id: str) -> None:
        """And everything that was acknowledged of it may go."""
        self.ledger.forget(owner_id)
        status, answer = self.insist("DELETE", f"/api/v1/{kind}s/{owner_id}")
        if status != 204:
            self.ledger.wrong.append(f"delete: {status} {answer}")
        self.ledger.deleted.add(owner_id)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


# What they do for ever ---------------------------------------------------------------------------


def take_frames(client: Client, is_over: Callable[[], bool]) -> None:
    """Single frames, one after another."""
    capture_id = client.start("capture")
    number = 0
    while not is_over():
        client.put("frame", capture_id, number, small_image(number))
        number += 1


def take_batches(client: Client, is_over: Callable[[], bool]) -> None:
    """Frames in batches of eight."""
    capture_id = client.start("capture")
    number = 0
    while not is_over():
        client.post_batch(capture_id, {n: small_image(n) for n in range(number, number + 8)})
        number += 8


def record(client: Client, is_over: Callable[[], bool]) -> None:
    """One short recording after another, sealed."""
    while not is_over():
        record_once(client)


def record_and_delete(client: Client, is_over: Callable[[], bool]) -> None:
    """Recordings that are deleted at once: while they are assembled, and while another of their chunks comes."""
    while not is_over():
        recording_id = record_once(client)
        client.delete("recording", recording_id)


def record_once(client: Client) -> str:
    chunks = media.chunks_of(SERIES)
    recording_id = client.start("recording", content_type="video/webm")
    for number, data in enumerate(chunks):
        client.put("chunk", recording_id, number, data)
    client.seal(recording_id, len(chunks))
    return recording_id


def small_image(number: int) -> bytes:
    """A JPEG that no other number has."""
    file = io.BytesIO()
    Image.new("RGB", (48, 32), (number % 256, number // 256 % 256, number // 65536 % 256)).save(file, "JPEG")
    return file.getvalue()


class Crowd:
    """Clients in threads, until they are told to finish."""

    def __init__(self, port: int, token: str, doings: Iterable[Callable], timeout: float = 30):
        self.ledger = Ledger()
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=doing, args=(Client(port, token, self.ledger, timeout), self._over.is_set))
            for doing in doings
        ]
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def tries(self) -> int:
        """Requests sent so far whose outcome is known or never will be."""
        return len(self.ledger.seconds) + self.ledger.unknown

    def finish(self, seconds: float = 60) -> Ledger:
        """Everything begun is sent and known; the ledger."""
        self._over.set()
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), f"a client is still waiting for its answer; so far: {self.ledger.answers}"
        return self.ledger
