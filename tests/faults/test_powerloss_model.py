"""The model of the file system: what may be left of a small program's work when the power goes at its end."""

import functools
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.powerloss.crashes import many_crashes, moments
from tests.faults.powerloss.record import traced
from tests.faults.powerloss.timeline import NotModelled

PROGRAM = """
import os, sys

def at(name):
    return os.path.join(sys.argv[1], name)

def write(name, data, offset=0):
    descriptor = os.open(at(name), os.O_WRONLY | os.O_CREAT)
    os.pwrite(descriptor, data, offset)
    os.close(descriptor)

def sync(name):
    descriptor = os.open(at(name), os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)

"""
SECTOR = 512
OLD = b"o" * 2 * SECTOR
GONE = None

pytestmark = pytest.mark.usefixtures("strace")


def left(tmp_path: Path, does: str) -> list[dict[str, bytes]]:
    """{path: bytes} of each tree that may be there after the program; before there was the file `old`."""
    disk = tmp_path / "disk"
    disk.mkdir()
    disk.joinpath("old").write_bytes(OLD)
    timeline = traced(disk, functools.partial(run, disk, does))
    *_, last = moments(timeline)
    images = [crash.image for crash in many_crashes(last, random.Random(1))]
    return [{path: image.files.get(inode, b"") for path, inode in image.paths()} for image in images]


def run(disk: Path, does: str, before: tuple[str, ...]) -> None:
    command = [*before, sys.executable, "-S", "-c", PROGRAM + does, str(disk)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


@pytest.mark.parametrize(
    ("does", "contents"),
    [
        pytest.param("write('new', b'n')", {GONE, b"", b"n"}, id="nothing"),
        pytest.param("write('new', b'n'); sync('new')", {GONE, b"n"}, id="the bytes, not the name"),
        pytest.param("write('new', b'n'); sync('.')", {b"", b"n"}, id="the name, not the bytes"),
        pytest.param("write('new', b'n'); sync('new'); sync('.')", {b"n"}, id="both"),
        pytest.param("sync('.'); write('new', b'n'); sync('new')", {GONE, b"n"}, id="a sync that came too early"),
        pytest.param("write('new', b'1'); write('new', b'2', 1); sync('.')", {b"", b"1", b"12", b"\0" + b"2"},
                     id="writes in any order"),
        pytest.param("os.link(at('old'), at('new')); os.unlink(at('old'))", {GONE, OLD}, id="an old file's new name"),
    ],
)  # fmt: skip
def test_what_is_durable_of_a_new_file(tmp_path, does, contents):
    assert {files.get("new") for files in left(tmp_path, does)} == contents


def test_a_folder_is_durable_through_the_folder_above_it(tmp_path):
    inside = "os.mkdir(at('a')); write('a/new', b'n'); sync('a/new'); sync('a')"
    assert {files.get("a/new") for files in left(tmp_path, inside)} == {GONE, b"n"}


def test_a_rename_in_a_folder_happens_or_does_not(tmp_path):
    assert {tuple(files) for files in left(tmp_path, "os.rename(at('old'), at('new'))")} == {("old",), ("new",)}


def test_a_rename_to_another_folder_may_be_half_done(tmp_path):
    renamed = left(tmp_path, "os.mkdir(at('a')); sync('.'); os.rename(at('old'), at('a/new'))")
    assert {tuple(sorted(files)) for files in renamed} == {(), ("old",), ("a/new",), ("a/new", "old")}


def test_a_write_may_be_torn_between_sectors_and_nowhere_else(tmp_path):
    contents = {files["old"] for files in left(tmp_path, "write('old', b'n' * 1024)")}
    halves = (b"o" * SECTOR, b"n" * SECTOR)
    assert contents == {first + second for first in halves for second in halves}


def test_a_removal_may_come_back(tmp_path):
    assert {tuple(files) for files in left(tmp_path, "os.unlink(at('old'))")} == {("old",), ()}


def test_what_the_model_does_not_know_is_refused(tmp_path):
    with pytest.raises(NotModelled):
        left(tmp_path, "os.truncate(at('old'), 1)")
