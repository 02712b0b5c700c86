"""The processes of cam2bytes, forked from one that has imported everything already.

A start of the real thing costs seconds, nearly all of it imports. This process imports once; then every line
on its standard input is a command in JSON, answered by a line in JSON:

    {"prepare": true}                                     tables, an account, and a token for it
    {"fork": "web", "hook": "faulty_decoders"}            the Procfile's program of that name, in a process of its own,
                                                          after that function of hooks.py (or null)
    {"manage": ["sweep"], "at_once": 3}                   so many of that management command at the same time
    {"armed": true}                                       from now on processes kill themselves (points.py)

The programs are the real ones (gunicorn, celery worker, celery beat) with the Procfile's arguments. Each
leads a process group of its own. When the standard input ends, all of them are killed.
"""

import contextlib
import json
import mmap
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from celery.bin.celery import celery as celery_program
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from django.urls import get_resolver
from gunicorn.app.wsgiapp import WSGIApplication

from cam2bytes.accounts import tasks as accounts_tasks
from cam2bytes.accounts.models import ApiToken
from cam2bytes.celery import app
from cam2bytes.lib import leases
from capture import sweep as capture_sweep
from recordings import derivative_sweep
from recordings import models as recordings_models
from recordings import sweep as recordings_sweep
from tests.faults import hooks, points

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"
ARMED = mmap.mmap(-1, 1)  # shared with every process forked from here


def main() -> None:
    """sys.argv: the listening socket's descriptor, and seconds of a lease and most attempts, or 0 0 for the real."""
    listener, lease, attempts = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    if lease:
        shorten_times(timedelta(seconds=lease), attempts)
    get_resolver().url_patterns  # noqa: B018 (looking is loading)
    app.loader.import_default_modules()
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    groups: list[int] = []
    try:
        for line in sys.stdin:
            answer = obey(json.loads(line), groups, listener)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)


def obey(command: dict, groups: list[int], listener: int) -> dict:
    if "prepare" in command:
        return prepare()
    if "fork" in command:
        name = command["fork"]
        groups.append(fork(name, lambda: become(name, command["hook"], listener)))
        return {"pid": groups[-1]}
    if "manage" in command:
        pids = [fork("manage", lambda: call_command(*command["manage"])) for _ in range(command["at_once"])]
        groups += pids
        return {"pids": pids}
    ARMED[0] = command["armed"]
    return {}


def shorten_times(lease: timedelta, attempts: int) -> None:
    """Leases and rests of seconds instead of minutes, so that what a killed worker held is soon found again."""
    leases.FRAME_LEASE = leases.RECORDING_LEASE = leases.POSTER_LEASE = lease
    leases.MAX_ATTEMPTS = attempts
    leases.FIRST_BACK_OFF = recordings_models.QUIET_BEFORE_REASSEMBLY = timedelta(seconds=0.5)
    capture_sweep.FORGOTTEN_AFTER = recordings_sweep.POSTER_WAIT = accounts_tasks.OVERDUE = timedelta(seconds=2)
    derivative_sweep.OFFERED_AGAIN_AFTER = timedelta(seconds=2)


def prepare() -> dict:
    call_command("migrate", verbosity=0)
    owner, _ = get_user_model().objects.get_or_create(username="alice")
    token = ApiToken.objects.issue(owner, "faults", "full")[1]
    connections.close_all()  # none may be carried over a fork
    return {"token": token}


def fork(name: str, do: Callable[[], None]) -> int:
    """Do it in a process of its own, with its own group and log; its process id, which is also its group's."""
    if pid := os.fork():
        with contextlib.suppress(OSError):  # the child does it too: whoever is first
            os.setpgid(pid, pid)
        return pid
    code = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(Path(os.environ["CAM2BYTES_DATA_DIR"]) / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        do()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def become(name: str, hook: str | None, listener: int) -> None:
    """The Procfile's program of that name, by its own main function."""
    line = next(line for line in PROCFILE.read_text().splitlines() if line.startswith(f"{name}:"))
    program, *arguments = shlex.split(line.partition(":")[2])
    if hook:
        getattr(hooks, hook)()
    points.arm_children(name, ARMED)
    sys.argv = [program, *arguments]
    if program == "gunicorn":
        sys.argv += ["--bind", f"fd://{listener}"]
        WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog=program).run()
    else:
        celery_program.main(args=arguments, prog_name=program)


def reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
