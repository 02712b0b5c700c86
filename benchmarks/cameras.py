"""How many cameras one machine carries: pages that capture at once against a real `./dev run`, in real time, while
some people have the wall of all of them open.

    ./dev bench cameras [--cameras N] [--fps R] [--seconds S] [--viewers N]

Each sends every frame by itself over kept connections, at most three under way, with its digest. Afterwards each frame
must be ready, and what is held must be what was sent: digests of the rows against those sent, of the files against
the rows. Cameras and viewers are processes of their own, whose processor time is told apart.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._camera import Camera, Viewer, sign_in
from benchmarks._measuring import ProcessorTime, machine, spread
from benchmarks._pictures import pictures
from benchmarks.recorders import SETTLE_SECONDS, by_role
from tests.client import Api
from tests.running import Running, running_cam2bytes

DIFFERENT = 20  # frames
READY_SECONDS = 300
ACCOUNT = {"DJANGO_SUPERUSER_USERNAME": "bench", "DJANGO_SUPERUSER_PASSWORD": "bench-long-password"}


# Cameras and viewers, each kind in a process of its own -----------------------------------------------


def play_cameras(port: int, secret: str, arguments: argparse.Namespace) -> dict:
    frames = pictures(DIFFERENT)
    count = round(arguments.fps * arguments.seconds)
    cameras = [
        Camera(port, secret, frames, arguments.fps, count, f"camera {place}") for place in range(arguments.cameras)
    ]
    return asyncio.run(_capture(cameras))


async def _capture(cameras: list[Camera]) -> dict:
    for camera in cameras:
        await camera.start()
    begun, before = time.perf_counter(), time.process_time()
    outcomes = await asyncio.gather(
        *(_later(camera, place / len(cameras)) for place, camera in enumerate(cameras)), return_exceptions=True
    )
    return {
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - before,
        "waits_ms": [wait for camera in cameras for wait in camera.waits_ms],
        "sent": {camera.id: camera.sent for camera in cameras},
        "errors": [repr(outcome) for outcome in outcomes if outcome],
    }


async def _later(camera: Camera, share: float) -> None:
    """Not all at the same moment: people press the button when they like."""
    await asyncio.sleep(share / camera.fps)
    await camera.capture()


def play_viewers(port: int, arguments: argparse.Namespace) -> dict:
    viewers = [Viewer(port, sign_in(port, *ACCOUNT.values())) for _ in range(arguments.viewers)]
    asyncio.run(_look(viewers, arguments.seconds))
    return {
        "waits_ms": [wait for viewer in viewers for wait in viewer.waits_ms],
        "ages_ms": [age for viewer in viewers for age in viewer.ages_ms],
        "pictures": sum(viewer.pictures for viewer in viewers),
        "full": sum(viewer.full for viewer in viewers),
        "received_bytes": sum(viewer.received_bytes for viewer in viewers),
    }


async def _look(viewers: list[Viewer], seconds: float) -> None:
    looking = []
    for viewer in viewers:
        looking.append(asyncio.create_task(viewer.look()))
        await asyncio.sleep(1 / len(viewers))
    await asyncio.sleep(seconds - 1)
    for task in looking:
        task.cancel()
    for outcome in await asyncio.gather(*looking, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


# The server and what came of it ----------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=100)
    parser.add_argument("--fps", type=float, default=2.0)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--viewers", type=int, default=0, help="people with the wall open")
    parser.add_argument("--play", nargs=3, help=argparse.SUPPRESS)  # cameras or viewers, port, token
    arguments = parser.parse_args()
    if arguments.play:
        kind, port, secret = arguments.play
        told = play_cameras(int(port), secret, arguments) if kind == "cameras" else play_viewers(int(port), arguments)
        print(json.dumps(told))
        return
    said_of_machine = machine()
    with (
        tempfile.TemporaryDirectory(prefix="c2b-bench-") as folder,
        running_cam2bytes(Path(folder) / "data", env=ACCOUNT) as running,
    ):
        measure(running, arguments, said_of_machine)


def player(kind: str, running: Running, secret: str) -> subprocess.Popen:
    port = running.url.rpartition(":")[2]
    command = [sys.executable, "-m", "benchmarks.cameras", *sys.argv[1:], "--play", kind, port, secret]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def measure(running: Running, arguments: argparse.Namespace, said_of_machine: str) -> None:
    secret = running.manage("create_token", "bench", "--scope", "full")
    time.sleep(SETTLE_SECONDS)
    spent = ProcessorTime(by_role(running))
    players = [player("cameras", running, secret)]
    if arguments.viewers:
        players.append(player("viewers", running, secret))
    told, *seen = [json.loads(one.communicate()[0]) for one in players]
    used, closed_at = spent.used(), time.monotonic()
    held = wait_until_judged(Api(running.url, secret), told["sent"])
    judged_seconds = time.monotonic() - closed_at
    check = json.loads(running.manage("checkmedia", "--level", "digest", "--json").splitlines()[-1])
    report(arguments, said_of_machine, told, used, held, judged_seconds, check)
    for one in seen:
        report_viewers(arguments, one)
    wanted = arguments.cameras * round(arguments.fps * arguments.seconds)
    if told["errors"] or held != told["sent"] or sum(map(len, held.values())) != wanted:
        sys.exit(1)


def wait_until_judged(api: Api, sent: dict) -> dict[str, dict[str, str]]:
    """{capture session: {number: digest}} of the frames that are ready, once all are, or nothing more comes."""
    deadline, held = time.monotonic() + READY_SECONDS, {}
    for capture_id, frames in sent.items():
        while True:
            capture = api.json("GET", f"captures/{capture_id}")
            if capture["ready_count"] >= len(frames) or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        held[capture_id] = ready_frames(api, capture_id)
    return held


def ready_frames(api: Api, capture_id: str) -> dict[str, str]:
    found, after = {}, ""
    while True:
        page = api.json("GET", f"captures/{capture_id}/frames?limit=500{after}")
        found |= {str(frame["number"]): frame["sha256"] for frame in page["items"] if frame["status"] == "ready"}
        if page["next_after"] is None:
            return found
        after = f"&after={page['next_after']}"


def row(what: str, *figures: str) -> None:
    print(f"| {what} | {' / '.join(figures)} |", flush=True)


def whole(values) -> list[str]:
    return [f"{value:.0f}" for value in values]


def report(arguments, said_of_machine, told, used, held, judged_seconds, check) -> None:
    sent, seconds = told["sent"], told["seconds"]
    receipts = sum(map(len, sent.values()))
    same = sum(held[pk].get(number) == digest for pk, frames in sent.items() for number, digest in frames.items())
    taken = arguments.cameras * round(arguments.fps * arguments.seconds)
    print(f"{arguments.cameras} cameras at {arguments.fps:g} frames per second for {arguments.seconds} s, 720p JPEG")
    print(f"{said_of_machine}\n\n| | |\n| --- | ---: |")
    row("receipt after the frame was taken, ms: p50 / p95 / p99 / longest", *whole(spread(told["waits_ms"])))
    row("frames taken / receipts / held ready with the digest sent", *whole((taken, receipts, same)))
    row("objects / of them not as their rows say, by digest", *whole((check["objects"], check["losses"])))
    row("all judged, s after the last close", f"{judged_seconds:.1f}")
    row(f"processor, % of a core: {' / '.join(used)}", *whole(100 * part / seconds for part in used.values()))
    row("the cameras' own", *whole([100 * told["processor"] / seconds]))
    row("server's processor time for a frame, ms", f"{1000 * sum(used.values()) / receipts:.1f}")
    for error in told["errors"][:10]:
        print("error:", error)


def report_viewers(arguments, seen: dict) -> None:
    asked = len(seen["waits_ms"])
    row(f"{arguments.viewers} viewers, ms for an answer: p50 / p95 / p99 / longest", *whole(spread(seen["waits_ms"])))
    row("age of a picture when the next took its place, ms: the same", *whole(spread(seen["ages_ms"])))
    row("pictures in an answer / of them whole frames", *whole((seen["pictures"] / asked, seen["full"] / asked)))
    row("an answer holds, kB", *whole([seen["received_bytes"] / asked / 1000]))


if __name__ == "__main__":
    main()
