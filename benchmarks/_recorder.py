"""A page that records, played by a program: chunks made each half second and sent as they come, alive every 5 seconds,
the seal at the end. Raw HTTP on kept connections, so that a hundred of them cost little beside the server.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from cam2bytes.lib.digests import format_content_digest, sha256_hex
from cam2bytes.lib.matroska_blocks import Block, read_blocks

CHUNK_MS = 500
ALIVE_SECONDS = 5
AT_ONCE = 3  # chunks under way, as the page has it
ANSWER_SECONDS = 120
CLOSED = (ConnectionError, asyncio.IncompleteReadError)


@dataclass(frozen=True)
class Stream:
    """What one MediaRecorder gives: chunks, each with its digest, made once for all recorders."""

    content_type: str
    chunks: list[bytes]
    digests: list[str]

    @property
    def seconds(self) -> float:
        return len(self.chunks) * CHUNK_MS / 1000


def stream_of(content_type: str, data: bytes) -> Stream:
    chunks = list(cut(data))
    return Stream(content_type, chunks, [format_content_digest(sha256_hex(chunk)) for chunk in chunks])


def cut(data: bytes) -> Iterator[bytes]:
    """The bytes of a WebM or Matroska stream that each half second brings."""
    start = before = 0
    due_ms = CHUNK_MS
    for found, end in read_blocks(data, None):
        if isinstance(found, Block) and found.ticks >= due_ms:
            yield data[start:before]
            start, due_ms = before, due_ms + CHUNK_MS
        before = end
    yield data[start:]


class Refused(Exception):
    """The server's answer was no receipt."""


class Connection:
    """One kept HTTP/1.1 connection; opened anew where the server has closed it."""

    def __init__(self, port: int, token: str, room: str = "recordings"):
        """`room`: what stands in all its addresses behind /api/v1/."""
        self.port, self.token, self.room = port, token, room
        self.reader = self.writer = None

    async def send(
        self, method: str, path: str, body: bytes = b"", content_type="application/json", **headers
    ) -> bytes:
        """The body of the answer; raises `Refused` for any status but 200 and 201."""
        lines = [f"{method} /api/v1/{self.room}{path} HTTP/1.1", "Host: 127.0.0.1",
                 f"Authorization: Bearer {self.token}", f"Content-Type: {content_type}",
                 f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]  # fmt: skip
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                is_fresh = self.writer is None
                try:
                    return await self._exchange(head, body)
                except CLOSED:
                    self.close()
                    if is_fresh:
                        raise

    async def _exchange(self, head: bytes, body: bytes) -> bytes:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(head)
        self.writer.write(body)
        await self.writer.drain()
        said = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        size = int(said.partition("content-length: ")[2].partition("\r\n")[0])
        answer = await self.reader.readexactly(size)
        if "connection: close" in said:
            self.close()
        status = int(said.split(" ", 2)[1])
        if status not in (200, 201):
            raise Refused(f"{head.splitlines()[0]}: {status} {answer[:300]}")
        return answer

    async def ask(self, method: str, path: str, **values):
        return json.loads(await self.send(method, path, json.dumps(values).encode() if values else b""))

    def close(self) -> None:
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


@dataclass
class Recorder:
    """`waits_ms`: from the moment each chunk was made to its receipt, waiting behind others included."""

    port: int
    token: str
    stream: Stream
    id: str = ""
    began_at: float = 0  # time.perf_counter() when its MediaRecorder started
    waits_ms: list[float] = field(default_factory=list)
    kept: int = 0

    async def start(self) -> None:
        self.control = Connection(self.port, self.token)
        values = {"content_type": self.stream.content_type, "timeslice_ms": CHUNK_MS, "width": 1280, "height": 720}
        self.id = (await self.control.ask("POST", "", **values))["id"]

    async def record(self) -> None:
        """The whole stream in real time, then the seal."""
        self.began_at = time.perf_counter()
        made: asyncio.Queue = asyncio.Queue()
        alive = asyncio.create_task(self._say_alive(made))
        async with asyncio.TaskGroup() as senders:
            for _ in range(AT_ONCE):
                senders.create_task(self._send_made(made))
            for number in range(len(self.stream.chunks)):
                due = self.began_at + (number + 1) * CHUNK_MS / 1000
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                made.put_nowait((number, due))
            for _ in range(AT_ONCE):
                made.put_nowait(None)
        alive.cancel()
        await asyncio.wait([alive])
        self.control.close()  # with what it was told last, which may be half an answer
        count = len(self.stream.chunks)
        await self.control.ask("POST", f"/{self.id}/seal", chunk_count=count, end_reason="stopped")
        self.control.close()

    async def _send_made(self, made: asyncio.Queue) -> None:
        connection = Connection(self.port, self.token)
        while waiting := await made.get():
            number, due = waiting
            await connection.send(
                "PUT", f"/{self.id}/chunks/{number}", self.stream.chunks[number], "application/octet-stream",
                **{"Content-Digest": self.stream.digests[number]},
            )  # fmt: skip
            self.waits_ms.append((time.perf_counter() - due) * 1000)
            self.kept += 1
        connection.close()

    async def _say_alive(self, made: asyncio.Queue) -> None:
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            await self.control.ask("POST", f"/{self.id}/alive", state="recording", waiting_count=made.qsize())
