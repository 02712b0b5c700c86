"""What it costs to finish a recording: the work from the seal to a kept, probed file, against `ffmpeg -c copy` of the
same bytes, taking turns; and the peak memory of a fresh process by length.

    ./dev bench finish [--minutes M] [--rounds N] [--mbit R] [--ffmpeg PROGRAM]
    ./dev bench finish --long [--hours H]        eight hours at 5 Mbit/s: time and memory alone

The recordings are a few seconds of 720p with sound, encoded here, whose packets are repeated. Ours reads a file for
each second, as the store holds them; ffmpeg reads one file that has them joined. To keep the file, ours is then synced
to the disk: that is the disk's own time, told apart.
"""

import argparse
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from cam2bytes.lib.durable import sync_file
from cam2bytes.lib.runs import BLOCK_BYTES
from cam2bytes.lib.store import LocalStore
from cam2bytes.lib.video import remux
from tests import long_recordings
from tests.mediarecorder import as_recorded

LOOP_SECONDS = 4
LOOP_MS = LOOP_SECONDS * 1000 + 20  # the sound ends a little later than the picture
WIDTH, HEIGHT, FPS = 1280, 720, 30


class Kind(NamedTuple):
    """How the short recording is made, and what `ffmpeg` is told to make of it."""

    container: str
    codec: str
    encoder: dict[str, str]
    copy: list[str]


KINDS = {
    "WebM (VP9)": Kind("webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}, ["-f", "webm"]),
    "MP4 (H.264)": Kind(
        "nut",
        "libx264",
        {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "repeat-headers=1"},
        ["-movflags", "+faststart", "-f", "mp4"],
    ),
}


def short_recording(kind: Kind, mbit: float) -> bytes:
    """A few seconds as Chromium records them: moving blocks and noise, a key frame and a Cluster each second."""
    dice = np.random.default_rng(1)
    scenes = [dice.integers(0, 255, (HEIGHT // 8, WIDTH // 8), np.uint8).repeat(8, 0).repeat(8, 1) for _ in range(8)]
    file = io.BytesIO()
    with av.open(file, "w", format=kind.container) as output:
        picture = output.add_stream(kind.codec, rate=FPS, options=kind.encoder)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.bit_rate, picture.gop_size = round(mbit * 1_000_000), FPS
        sound = output.add_stream("libopus", rate=48000)
        for number in range(LOOP_SECONDS * FPS):
            frame = av.VideoFrame(WIDTH, HEIGHT, picture.pix_fmt)
            frame.planes[0].update(np.roll(scenes[number // 15], number * 4, axis=1).tobytes())
            for colour in frame.planes[1:]:
                colour.update(bytes([128]) * colour.buffer_size)
            frame.pts = number
            output.mux(picture.encode(frame))
        output.mux(picture.encode())
        for number in range(LOOP_SECONDS * 50):
            frame = av.AudioFrame("s16", "stereo", 960)
            frame.planes[0].update(dice.bytes(frame.planes[0].buffer_size))
            frame.sample_rate, frame.pts = 48000, number * 960
            output.mux(sound.encode(frame))
        output.mux(sound.encode())
    return as_recorded(file.getvalue())


class Chunks:
    """(number, bytes) of each Cluster, a second long, one after another."""

    def __init__(self, short: bytes, minutes: float):
        self._short, self._seconds = short, minutes * 60

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        return long_recordings.clusters(self._seconds, self._short, LOOP_MS)


class Stored:
    """The chunks as the store holds them, each read in blocks."""

    def __init__(self, folder: Path):
        self._folder = folder

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        for number, path in enumerate(sorted(self._folder.iterdir())):
            with open(path, "rb") as file:
                while block := file.read(BLOCK_BYTES):
                    yield number, block


def finish(source: Iterable[tuple[int, bytes]], target: Path, minutes: float) -> None:
    """The work that is measured."""
    remux(source, target, expected_seconds=minutes * 60)


class Spent(NamedTuple):
    """Seconds by the clock, and of processors: ours and those of the programs that we started."""

    clock: float
    processor: float


def spent_on(work: Callable, *arguments) -> Spent:
    clock, processor = time.perf_counter(), sum(os.times()[:4])
    work(*arguments)
    return Spent(time.perf_counter() - clock, sum(os.times()[:4]) - processor)


def peak_mb(short: Path, minutes: float) -> tuple[float, float]:
    """(peak memory in MB, seconds) of a process that finishes a recording of that length, and does nothing else."""
    command = [sys.executable, "-m", "benchmarks.finish", "--peak-of", str(short), "--minutes", str(minutes)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peak, seconds = done.stdout.split()
    return float(peak), float(seconds)


def finish_and_tell_peak(short: Path, minutes: float) -> None:
    with tempfile.TemporaryDirectory(dir=short.parent) as folder:
        source = Chunks(short.read_bytes(), minutes)
        spent = spent_on(finish, source, Path(folder) / "video", minutes)
    # Linux alone: what getrusage says there is the parent's peak where that was higher.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(int(status["VmHWM"].split()[0]) / 1024, spent.clock)


class Comparison(NamedTuple):
    """What every round took, and the bytes that each had to read."""

    ours: list[Spent]
    ffmpegs: list[Spent]
    keeping: list[Spent]
    size_bytes: int


def compare(kind: Kind, short: bytes, folder: Path, arguments) -> Comparison:
    store = LocalStore(folder / "store")
    sent, joined, copy = folder / "chunks", folder / "joined", folder / "copy"
    sent.mkdir()
    with open(joined, "wb") as whole:
        for number, data in Chunks(short, arguments.minutes):
            (sent / f"{number:07}").write_bytes(data)
            whole.write(data)
    os.sync()  # or the disk would still be busy with this while the first round is measured
    command = [arguments.ffmpeg, "-y", "-v", "error", "-i", joined, "-c", "copy", *kind.copy, copy]

    found = Comparison([], [], [], joined.stat().st_size)
    for _ in range(arguments.rounds):
        target = store.temp_path()
        found.ours.append(spent_on(finish, Stored(sent), target, arguments.minutes))
        found.keeping.append(spent_on(store.keep_file, "video", target))
        store.delete("video")
        found.ffmpegs.append(spent_on(subprocess.run, command))
        sync_file(copy)  # or its writing would go on while ours is measured
        copy.unlink()
    return found


def print_comparison(shorts: dict[str, bytes], folder: Path, arguments) -> None:
    print(f"{arguments.minutes:g} minutes of 720p, median of {arguments.rounds} rounds in turns")
    print("| | MB | ours, s | ffmpeg, s | ours / ffmpeg | of each round | of processor time | sync, s |")
    print("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |")
    for name, short in shorts.items():
        with tempfile.TemporaryDirectory(dir=folder) as room:
            found = compare(KINDS[name], short, Path(room), arguments)
        ours, ffmpegs, keeping = (
            statistics.median(spent.clock for spent in turns) for turns in (found.ours, found.ffmpegs, found.keeping)
        )
        pairs = list(zip(found.ours, found.ffmpegs, strict=True))
        ratios = [our.clock / other.clock for our, other in pairs]
        of_processor = statistics.median(our.processor / other.processor for our, other in pairs)
        each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(
            f"| {name} | {found.size_bytes / 1e6:.0f} | {ours:.2f} | {ffmpegs:.2f} "
            f"| {statistics.median(ratios):.2f} | {each} | {of_processor:.2f} | {keeping:.2f} |",
            flush=True,
        )


def print_memory(shorts: dict[str, bytes], folder: Path, lengths: list[float]) -> None:
    print("\npeak memory of a fresh process, MB (in brackets: seconds)")
    print("| | " + " | ".join(f"{minutes:g} min" for minutes in lengths) + " | last / first |")
    print("| --- |" + " ---: |" * (len(lengths) + 1))
    for name, short in shorts.items():
        path = folder / "short"
        path.write_bytes(short)
        peaks = [peak_mb(path, minutes) for minutes in lengths]
        cells = " | ".join(f"{peak:.1f} ({seconds:.1f})" for peak, seconds in peaks)
        print(f"| {name} | {cells} | {peaks[-1][0] / peaks[0][0]:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mbit", type=float, default=2.5, help="of the picture, per second")
    parser.add_argument("--ffmpeg", default=shutil.which("ffmpeg"), help="the program to compare with")
    parser.add_argument("--long", action="store_true", help="eight hours at 5 Mbit/s, memory and time alone")
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--peak-of", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of:
        finish_and_tell_peak(arguments.peak_of, arguments.minutes)
        return
    shorts = {name: short_recording(kind, 5 if arguments.long else arguments.mbit) for name, kind in KINDS.items()}
    with tempfile.TemporaryDirectory(prefix="c2b-bench-", dir=os.environ.get("TMPDIR")) as folder:
        if arguments.long:
            print_memory(shorts, Path(folder), [10, arguments.hours * 60])
            return
        if arguments.ffmpeg:
            print_comparison(shorts, Path(folder), arguments)
        else:
            print("There is no ffmpeg on PATH to compare with (--ffmpeg PROGRAM).")
        print_memory(shorts, Path(folder), [arguments.minutes / 6, arguments.minutes])


if __name__ == "__main__":
    main()
