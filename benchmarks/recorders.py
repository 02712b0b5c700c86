"""How many recorders one machine carries: pages that record at once against a real `./dev run`, in real time.

    ./dev bench recorders [--recorders N] [--seconds S] [--mbit R]

Each sends a chunk every half second over kept connections, at most three under way, with its digest, says every five
seconds that it is alive, and seals at the end. Afterwards every recording must become ready, and what is held must be
what was sent, byte for byte. The recorders are one process of their own, whose processor time is told apart.
"""

import argparse
import asyncio
import http.client
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks._measuring import ProcessorTime, machine, spread
from benchmarks._recorder import CHUNK_MS, Recorder, stream_of
from benchmarks.finish import KINDS, LOOP_MS, short_recording
from cam2bytes.lib.digests import sha256_hex
from tests import long_recordings
from tests.running import Running, running_cam2bytes

READY_SECONDS = 1800
SETTLE_SECONDS = 10  # what has just started uses the processor for a while
CONTENT_TYPE = "video/webm;codecs=vp9,opus"
ROLES = {"gunicorn": "web", "worker": "workers", "valkey": "broker", "redis": "broker"}
"""A word in a process's command line -> what it does; "other" without any of them."""


# The recorders, in their own process -----------------------------------------------------------------


def play_recorders(port: int, token: str, count: int, path: Path) -> dict:
    """What happened to them, as `play` tells it, and the processor time that it took, in seconds."""
    stream = stream_of(CONTENT_TYPE, path.read_bytes())
    before = resource.getrusage(resource.RUSAGE_SELF)
    told = asyncio.run(play([Recorder(port, token, stream) for _ in range(count)]))
    after = resource.getrusage(resource.RUSAGE_SELF)
    return told | {"processor": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


async def play(recorders: list[Recorder]) -> dict:
    for recorder in recorders:
        await recorder.start()
    begun = time.perf_counter()
    outcomes = await asyncio.gather(
        *(later(recorder, place / len(recorders)) for place, recorder in enumerate(recorders)), return_exceptions=True
    )
    return {
        "seconds": time.perf_counter() - begun,
        "ids": [recorder.id for recorder in recorders],
        "waits_ms": [wait for recorder in recorders for wait in recorder.waits_ms],
        "kept": sum(recorder.kept for recorder in recorders),
        "chunks": sum(len(recorder.stream.chunks) for recorder in recorders),
        "errors": [repr(outcome) for outcome in outcomes if outcome],
    }


async def later(recorder: Recorder, share: float) -> None:
    """Not all at the same moment: people press the button when they like."""
    await asyncio.sleep(share * CHUNK_MS / 1000)
    await recorder.record()


# The server and what came of it ----------------------------------------------------------------------


def by_role(running: Running) -> dict[str, list[psutil.Process]]:
    roles: dict[str, list[psutil.Process]] = {role: [] for role in (*ROLES.values(), "other")}
    for process in running.processes():
        command = " ".join(process.cmdline())
        roles[next((role for word, role in ROLES.items() if word in command), "other")].append(process)
    return roles


class Api:
    """What a program asks afterwards, on one connection."""

    def __init__(self, port: int, token: str):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> bytes:
        self.connection.request("GET", f"/api/v1/recordings{path}", headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body[:300])
        return body

    def json(self, path: str) -> dict:
        return json.loads(self.get(path))


def wait_until_over(api: Api, ids: list[str]) -> list[dict]:
    """The recordings, once each is ready or failed."""
    deadline, done = time.monotonic() + READY_SECONDS, {}
    while len(done) < len(ids) and time.monotonic() < deadline:
        time.sleep(1)
        for recording_id in ids:
            if recording_id not in done and (found := api.json(f"/{recording_id}"))["status"] in ("ready", "failed"):
                done[recording_id] = found
    return list(done.values())


def stream_bytes(mbit: float, seconds: float) -> bytes:
    """A stream at that rate; the encoder misses what it is asked for, so it is asked twice."""
    kind = KINDS["WebM (VP9)"]
    reached = len(short_recording(kind, mbit)) * 8 / LOOP_MS / 1000
    short = short_recording(kind, mbit * mbit / reached)
    loops = -(-seconds * 1000 // LOOP_MS)
    clusters = long_recordings.clusters(loops * LOOP_MS / 1000, short, LOOP_MS)
    return b"".join(limited(clusters, seconds))


def limited(clusters: Iterator[tuple[int, bytes]], seconds: float) -> Iterator[bytes]:
    """The header and a cluster for each second."""
    return (cluster for number, cluster in clusters if number <= seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recorders", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60, help="each one records")
    parser.add_argument("--mbit", type=float, default=2.5, help="of the picture, per second")
    parser.add_argument("--play", nargs=3, help=argparse.SUPPRESS)  # port, token, file of the stream
    arguments = parser.parse_args()
    if arguments.play:
        port, token, path = arguments.play
        print(json.dumps(play_recorders(int(port), token, arguments.recorders, Path(path))))
        return
    said_of_machine = machine()
    with tempfile.TemporaryDirectory(prefix="c2b-bench-") as folder:
        path = Path(folder) / "stream"
        path.write_bytes(stream_bytes(arguments.mbit, arguments.seconds))
        env = {"DJANGO_SUPERUSER_USERNAME": "bench", "DJANGO_SUPERUSER_PASSWORD": "bench-long-password"}
        with running_cam2bytes(Path(folder) / "data", env=env) as running:
            measure(running, path, arguments, said_of_machine)


def measure(running: Running, path: Path, arguments: argparse.Namespace, said_of_machine: str) -> None:
    port, token = int(running.url.rpartition(":")[2]), running.manage("create_token", "bench", "--scope", "full")
    time.sleep(SETTLE_SECONDS)
    spent = ProcessorTime(by_role(running))
    command = [sys.executable, "-m", "benchmarks.recorders", "--recorders", str(arguments.recorders)]
    played = subprocess.run([*command, "--play", str(port), token, str(path)], stdout=subprocess.PIPE, check=True)
    told, used = json.loads(played.stdout), spent.used()
    sealed_at = time.monotonic()
    api = Api(port, token)
    recordings = wait_until_over(api, told["ids"])
    ready = [recording for recording in recordings if recording["status"] == "ready"]
    ready_seconds = time.monotonic() - sealed_at
    sent = sha256_hex(path.read_bytes())
    whole = sum(sha256_hex(api.get(f"/{recording_id}/original")) == sent for recording_id in told["ids"])

    count, seconds = arguments.recorders, told["seconds"]
    share = {role: 100 * used[role] / seconds / count for role in used}
    of_all = sum(share.values())
    p50, p95, p99, longest = spread(told["waits_ms"])
    mbit = path.stat().st_size * 8 * count / told["chunks"] / CHUNK_MS / 1000
    print(f"{count} recorders for {arguments.seconds} s, each {mbit:.1f} Mbit/s in chunks of {CHUNK_MS} ms")
    print(f"{said_of_machine}\n\n| | |\n| --- | ---: |")
    print(f"| receipt after the chunk was made, p50 / p95 / p99 | {p50:.0f} / {p95:.0f} / {p99:.0f} ms |")
    print(f"| the longest | {longest:.0f} ms |")
    print(f"| chunks made, receipts | {told['chunks']}, {told['kept']} |")
    print(f"| recordings held whole, every byte as sent | {whole} of {count} |")
    print(f"| recordings ready | {len(ready)} of {count}, all {ready_seconds:.0f} s after the last seal |")
    print(f"| server's processor time per recorder | {of_all:.2f} % of a core |")
    print("| of that " + ", ".join(share) + " | " + ", ".join(f"{part:.2f}" for part in share.values()) + " % |")
    print(f"| recorders per core | {100 / of_all:.0f} |")
    print(f"| the recorders' own processor time | {100 * told['processor'] / seconds / count:.2f} % of a core each |")
    print(f"| took | {seconds:.1f} s instead of {arguments.seconds} |")
    for error in told["errors"][:10]:
        print("error:", error)
    if told["errors"] or whole < count or len(ready) < count:
        sys.exit(1)


if __name__ == "__main__":
    main()
