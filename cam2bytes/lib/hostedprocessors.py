"""The worker's side of `processorhost`: questions with a time limit, and another host after one that was lost."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time

from django.conf import settings

from cam2bytes.lib.frameprocessors import FrameFacts, as_json

START_SECONDS = 60  # for libraries that somebody's processors may need


class HostLost(Exception):
    """The host did not answer in time, or ended."""


class Host:
    """A running host. It ends when its pipe is closed, so also when the worker is killed."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cam2bytes.lib.processorhost"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]},
        )  # fmt: skip
        self._read = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.process.stdout, selectors.EVENT_READ)
        self._answer(START_SECONDS)

    def ask(self, path: str, frame: FrameFacts, seconds: float) -> dict:
        """{"measures"} or {"failure"}. Raises `HostLost`, and the host is gone."""
        previous = frame.previous
        images = [frame.image, *([previous.image] if previous else [])]
        question = {"path": path, "seconds": seconds, "frame": as_json(frame),
                    "previous": previous and as_json(previous), "sizes": [len(image) for image in images]}  # fmt: skip
        try:
            self.process.stdin.write(b"".join([json.dumps(question).encode(), b"\n", *images]))
            self.process.stdin.flush()
        except OSError:
            self.end()
            raise HostLost("It ended before it was asked.") from None
        return self._answer(seconds)

    def _answer(self, seconds: float) -> dict:
        until = time.monotonic() + seconds
        while not self._read.endswith(b"\n"):
            if not self._selector.select(max(until - time.monotonic(), 0)):
                self.end()
                raise HostLost(f"It took longer than {seconds:g} s.")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                self.end()
                raise HostLost(f"It ended its process (code {self.process.returncode}).")
            self._read += piece
        answer, self._read = json.loads(self._read), b""
        return answer

    def end(self) -> None:
        self._selector.close()
        self.process.kill()
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


_host: Host | None = None


def ask(path: str, frame: FrameFacts) -> dict:
    """What this processor says of this frame: {"measures": {…}, "took_ms": …} or {"failure": "…"}."""
    global _host
    began = time.monotonic()
    try:
        _host = _host or Host()
        began = time.monotonic()  # how long it takes to start is nobody's fault
        outcome = _host.ask(path, frame, settings.CAM2BYTES_FRAME_PROCESSOR_SECONDS)
    except HostLost as lost:
        _host = None
        return {"failure": str(lost)}
    if failure := outcome.get("failure"):
        return {"failure": failure[:500]}
    return outcome | {"took_ms": round((time.monotonic() - began) * 1000, 1)}


def end() -> None:
    """End the host, if there is one."""
    global _host
    if _host:
        _host.end()
        _host = None
