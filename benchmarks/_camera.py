"""A camera that takes frames, played by a program: each sent by itself as soon as it is taken, alive every 5 seconds,
closed at the end. And a viewer of the wall, who asks as a browser does.
"""

import asyncio
import contextlib
import http.client
import json
import re
import time
import urllib.parse
from dataclasses import dataclass, field

from benchmarks._recorder import Connection
from cam2bytes.lib import batches
from cam2bytes.lib.digests import format_content_digest, sha256_hex

ALIVE_SECONDS = 5
AT_ONCE = 3  # frames under way
ASK_SECONDS = 0.75


@dataclass
class Camera:
    """`frames`: what it sees, over and over. `sent`: {number: digest} of what the server gave a receipt for."""

    port: int
    token: str
    frames: list[bytes]
    fps: float
    count: int
    name: str
    id: str = ""
    waits_ms: list[float] = field(default_factory=list)  # from the moment each was taken to its receipt
    sent: dict[int, str] = field(default_factory=dict)

    def connection(self) -> Connection:
        return Connection(self.port, self.token, "captures")

    async def start(self) -> None:
        self.control = self.connection()
        self.id = (await self.control.ask("POST", "", name=self.name, requested_fps=self.fps))["id"]

    async def capture(self) -> None:
        """All its frames in real time, then the close."""
        begun = time.perf_counter()
        taken: asyncio.Queue = asyncio.Queue()
        alive = asyncio.create_task(self._say_alive())
        async with asyncio.TaskGroup() as senders:
            for _ in range(AT_ONCE):
                senders.create_task(self._send_taken(taken))
            for number in range(self.count):
                due = begun + number / self.fps
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                taken.put_nowait((number, due, round(time.time() * 1000)))
            for _ in range(AT_ONCE):
                taken.put_nowait(None)
        alive.cancel()
        await asyncio.wait([alive])
        self.control.close()  # with what it was told last, which may be half an answer
        await self.control.ask("POST", f"/{self.id}/close", frame_count=self.count)
        self.control.close()

    async def _send_taken(self, taken: asyncio.Queue) -> None:
        connection = self.connection()
        while waiting := await taken.get():
            number, due, taken_at_ms = waiting
            frame = self.frames[number % len(self.frames)]
            digest = sha256_hex(frame)
            headers = {"Content-Digest": format_content_digest(digest), "Cam2Bytes-Taken-At": str(taken_at_ms)}
            await connection.send("PUT", f"/{self.id}/frames/{number}", frame, "image/jpeg", **headers)
            self.waits_ms.append((time.perf_counter() - due) * 1000)
            self.sent[number] = digest
        connection.close()

    async def _say_alive(self) -> None:
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            await self.control.ask("POST", f"/{self.id}/alive")


def sign_in(port: int, name: str, password: str) -> str:
    """The Cookie header of somebody signed in."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/sign-in/")
    page = connection.getresponse()
    csrf = re.search(r"csrftoken=([^;]+)", page.getheader("Set-Cookie")).group(1)
    page.read()
    form = urllib.parse.urlencode({"username": name, "password": password, "csrfmiddlewaretoken": csrf})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={csrf}"}
    connection.request("POST", "/sign-in/", form, headers)
    answer = connection.getresponse()
    return "; ".join(re.findall(r"((?:sessionid|csrftoken)=[^;]+)", "; ".join(answer.headers.get_all("Set-Cookie"))))


@dataclass
class Viewer:
    """Somebody who has the wall open with every tile in sight.

    ages_ms:  how old what was shown had become when another picture took its place, since it reached the server
    full:     pictures that were the frame itself, as its thumbnail was not made yet
    """

    port: int
    cookie: str
    waits_ms: list[float] = field(default_factory=list)
    ages_ms: list[float] = field(default_factory=list)
    pictures: int = 0
    full: int = 0
    received_bytes: int = 0
    _shown: dict[str, tuple] = field(default_factory=dict)  # {id: (number, when it reached the server)}

    async def look(self) -> None:
        """Until it is cancelled."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                begun = time.perf_counter()
                await asyncio.to_thread(self._ask, connection)
                self.waits_ms.append((time.perf_counter() - begun) * 1000)
                await asyncio.sleep(max(ASK_SECONDS - (time.perf_counter() - begun), 0))

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        of = ",".join(f"{name[:8]}.{number}" for name, (number, _came) in self._shown.items())
        connection.request("GET", f"/live/news?of={of}", headers={"Cookie": self.cookie})
        body = connection.getresponse().read()
        self.received_bytes += len(body)
        told, *pictures = batches.records(body)
        entries = {entry["id"]: entry for entry in json.loads(told.data)["entries"]}
        for name in entries:
            self._shown.setdefault(name, ("", None))
        now_ms = time.time() * 1000
        for picture in pictures:
            name = picture.head["id"]
            if came := self._shown[name][1]:
                self.ages_ms.append(now_ms - came)
            self._shown[name] = (picture.head["number"], entries[name]["picture_ms"])
            self.pictures += 1
            self.full += entries[name]["picture_url"].endswith("/image")
