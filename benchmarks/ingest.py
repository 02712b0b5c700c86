"""How fast frames are taken in: cam2bytes against the first cam2bytes's way, against nginx that stores the same bytes,
and against decoding alone. All run side by side and take turns, so the ratios mean something on a busy machine too.

    ./dev bench ingest [--rounds N] [--frames N] [--only NAME ...]

A frame is a 720p JPEG of about 85 kB, sent by eight connections, each waiting for its answer. It is done when it has
its receipt, its row is `ready` (it was decoded), and the file on the disk holds what was sent. Thumbnails and measures
follow; what they cost is told apart. Receipts are durable, in all rows but the one that says otherwise.

Deleting many files makes creating others dear on ext4 for some minutes (it looks whether an inode was freed lately), so
nothing is deleted before the end, and a run right after another is slower.
"""

import argparse
import contextlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import _ours, _rivals
from benchmarks._measuring import machine, spread
from benchmarks._pictures import pictures
from benchmarks._rivals import TakeTurn, Turn

DIFFERENT = 60
WARM_UP = 16
NGINX, FIRST, TUNED, LIMIT = "nginx PUT", "first", "first tuned", "verify only"
BATCH, PUT = "cam2bytes, batches of 30", "cam2bytes, one by one"
FEWER = {FIRST: 60, TUNED: 10, PUT: 4}  # the slow ones get the frames divided by this
SYNCED, UNSYNCED = "web alone, batches", "web alone, nothing synced"
Turns = dict[str, list[Turn]]


def start_all(stack: contextlib.ExitStack, folder: Path, images: list[bytes], only: list[str]) -> dict[str, TakeTurn]:
    """name -> who takes turns, in their order; what cannot be had is told and left out."""
    enter = stack.enter_context
    makers: dict[str, Callable[[], TakeTurn | str]] = {
        NGINX: lambda: enter(_rivals.nginx(folder / "nginx", images)),
        FIRST: lambda: enter(_rivals.first(folder / "first", images, tuned=False)),
        TUNED: lambda: enter(_rivals.first(folder / "tuned", images, tuned=True)),
        LIMIT: lambda: lambda count: _rivals.verify_only(count, images),
        SYNCED: lambda: enter(_ours.web_alone("cam2bytes.wsgi:application", folder / "synced", images)),
        UNSYNCED: lambda: enter(_ours.web_alone("benchmarks.unsynced:application", folder / "unsynced", images)),
    }
    systems = {}
    for name, make in makers.items():
        if only and name not in only:
            continue
        made = make()
        if isinstance(made, str):
            print(f"left out: {name}: {made}", flush=True)
        else:
            systems[name] = made
    if not only or {BATCH, PUT} & set(only):
        ours = enter(_ours.whole(folder / "whole", images))
        kinds = {BATCH: "batch", PUT: "put"}
        for name, kind in kinds.items():
            if not only or name in only:
                systems[name] = lambda count, kind=kind: ours.turn(kind, count)
    return systems


def take_turns(systems: dict[str, TakeTurn], rounds: int, frames: int) -> Turns:
    turns: Turns = {name: [] for name in systems}
    for number in range(rounds + 1):
        for name, take in systems.items():
            count = frames // FEWER.get(name, 1) if number else WARM_UP
            turn = take(count)
            if number:
                turns[name].append(turn)
                told = f", accepted {turn.accepted_per_second:.0f}" if turn.told else ""
                print(f"round {number}: {name}: {turn.done_per_second:.0f}/s{told}, {turn.cpu_ms:.2f} ms",
                      file=sys.stderr, flush=True)  # fmt: skip
    return turns


# What is told ------------------------------------------------------------------------------------


def print_figures(turns: Turns) -> None:
    print("| | done/s | accepted/s | p50 / p99 of an answer, ms | CPU per frame, ms | broker bytes per frame |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, rounds in turns.items():
        done = _median_and_range([turn.done_per_second for turn in rounds])
        cpu = _median([turn.cpu_ms for turn in rounds])
        broker = f"{_median([turn.broker_bytes / turn.count for turn in rounds]):.0f}"
        accepted = waits = "-"
        if rounds[0].told:
            accepted = _median_and_range([turn.accepted_per_second for turn in rounds])
            all_waits = [spread(turn.told.waits_ms) for turn in rounds]
            waits = f"{_median([wait[0] for wait in all_waits]):.1f} / {_median([wait[2] for wait in all_waits]):.0f}"
        print(f"| {name} | {done} | {accepted} | {waits} | {cpu:.2f} | {broker if broker != '0' else '-'} |")


def print_ratios(turns: Turns) -> None:
    """The table of what must hold. Each ratio is taken within a round, then the median of the rounds."""
    done, cpu = (lambda turn: turn.done_per_second), (lambda turn: turn.cpu_ms)
    accepted = lambda turn: turn.accepted_per_second  # noqa: E731
    broker = lambda turn: 100 * turn.broker_bytes / turn.count  # noqa: E731
    rows = [
        ("accepted in batches of 30 / nginx PUT", SYNCED, NGINX, accepted, "0.40", "0.90"),
        ("end to end / the first cam2bytes's way", BATCH, FIRST, done, "100", "175"),
        ("end to end / that way tuned", BATCH, TUNED, done, "12", "22"),
        ("end to end / verify only", BATCH, LIMIT, done, "0.42", "0.72"),
        ("CPU end to end / verify only", BATCH, LIMIT, cpu, "at most 2.2", "at most 1.5"),
        ("broker bytes / the first's, %", BATCH, FIRST, broker, "at most 1", "at most 0.2"),
        ("accepted durable / not durable, batches", SYNCED, UNSYNCED, accepted, "0.80", "0.90"),
        ("one by one: end to end / the first cam2bytes's way", PUT, FIRST, done, "", ""),
        ("one by one: end to end / verify only", PUT, LIMIT, done, "", ""),
        ("one by one: accepted / nginx PUT", PUT, NGINX, accepted, "", ""),
        ("one by one: CPU / verify only", PUT, LIMIT, cpu, "", ""),
        ("one by one: broker bytes / the first's, %", PUT, FIRST, broker, "", ""),
    ]
    print("| ratio | median | of each round | must | goal |\n| --- | ---: | --- | ---: | ---: |")
    for what, ours, other, figure, must, goal in rows:
        if turns.get(ours) and turns.get(other):
            factor = 100 if figure is broker else 1
            pairs = zip(turns[ours], turns[other], strict=True)
            ratios = [factor * figure(our) / figure(their) for our, their in pairs]
            each = ", ".join(f"{ratio:.3g}" for ratio in ratios)
            print(f"| {what} | {_median(ratios):.3g} | {each} | {must} | {goal} |")


def print_rest(turns: Turns) -> None:
    for name in (BATCH, PUT):
        if later := [1000 * turn.later_seconds / turn.count for turn in turns.get(name, [])]:
            print(f"{name}: thumbnails and measures, after the clock: {_median(later):.2f} ms of CPU per frame")
    shares = [turn.told.processor_seconds / (turn.told.processor_seconds + turn.processor_seconds)
              for rounds in turns.values() for turn in rounds if turn.told]  # fmt: skip
    if shares:
        print(f"the clients' share of the processor time: {100 * max(shares):.0f} % at most")


def _median(values: list[float]) -> float:
    return statistics.median(values)


def _median_and_range(values: list[float]) -> str:
    return f"{_median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


def disk_of(folder: Path) -> str:
    """The file system, and whether it writes a journal (without one, syncing is cheap)."""
    found = subprocess.run(["df", "--output=fstype,source", folder], capture_output=True, text=True, check=False)
    if found.returncode:
        return "a disk that df does not tell of"
    kind, source = found.stdout.split()[-2:]
    journal = Path("/proc/fs/jbd2")
    has_journal = journal.exists() and any(Path(source).name in entry.name for entry in journal.iterdir())
    return f"{kind} on {source}" + ("" if kind != "ext4" else ", with a journal" if has_journal else ", no journal")


def versions() -> str:
    found = []
    for name in ("django", "gunicorn", "celery", "simplejpeg", "opencv-python-headless"):
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    if shutil.which("nginx"):
        said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=False).stderr
        found.append(said.strip().rpartition(" ")[2])
    return ", ".join([f"Python {platform.python_version()}", *found])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=2400, help="of each turn; the slow ones get fewer")
    parser.add_argument("--only", nargs="*", default=[], help="just these systems")
    arguments = parser.parse_args()
    images = pictures(DIFFERENT)
    told = machine()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="c2b-bench-")))
        systems = start_all(stack, folder, images, arguments.only)
        turns = take_turns(systems, arguments.rounds, arguments.frames)
        size = sum(map(len, images)) / len(images) / 1000
        print(f"{arguments.rounds} rounds of {arguments.frames} frames, 720p JPEG of {size:.0f} kB; median (range)\n"
              f"{told}\n{disk_of(folder)}; {versions()}\n")  # fmt: skip
    print_ratios(turns)
    print()
    print_figures(turns)
    print()
    print_rest(turns)


if __name__ == "__main__":
    main()
