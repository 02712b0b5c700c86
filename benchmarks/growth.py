"""What a million frames cost: an empty cam2bytes and a large one, side by side, on SQLite and on PostgreSQL.

    ./dev bench growth [--frames N] [--rounds N] [--deleted N] [--database sqlite|postgresql|both]

The large one has one capture session with almost all of its frames, and two thousand small ones. Pages are asked for
in turns, inserts take turns between the two. Then two capture sessions are deleted while another process uploads
frame after frame: one as cam2bytes does it, one with all its rows in a single transaction.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from benchmarks._measuring import machine, spread
from tests.running import clean_environment
from tests.servers import postgres_server

ROOT = Path(__file__).parent.parent
SMALL = 2000  # capture sessions
OF_THEM = 25  # frames of each
ADMIN = {
    "frames": "frame/",
    "frames, second page": "frame/?p=2",
    "frames, last counted page": "frame/?p=200",
    "frames, of one month": "frame/?received_at__year={year}&received_at__month={month}",
    "frames, rejected ones": "frame/?status__exact=rejected",
    "frames, by number": "frame/?q=777",
    "frames, by name": "frame/?q=Made+up+7",
    "frames, nothing found": "frame/?q=zebra",
    "frames of one": "frame/?capture__id__exact={largest}",
    "capture sessions": "capturesession/",
    "capture sessions, by name": "capturesession/?q=Made+up+7",
    "capture sessions, nothing found": "capturesession/?q=zebra",
}


class Grown:
    """A cam2bytes on a data folder and a database of its own; grown.ingest(batches=3) does it there."""

    def __init__(self, folder: Path, database_url: str = ""):
        self.env = clean_environment() | {
            "CAM2BYTES_DATA_DIR": str(folder), "DATABASE_URL": database_url, "CAM2BYTES_PLAIN_STATIC": "1",
            "CELERY_BROKER_URL": "memory://localhost", "DJANGO_SUPERUSER_PASSWORD": "bench-long-password",
        }  # fmt: skip

    def prepare(self) -> None:
        for command in (["migrate"], ["createsuperuser", "--noinput", "--username", "bench", "--email", ""]):
            manage = [sys.executable, ROOT / "manage.py", *command]
            subprocess.run([*manage, "--verbosity", "0"], env=self.env, check=True, cwd=ROOT)

    @contextlib.contextmanager
    def started(self) -> Iterator["Told"]:
        command = [sys.executable, "-m", "benchmarks._grown"]
        process = subprocess.Popen(
            command, env=self.env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            yield Told(process)
        finally:
            process.stdin.close()
            process.wait(60)


class Told:
    """A process that does what it is told."""

    def __init__(self, process: subprocess.Popen):
        self._process = process

    def tell(self, name: str, **arguments) -> None:
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()

    def answer(self):
        return json.loads(self._process.stdout.readline())

    def __getattr__(self, name: str):
        def ask(**arguments):
            self.tell(name, **arguments)
            return self.answer()

        return ask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--deleted", type=int, default=100_000, help="frames of each capture session that is deleted")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    arguments = parser.parse_args()
    print(f"{arguments.frames} frames. {machine()}")
    with tempfile.TemporaryDirectory(prefix="c2b-bench-") as name:
        if arguments.database != "postgresql":
            measure("SQLite", Grown(Path(name) / "empty"), Grown(Path(name) / "large"), arguments)
        if arguments.database != "sqlite":
            with postgres_server() as url:
                other = url.removesuffix("/postgres") + "/large"
                subprocess.run(["psql", url, "-qc", "CREATE DATABASE large"], check=True)
                large = Grown(Path(name) / "pg-large", other)
                measure("PostgreSQL", Grown(Path(name) / "pg-empty", url), large, arguments)


def measure(name: str, small: Grown, big: Grown, arguments: argparse.Namespace) -> None:
    print(f"\n## {name}\n\n| | | |\n| --- | ---: | ---: |", flush=True)
    for grown in (small, big):
        grown.prepare()
    with big.started() as large:
        grow(large, arguments.frames)
    with small.started() as empty, big.started() as large:
        measure_inserts(empty, large, arguments.rounds)
        measure_pages(large, arguments.rounds * 4)
        with big.started() as other:
            measure_deleting(large, other, arguments.deleted)


def row(what: str, first: str, second: str = "") -> None:
    print(f"| {what} | {first} | {second} |", flush=True)


def grow(large: Told, frames: int) -> None:
    rate = large.grow(frames=frames - SMALL * OF_THEM, captures=1, files=False)
    large.grow(frames=SMALL * OF_THEM, captures=SMALL, files=False)
    large.settle()
    row("rows made up per second", f"{rate:.0f}")


def measure_inserts(empty: Told, large: Told, rounds: int) -> None:
    """The empty one is not quite empty in the end: it gets what is inserted."""
    for what, name, options in (
        ("frames kept per second, batches of 30: empty, large", "ingest", {"batches": 40}),
        ("rows in bulk per second: empty, large", "grow", {"frames": 10_000, "captures": 5, "files": False}),
    ):
        pairs = []
        for place in range(rounds):  # who comes second finds the disk busy with the first
            sides = {one: getattr(one, name)(**options) for one in ((empty, large), (large, empty))[place % 2]}
            pairs.append((sides[empty], sides[large]))
        ratio = statistics.median(second / first for first, second in pairs)
        first, second = (statistics.median(side) for side in zip(*pairs, strict=True))
        row(what, f"{first:.0f}, {second:.0f}", f"{ratio:.2f}x")


def measure_pages(large: Told, rounds: int) -> None:
    largest = large.largest()
    pk, deep = largest["id"], largest["frames"] * 9 // 10
    last = large.places(path="/api/v1/captures", count=4)
    for what, first, second in (
        (f"frames by the API, at number 0 and {deep}", f"/api/v1/captures/{pk}/frames?limit=100", f"&after={deep}"),
        (f"the gallery, at number 0 and {deep}", f"/captures/{pk}/?", f"after={deep}"),
        (f"a frame's own page, 5 and {deep}", f"/captures/{pk}/frames/5/", f"/captures/{pk}/frames/{deep}/"),
        ("capture sessions by the API, first and last page", "/api/v1/captures?limit=50", f"&cursor={last}"),
        ("the Library, first and last page", "/?", f"cursor={last}"),
    ):
        paths = [first, second if second.startswith("/") else first + second]
        before, after = large.times(paths=paths, rounds=rounds)
        row(f"{what}, ms", f"{before:.1f}, {after:.1f}", f"{after / before:.2f}x")
    row("HTML of the gallery's page, kB", f"{large.size_of(path=f'/captures/{pk}/') / 1000:.0f}")
    now = datetime.now()
    for what, path in ADMIN.items():
        address = "/admin/capture/" + path.format(largest=pk, year=now.year, month=now.month)
        row(f"admin: {what}, ms", f"{large.times(paths=[address], rounds=5)[0]:.0f}")


def measure_deleting(large: Told, other: Told, frames: int) -> None:
    """Objects are made for what is deleted as cam2bytes does it: there they count."""
    for what, way, files in (("in slices", "delete", True), ("in one transaction", "delete_at_once", False)):
        large.grow(frames=frames, captures=1, files=files)
        if files:
            row("entries in the largest folder", f"{large.largest_folder()}")
        large.settle()
        pk = large.largest(frames=frames)["id"]
        with tempfile.NamedTemporaryFile(delete=False) as flag:
            other.tell("upload_while", flag=flag.name)
            took = getattr(large, way)(capture_id=pk)
            Path(flag.name).unlink()
        waits = other.answer()
        row(f"{frames} frames deleted {what}, s", ", ".join(f"{part} {seconds:.2f}" for part, seconds in took.items()))
        p50, p95, _p99, longest = spread(waits)
        row("uploads meanwhile, ms: p50, p95, longest", f"{p50:.0f}, {p95:.0f}, {longest:.0f}")


if __name__ == "__main__":
    main()
