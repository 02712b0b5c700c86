"""Watching while it is recorded: how soon, how far behind, and what viewers cost the recorder.

    ./dev bench live [--seconds S] [--viewers 0 1 5 20] [--series NAME]

For each number of viewers one recorder sends a real series in real time to the real web server, and viewers ask as
the page does: three times a second, all pieces of an answer at once, six connections each. "Behind" is the time in the
lens minus that of the last picture fetched, for which half a second of chunk and the upload are already gone; the page
then plays one second behind that. Decoding is not in it: `./dev test tests/browser/test_live.py -n 0 -s` prints what
a real Chromium shows.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._measuring import ProcessorTime, machine, spread
from benchmarks._recorder import CHUNK_MS, Connection, Recorder, stream_of
from benchmarks._serving import Served, serving
from tests import long_recordings, media

ASK_AGAIN_SECONDS = 0.35  # ASK_AGAIN_MS of static/js/live-player.js
CONNECTIONS = 6  # that a browser opens to one server
JOIN_AFTER_SECONDS = 5


# Recorder and viewers, in their own process ----------------------------------------------------------


@dataclass
class Viewer:
    recorder: Recorder
    first_ms: float = 0  # until everything for the first picture was there
    behind_ms: list[float] = field(default_factory=list)
    asked: int = 0

    async def watch(self) -> None:
        """From the live edge, until its task is cancelled."""
        self.connections: asyncio.Queue[Connection] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            self.connections.put_nowait(Connection(self.recorder.port, self.recorder.token))
        begun, last = time.perf_counter(), None
        root, init = f"/{self.recorder.id}/live", None
        while True:
            answer = json.loads(await self._get(root + ("" if last is None else f"?after={last}")))
            self.asked += 1
            if pieces := answer["pieces"]:
                wanted = [f"{root}/{piece['number']}" for piece in pieces]
                if pieces[0]["init"] != init:
                    wanted.append(f"{root}/{pieces[0]['number']}/init")
                await asyncio.gather(*map(self._get, wanted))
                init, last = pieces[-1]["init"], pieces[-1]["number"]
                now = time.perf_counter()
                self.first_ms = self.first_ms or (now - begun) * 1000
                self.behind_ms.append((now - self.recorder.began_at) * 1000 - pieces[-1]["end_ms"])
            await asyncio.sleep(ASK_AGAIN_SECONDS)

    async def _get(self, path: str) -> bytes:
        connection = await self.connections.get()
        try:
            return await connection.send("GET", path)
        finally:
            self.connections.put_nowait(connection)


async def play(port: int, token: str, count: int, series: str, seconds: float) -> dict:
    """One recorder, and from `JOIN_AFTER_SECONDS` on `count` viewers, who do not all come at the same moment."""
    loops = -(-seconds * 1000 // long_recordings.LOOP_MS)
    short = b"".join(media.chunks_of(series))
    clusters = long_recordings.clusters(loops * long_recordings.LOOP_MS / 1000, short)
    stream = stream_of(media.manifest_of(series)["mime"], b"".join(cluster for _, cluster in clusters))
    wanted = round(seconds * 1000 / CHUNK_MS)
    recorder = Recorder(port, token, type(stream)(stream.content_type, stream.chunks[:wanted], stream.digests[:wanted]))
    await recorder.start()
    recording = asyncio.create_task(recorder.record())
    await asyncio.sleep(JOIN_AFTER_SECONDS)
    viewers, watching = [Viewer(recorder) for _ in range(count)], []
    for viewer in viewers:
        watching.append(asyncio.create_task(viewer.watch()))
        await asyncio.sleep(ASK_AGAIN_SECONDS / count)
    await recording
    for task in watching:
        task.cancel()
    ended = await asyncio.gather(*watching, return_exceptions=True)
    return {
        "id": recorder.id,
        "seconds": recorder.stream.seconds,
        "waits_ms": recorder.waits_ms,
        "first_ms": [viewer.first_ms for viewer in viewers],
        "behind_ms": [behind for viewer in viewers for behind in viewer.behind_ms],
        "errors": [repr(error) for error in ended if not isinstance(error, asyncio.CancelledError)],
        "processor": sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),
    }


# The server and what came of it ----------------------------------------------------------------------


def measure(served: Served, made: Path, count: int, arguments: argparse.Namespace) -> dict:
    """What `play` tells, the server's processor time in per cent of a core, and how often pieces were made."""
    made.write_text("")
    spent, begun = ProcessorTime({"web": served.processes}), time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.live", "--play", str(served.port), served.token, str(count),
               "--series", arguments.series, "--seconds", str(arguments.seconds)]  # fmt: skip
    told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    lines = made.read_text().splitlines()
    per_cent = 100 * spent.used()["web"] / (time.perf_counter() - begun)
    return told | {"per_cent": per_cent, "made": len(lines), "pieces": len(set(lines))}


def row(count: int, told: dict, alone: dict) -> str:
    p50, _, p99, longest = spread(told["waits_ms"])
    ratio = p50 / (spread(alone["waits_ms"])[0] or 1)
    cells = [count, f"{p50:.0f} / {p99:.0f} / {longest:.0f} ms", f"{ratio:.2f}", f"{told['per_cent']:.1f} %"]
    if count:
        behind, _, _, most_behind = spread(told["behind_ms"])
        first, _, _, last = spread(told["first_ms"])
        cells += [f"{first:.0f} / {last:.0f} ms", f"{behind / 1000:.1f} / {most_behind / 1000:.1f} s"]
        cells += [f"{told['made']} for {told['pieces']}"]
    else:
        cells += ["", "", f"{told['made']}"]
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="each recording")
    parser.add_argument("--viewers", type=int, nargs="+", default=[0, 1, 5, 20])
    parser.add_argument("--series", default="mkv_h264_opus_640_kfd1000", help="of tests/samples, WebM or Matroska")
    parser.add_argument("--play", nargs=3, help=argparse.SUPPRESS)  # port, token, number of viewers
    arguments = parser.parse_args()
    if arguments.play:
        port, token, count = arguments.play
        print(json.dumps(asyncio.run(play(int(port), token, int(count), arguments.series, arguments.seconds))))
        return
    print(f"{arguments.series}, {arguments.seconds:.0f} s each\n{machine()}\n")
    print("| viewers | recorder's receipts, p50 / p99 / longest | p50 against the first row | web server, of a core "
          "| all for the first picture, p50 / longest | behind the lens, p50 / longest | pieces made |\n"
          "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="c2b-bench-") as folder:
        made = Path(folder) / "made"
        with serving("benchmarks.counted:application", Path(folder) / "data", COUNT_FILE=str(made)) as served:
            outcomes = {}
            for count in arguments.viewers:
                outcomes[count] = measure(served, made, count, arguments)
                print(row(count, outcomes[count], outcomes[arguments.viewers[0]]), flush=True)
    errors = [error for told in outcomes.values() for error in told["errors"]]
    for error in errors[:10]:
        print("error:", error)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
