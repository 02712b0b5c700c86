"""Small trials of any source tree, each with one fault: what goes wrong, in sentences.

They need no kill at a lucky moment: each stops the application exactly where the fault belongs.
"""

import contextlib
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults import trees
from tests.faults.powerloss.database import NAME
from tests.servers import free_port, wait_until

CREATED = 201
LAST_WORDS = 3000


def broker_down(tree: Path) -> Iterator[str]:
    """An upload while no broker is there: it is kept, so it must be answered with a receipt."""
    with _one_frame(tree) as (_, _, said):
        if said["status"] != CREATED:
            yield f"a frame was kept and answered with {said['status']}"


def killed_while_decoding(tree: Path) -> Iterator[str]:
    """A worker is killed when it has begun to read the frame: the attempt must have been counted.

    The frame's file is exchanged for a pipe, so that the worker waits there, for as long as it takes to kill it.
    """
    with _one_frame(tree) as (process, data, said):
        pipe = data / "media" / said["key"]
        pipe.unlink()
        os.mkfifo(pipe)
        process.stdin.write("go\n")
        process.stdin.flush()
        with contextlib.ExitStack() as held:
            wait_until(lambda: _is_read(pipe, held) or process.poll() is not None, "the worker opens the frame")
            process.kill()
            process.wait()
        with contextlib.closing(sqlite3.connect(data / NAME)) as database:
            ((attempts,),) = database.execute("SELECT attempts FROM capture_frame WHERE id = ?", [said["id"]])
    if attempts != 1:
        yield f"the worker died of a frame, and {attempts} attempts were counted"


@contextlib.contextmanager
def _one_frame(tree: Path) -> Iterator[tuple[subprocess.Popen, Path, dict]]:
    """The program `one_frame`, its data folder, and what it said after the upload. Its broker is a closed port."""
    with trees.data_folder() as data, open(data.with_name("log"), "w+") as log:
        process = subprocess.Popen(
            trees.command("one_frame", str(trees.prepared())),
            cwd=tree, env=trees.environment(tree, data, CELERY_BROKER_URL=f"redis://127.0.0.1:{free_port()}"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        try:
            line = process.stdout.readline()
            if not line:
                log.seek(0)
                raise AssertionError(f"one_frame in {tree}:\n{log.read()[-LAST_WORDS:]}")
            yield process, data, json.loads(line)
        finally:
            process.kill()
            process.communicate()


def _is_read(pipe: Path, held: contextlib.ExitStack) -> bool:
    """A pipe can be opened for writing, without waiting, once somebody reads it. It is held open: the reader waits."""
    try:
        held.callback(os.close, os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True
