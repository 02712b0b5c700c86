"""What `./dev bench ingest` compares with: the first cam2bytes's way, nginx storing by PUT, and decoding alone.

Each is a context manager that gives a function `turn(count) -> Turn`, or None with a sentence why it cannot be had.
"""

import contextlib
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import redis

from benchmarks._measuring import ProcessorTime
from benchmarks._senders import Senders, Told
from tests.servers import free_port, listens, running, wait_until

ROOT = Path(__file__).parent.parent
RQ = "rq>=2.6,<3"  # not of the product: installed beside it, for the benchmark alone
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
LIMIT_PROCESSES = 2


class Turn(NamedTuple):
    """What one turn of one system came to. Figures are for all frames of it; `done_seconds` is until every frame was
    done, `told` the clients' side of it; processor time is the system's own; broker bytes are in and out."""

    count: int
    done_seconds: float
    processor_seconds: float
    told: Told | None = None
    broker_bytes: int = 0
    later_seconds: float = 0.0  # processor time for what follows outside of the clock

    @property
    def done_per_second(self) -> float:
        return self.count / self.done_seconds

    @property
    def accepted_per_second(self) -> float:
        return self.count / self.told.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.processor_seconds / self.count


TakeTurn = Callable[[int], Turn]


# nginx ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def nginx(folder: Path, images: list[bytes]) -> Iterator[TakeTurn | str]:
    """Stores each PUT as a file and never syncs: the least that a server can do."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    modules = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stderr if program else ""
    if "http_dav_module" not in modules:
        yield "nginx with its dav module is not installed (on Debian: apt-get install nginx-full)"
        return
    port = free_port()
    (folder / "files").mkdir(parents=True)
    (folder / "nginx.conf").write_text(f"""
        {"user root;" if os.geteuid() == 0 else ""}
        daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log;
        events {{ worker_connections 64; }}
        http {{
            access_log off; keepalive_requests 1000000; client_max_body_size 0;
            client_body_temp_path {folder}/body;
            server {{
                listen 127.0.0.1:{port};
                location / {{ root {folder}/files; dav_methods PUT; create_full_put_path on; }}
            }}
        }}""")
    with running([program, "-c", folder / "nginx.conf", "-p", folder, "-e", folder / "error.log"], **QUIET) as server:
        wait_until(lambda: listens(port), "nginx listens")
        turns = iter(range(1_000_000))

        def turn(count: int) -> Turn:
            path = f"/{next(turns)}"
            with Senders(port, "put", path + "/{:06d}.jpg", "", count, images) as senders:
                spent = ProcessorTime({"all": tree(server.pid)})
                told = senders.send()
                used = spent.used()["all"]
            held = list((folder / f"files{path}").iterdir())
            assert len(held) == count, f"nginx holds {len(held)} of {count}"
            return Turn(count, told.seconds, used, told)

        yield turn


# The first cam2bytes -------------------------------------------------------------------------------


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str | None]:
    """The URL of a Redis on a free port; None where there is no program for it."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if not program:
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with running([program, "--port", str(port), "--save", "", "--dir", folder], **QUIET):
        wait_until(lambda: listens(port), "Redis listens")
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def first(folder: Path, images: list[bytes], *, tuned: bool) -> Iterator[TakeTurn | str]:
    """The Flask development server and `rq worker`, as its README said; or tuned: gunicorn and two workers that do
    not fork for each job. Its frames are done when their files are there; they are encoded anew, so no bytes can be
    compared."""
    (folder / "frames").mkdir(parents=True)
    packages = folder / "packages"
    uv = [Path(sys.executable).with_name("uv"), "pip", "install", "--quiet", "--target", packages, RQ]
    if subprocess.run(uv, check=False).returncode:
        yield "rq could not be installed for it"
        return
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(redis_server(folder))
        if not url:
            yield "there is no redis-server"
            return
        port = free_port()
        env = {**os.environ, "PYTHONPATH": f"{ROOT}:{packages}", "FIRST_REDIS_URL": url}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # it would compile OpenCV's package again for each frame
        start = {"env": env, "cwd": folder, **QUIET}
        python = [sys.executable, "-m"]
        if tuned:
            web = [*python, "gunicorn", "benchmarks._first_app:app", "--workers", "2", "--threads", "4",
                   "--bind", f"127.0.0.1:{port}"]  # fmt: skip
            worker, workers = ["--worker-class", "rq.worker.SimpleWorker"], 2
        else:
            web = [*python, "flask", "--app", "benchmarks._first_app", "run", "--port", str(port)]
            worker, workers = [], 1
        started = [stack.enter_context(running(web, **start))]
        for _ in range(workers):
            command = [*python, "rq.cli", "worker", "--url", url, *worker]
            started.append(stack.enter_context(running(command, **start)))
        wait_until(lambda: listens(port), "the first cam2bytes listens")
        wait_until(lambda: redis.from_url(url).scard("rq:workers") == workers, "its workers are there")
        yield lambda count: _first_turn(folder, port, url, started, count, images)


def _first_turn(folder: Path, port: int, url: str, started: list, count: int, images: list[bytes]) -> Turn:
    for path in (folder / "frames").iterdir():
        path.rename(folder / f"{path.name}.{time.monotonic_ns()}")  # deleting would slow down who writes next
    before = broker_bytes(url)
    with Senders(port, "json", "/upload", "", count, images) as senders:
        spent = ProcessorTime({"all": [process for one in started for process in tree(one.pid)]})
        begun = time.perf_counter()
        told = senders.send()
        wait_until(lambda: sum(1 for _ in os.scandir(folder / "frames")) == count, "all frames are there", 600)
        seconds = time.perf_counter() - begun
        used = spent.used()["all"]
    return Turn(count, seconds, used, told, broker_bytes(url) - before)


# Decoding alone ------------------------------------------------------------------------------------

LIMIT = """
import pickle, sys, time, simplejpeg
images, count = pickle.load(sys.stdin.buffer)
for image in images[:20]:
    simplejpeg.decode_jpeg(image, "GRAY", min_height=1, min_width=1)
print("ready", flush=True)
sys.stdin.buffer.readline()
for number in range(count):
    simplejpeg.decode_jpeg(images[number % len(images)], "GRAY", min_height=1, min_width=1)
print(time.process_time(), flush=True)
sys.stdin.buffer.readline()
"""


def verify_only(count: int, images: list[bytes]) -> Turn:
    """Two processes that do nothing but decode, as little of it as finds damage, from memory."""
    share = count // LIMIT_PROCESSES
    with contextlib.ExitStack() as stack:
        processes = []
        for _ in range(LIMIT_PROCESSES):
            command = [sys.executable, "-c", LIMIT]
            how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            processes.append(stack.enter_context(running(command, **how)))
            pickle.dump((images, share), processes[-1].stdin)
            processes[-1].stdin.flush()
        for process in processes:
            process.stdout.readline()
        spent = ProcessorTime({"all": [psutil.Process(process.pid) for process in processes]})
        begun = time.perf_counter()
        for process in processes:
            process.stdin.write(b"go\n")
            process.stdin.flush()
        for process in processes:
            process.stdout.readline()
        seconds, used = time.perf_counter() - begun, spent.used()["all"]
        for process in processes:
            process.stdin.close()
    return Turn(share * LIMIT_PROCESSES, seconds, used)


# Counting ------------------------------------------------------------------------------------------


def tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def broker_bytes(url: str) -> int:
    """What went in and out of a Redis since it started."""
    with redis.from_url(url) as client:
        told = client.info("stats")
    return told["total_net_input_bytes"] + told["total_net_output_bytes"]
