"""Starting again, stopping in order, and the guardian: with small programs of our own."""

import contextlib
import os
import signal
import sys
import time

import psutil
import pytest

from cam2bytes.env import WrongSetting
from cam2bytes.launcher import datalock
from cam2bytes.launcher.datalock import DataLock
from cam2bytes.launcher.process import how_it_ended
from cam2bytes.launcher.supervisor import Supervisor
from tests.running import ROOT, assert_gone
from tests.servers import wait_until

# Writes its name when it starts and when SIGTERM ends it; "deaf" does not listen; "parent" has a child too.
PROGRAM = """
import os, signal, sys, time
name = sys.argv[1]
def note(what):
    with open("journal", "a") as file:
        file.write(f"{name} {what}\\n")
def leave(*_):
    note("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if name == "deaf" else leave)
if name == "parent" and os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(f"child {os.getpid()}")
note(f"started {os.getpid()}")
if name == "brief":
    sys.exit("ERROR nothing to do")
while True:
    time.sleep(0.1)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "journal").touch()
    return tmp_path


@pytest.fixture
def supervisor(folder):
    lock = DataLock(folder, print)
    supervisor = Supervisor(folder, folder / "logs", lock.processes, lambda group: lock.describe(group=group))
    supervisor.start_guardian()
    yield supervisor
    supervisor.hurry.set()
    supervisor.stop(tuple(supervisor.processes))


def start(supervisor, name):
    return supervisor.start(name, [sys.executable, "program.py", name], dict(os.environ))


def journal(folder):
    return (folder / "journal").read_text().splitlines()


def wait_for(folder, wanted, times=1, seconds=20):
    """The lines of the journal that begin so, once there are that many."""
    deadline = time.monotonic() + seconds
    while True:
        found = [line for line in journal(folder) if line.startswith(wanted)]
        if len(found) >= times:
            return found
        assert time.monotonic() < deadline, f"{wanted!r} is not in {journal(folder)}"
        time.sleep(0.02)


def test_what_dies_is_started_again_with_growing_pauses(supervisor, folder, capsys):
    process = start(supervisor, "brief")
    began = time.monotonic()
    wait_for(folder, "brief started", times=3)
    assert time.monotonic() - began > 0.5 + 1
    assert process.deaths >= 2
    said = capsys.readouterr().out
    assert "brief | ended (exit code 1), starts again in 0.5 s" in said
    assert "brief | ended (exit code 1), starts again in 1 s" in said
    assert "brief | ERROR nothing to do" in said


def test_a_program_that_is_not_there_is_tried_again_too(supervisor, capsys):
    process = supervisor.start("gone", ["/nowhere/program"], dict(os.environ))
    assert not supervisor.wait_until(lambda: False, process, seconds=20)
    assert process.deaths == 3
    assert "gone | ended (not started: No such file or directory)" in capsys.readouterr().out


def test_stages_end_one_after_another(supervisor, folder):
    for name in ("web", "worker", "broker"):
        start(supervisor, name)
        wait_for(folder, f"{name} started")
    supervisor.stop(("web",), ("worker",), ("broker",))
    assert [line for line in journal(folder) if line.endswith("ended")] == [
        "web ended",
        "worker ended",
        "broker ended",
    ]


def test_one_that_does_not_listen_is_ended_when_patience_is(supervisor, folder):
    process = start(supervisor, "deaf")
    wait_for(folder, "deaf started")
    supervisor.hurry.set()
    supervisor.stop(("deaf",))
    assert process.popen.returncode == -signal.SIGKILL


def test_children_that_outlive_their_parent_end_too(supervisor, folder):
    start(supervisor, "parent")
    [line] = wait_for(folder, "parent child")
    child = psutil.Process(int(line.split()[-1]))
    supervisor.stop(("parent",))
    assert_gone([child], seconds=5)


def test_a_command_tells_its_result_and_ends_with_the_rest(supervisor, folder):
    assert supervisor.run("echo", "hello", env=dict(os.environ)) == (0, "hello\n")
    assert supervisor.run("false", env=dict(os.environ)) == (1, "")
    supervisor.stopping.set()
    code, _ = supervisor.run("sleep", "60", env=dict(os.environ))
    assert code == -signal.SIGTERM


def test_a_guardian_that_was_killed_is_replaced(supervisor, folder):
    start(supervisor, "web")
    wait_for(folder, "web started")
    first = supervisor._guardian
    first.kill()
    deadline = time.monotonic() + 10
    while supervisor._guardian is first:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert os.getpgid(supervisor._guardian.pid) == supervisor.group


def test_when_everything_but_the_launcher_is_killed_everything_comes_back(supervisor, folder):
    start(supervisor, "web")
    wait_for(folder, "web started")
    before = supervisor._guardian
    os.killpg(supervisor.group, signal.SIGKILL)
    wait_for(folder, "web started", times=2)
    wait_until(lambda: supervisor._guardian is not before, "there is another guardian")
    for process in (supervisor.processes["web"].popen, supervisor._guardian):
        assert os.getpgid(process.pid) == supervisor.group
    assert f'"group": {supervisor.group}' in (folder / "run.lock").read_text()


LAUNCHER = """
import os, sys, time
from pathlib import Path
from cam2bytes.launcher.datalock import DataLock
from cam2bytes.launcher.supervisor import Supervisor
folder = Path.cwd()
lock = DataLock(folder, print)
supervisor = Supervisor(folder, folder / "logs", lock.processes, lambda group: lock.describe(group=group))
supervisor.start_guardian()
for name in ("web", "deaf", "parent"):
    supervisor.start(name, [sys.executable, "program.py", name], dict(os.environ))
time.sleep(120)
"""


@contextlib.contextmanager
def launched(folder):
    """A launcher of its own, with all of its programs started."""
    command = [sys.executable, "-c", LAUNCHER]
    with psutil.Popen(command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}) as launcher:
        for name in ("web started", "deaf started", "parent child", "parent started"):
            wait_for(folder, name)
        everything = launcher.children(recursive=True)
        try:
            yield launcher
        finally:
            launcher.kill()
            assert_gone(everything)


def test_when_the_launcher_is_killed_everything_ends_and_the_folder_is_free_again(folder):
    with launched(folder) as launcher:
        everything = launcher.children(recursive=True)
        assert len(everything) == 5  # the guardian, three, and the child of one
        with pytest.raises(WrongSetting, match="already running"):
            DataLock(folder, print)
        launcher.kill()
        told = []
        DataLock(folder, told.append)  # waits for them
        assert told == ["The run before this one was killed; waiting until its processes have ended ..."]
        assert_gone(everything, seconds=2)
        assert "web ended" in journal(folder)  # asked first, then killed


def test_what_outlived_launcher_and_guardian_is_ended_by_the_next_start(folder, monkeypatch):
    monkeypatch.setattr(datalock, "PATIENCE_SECONDS", 0.2)
    with launched(folder) as launcher:
        guardian, *others = psutil.Process(launcher.pid).children()
        launcher.suspend()
        guardian.kill()
        launcher.kill()
        DataLock(folder, lambda text: None)
        assert_gone(others, seconds=2)


def test_processes_that_never_end_are_named(folder, monkeypatch):
    monkeypatch.setattr(datalock, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(datalock, "LAST_SECONDS", 0.2)
    monkeypatch.setattr(datalock.os, "killpg", lambda group, number: None)
    with (folder / "processes.lock").open("a") as held:
        datalock.fcntl.flock(held, datalock.fcntl.LOCK_EX)
        (folder / "run.lock").write_text('{"pid": 1, "group": 4711}')
        with pytest.raises(WrongSetting, match="process group 4711"):
            DataLock(folder, lambda text: None)


def test_how_a_process_ended_in_words():
    assert how_it_ended(3) == "exit code 3"
    assert how_it_ended(-9) == "SIGKILL"
    assert how_it_ended(-200) == "signal 200"
