"""Recording: the scenes are played by the application of a source tree, under strace."""

import functools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.faults import trees
from tests.faults.powerloss.filesystem import Image
from tests.faults.powerloss.timeline import MODELLED, NOT_MODELLED, SHARED_MEMORY, NotModelled, Timeline
from tests.faults.powerloss.trace import calls

LONGEST_STRING = 2**26


def why_not() -> str | None:
    """Why nothing can be recorded on this machine, in a sentence; None where it can."""
    if shutil.which("strace") is None:
        return "there is no strace on PATH, which records system calls (Linux only)"
    tried = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else None


def record(tree: Path) -> Timeline:
    """Play the scenes with the application in `tree`; what it did to its data folder."""
    with trees.data_folder() as data:
        play = functools.partial(trees.run, tree, data, "powerloss.play", str(trees.prepared()))
        return traced(data, play)


def traced(folder: Path, run: Callable[..., None]) -> Timeline:
    """What the command that `run(before=...)` runs does to `folder`; `before` is to stand in front of the command."""
    base = Image.of(folder)
    text = folder.with_name(f"{folder.name}.strace")
    run(before=_strace(text))
    with open(text) as lines:
        timeline = Timeline(folder, base, calls(lines))
    _compare(timeline.live, Image.of(folder))
    return timeline


def _strace(text: Path) -> tuple[str, ...]:
    """All bytes (-s) in hexadecimal (-xx), the paths of descriptors (-y); of what is read only how much (raw)."""
    names = ",".join(f"?{name}" for name in MODELLED + NOT_MODELLED)  # "?": not every processor has them all
    return ("strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", str(LONGEST_STRING), "-o", str(text),
            "-e", f"trace={names}", "-e", "raw=read", "--")  # fmt: skip


def _compare(model: Image, disk: Image) -> None:
    """The model must have come to what really is on the disk, or it has overlooked something."""
    ours, real = ({path: image.files[inode] for path, inode in image.paths()} for image in (model, disk))
    differing = [path for path in ours.keys() | real.keys() if ours.get(path) != real.get(path)]
    if differing := [path for path in differing if not path.endswith(SHARED_MEMORY)]:
        raise NotModelled(f"the model and the disk differ in {differing}")
