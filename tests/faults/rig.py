"""cam2bytes on a data folder, for faults: a real redis-server, and its processes from a nursery.

with Rig(folder) as rig:
    rig.start("web", "frames", "recordings", "beat")
    requests to 127.0.0.1:rig.port with rig.token, rig.kill("web"), rig.broker.stop(), ...
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from cam2bytes.launcher import broker
from tests.running import ROOT, clean_environment
from tests.servers import wait_until

START = "import cam2bytes.wsgi; from tests.faults import nursery; nursery.main()"  # models need django.setup first
WORKERS = ("frames", "recordings")
SERVICES = ("web", *WORKERS, "beat")


class RedisServer:
    """The broker as `./dev run` starts it, with its file in the data folder."""

    def __init__(self, data_dir: Path):
        self.folder = data_dir / "broker"
        self.folder.mkdir(exist_ok=True)
        self._sockets = tempfile.mkdtemp(prefix="c2b-", dir="/tmp")  # a socket's path must be short
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        self._server = broker.real_server(program, self.folder, Path(self._sockets) / "broker.sock")
        self.url = self._server.url
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self._server.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._server.answers, "redis-server answers")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(30)

    def flush(self) -> None:
        """Forget every message."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(self._server.address)
            sock.sendall(b"*1\r\n$8\r\nFLUSHALL\r\n")
            assert sock.recv(16).startswith(b"+OK")

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self._sockets, ignore_errors=True)


class Rig:
    """`lease_seconds` and `attempts` replace the real leases and the three attempts; 0: as they are."""

    def __init__(self, data_dir: Path, *, lease_seconds: float = 3, attempts: int = 3, env: dict | None = None):
        self.data_dir = Path(data_dir)
        (self.data_dir / "static").mkdir(parents=True, exist_ok=True)
        self.pids: dict[str, int] = {}
        self._hooks: dict[str, str | None] = {}
        self._asking = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.set_inheritable(True)
        self.port = self._listener.getsockname()[1]
        self.broker = RedisServer(self.data_dir)
        self.env = clean_environment() | {
            "CAM2BYTES_DATA_DIR": str(self.data_dir),
            "CAM2BYTES_PLAIN_STATIC": "1",
            "CAM2BYTES_RESERVE_BYTES": "1",
            "CAM2BYTES_SWEEP_SECONDS": "1",
            "CELERY_BROKER_URL": self.broker.url,
            "DJANGO_SETTINGS_MODULE": "cam2bytes.settings",
            **(env or {}),
        }
        times = [str(lease_seconds), str(attempts)]
        self._nursery = subprocess.Popen(
            [sys.executable, "-c", START, str(self._listener.fileno()), *times],
            cwd=ROOT, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            pass_fds=(self._listener.fileno(),), start_new_session=True,
        )  # fmt: skip
        self.token = self._ask(prepare=True)["token"]

    def __enter__(self) -> "Rig":
        return self

    def __exit__(self, *_) -> None:
        everything = self.processes()
        with contextlib.suppress(BrokenPipeError):
            self._nursery.stdin.close()
        self._nursery.wait(30)
        _, alive = psutil.wait_procs(everything, timeout=10)
        for process in alive:
            process.kill()
        self.broker.close()
        self._listener.close()
        assert not alive, f"left running: {alive}"

    def _ask(self, **command) -> dict:
        with self._asking:
            self._nursery.stdin.write(json.dumps(command) + "\n")
            self._nursery.stdin.flush()
            answer = self._nursery.stdout.readline()
        assert answer, "the nursery has ended"
        return json.loads(answer)

    def start(self, *names: str, hook: str | None = None) -> None:
        """Start services; `hook` is a function of hooks.py that each calls first, now and when started again."""
        for name in names:
            self._hooks[name] = hook
            self.pids[name] = self._ask(fork=name, hook=hook)["pid"]

    @contextlib.contextmanager
    def kept_running(self, *, broker_too: bool) -> Iterator[None]:
        """What ends is started again, as the launcher does."""
        over = threading.Event()

        def keep() -> None:
            while not over.wait(0.05):
                if broker_too and self.broker.process.poll() is not None:
                    self.broker.start()
                for name, pid in list(self.pids.items()):
                    if not psutil.pid_exists(pid):
                        self.start(name, hook=self._hooks[name])

        keeper = threading.Thread(target=keep)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def manage(self, *command: str, at_once: int = 1) -> None:
        """A management command to its end, several at the same time; what it says is in the log `manage`."""
        pids = self._ask(manage=command, at_once=at_once)["pids"]
        wait_until(lambda: not any(map(psutil.pid_exists, pids)), f"{command} ends", 120)

    def arm(self, armed: bool) -> None:
        """Whether processes kill themselves at named points."""
        self._ask(armed=armed)

    def process(self, name: str) -> psutil.Process:
        return psutil.Process(self.pids[name])

    def children(self, name: str) -> list[psutil.Process]:
        """gunicorn's or Celery's own child processes."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return self.process(name).children()
        return []

    def processes(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self._nursery.pid).children(recursive=True)
        return []

    def kill(self, name: str) -> None:
        """SIGKILL to the parent process of a service; its children find out by themselves."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pids[name], signal.SIGKILL)

    def keep_evidence(self) -> Path:
        """A folder that stays, with all logs, the database, and in the logs of the workers where each thread is."""
        for name in WORKERS:
            for process in (self.process(name), *self.children(name)):
                process.send_signal(signal.SIGUSR1)  # Celery writes every thread's stack into its log
        time.sleep(2)  # not until they have: one that stands still may never write
        kept = Path(tempfile.mkdtemp(prefix="c2b-evidence-"))
        for path in (*self.data_dir.glob("*.log"), *self.data_dir.glob("db.sqlite3*")):
            shutil.copy(path, kept)
        table = [f"{one.pid} {one.ppid()} {one.status()} {' '.join(one.cmdline())}" for one in self.processes()]
        (kept / "processes.txt").write_text("\n".join([f"{self.pids}", *table]))
        return kept

    def log(self, name: str) -> str:
        path = self.data_dir / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""
