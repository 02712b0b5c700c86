"""Proof that the proof works: mistakes that lose data, sown into a copy of the source tree, must each be found.

A mistake is an exact piece of the application's text and what stands there instead. The piece must occur once:
where the application has changed, the mistake is to be sown anew, in the place that now does that work.
"""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults import proofs, trees
from tests.faults.powerloss.record import why_not
from tests.faults.powerloss.run import losses
from tests.faults.table import Row


class CannotSow(AssertionError):
    """The text that the mistake replaces is not there, or more than once."""


@dataclass(frozen=True)
class Mistake:
    """`find` tells what goes wrong with a source tree, and among that must be what `shows` the mistake."""

    name: str
    file: str
    right: str
    wrong: str
    find: Callable[[Path], Iterable[str]]
    shows: str

    def found_in(self, tree: Path) -> str | None:
        """The first sentence that shows the mistake; None where it is not found."""
        return next((what for what in self.find(tree) if self.shows in what), None)

    def sow(self, path: Path) -> str:
        """The text of the file at `path` with the mistake; CannotSow where its place is not found once."""
        text = path.read_text()
        if (count := text.count(self.right)) != 1:
            raise CannotSow(
                f"{self.name!r} must be sown anew: in {self.file} the text it replaces occurs {count} times, "
                f"not once:\n{self.right}"
            )
        return text.replace(self.right, self.wrong)


MISTAKES = [
    Mistake(
        "receipt before sync", "cam2bytes/lib/store.py",
        "                write_files(files, made)\n",
        "                made += [path for path, data in files if path.write_bytes(data)]\n"
        "                __import__('threading').Timer(0.5, lambda: [sync_file(path) for path in made]).start()\n",
        losses, "a row without its object",
    ),
    Mistake(
        "row before file", "cam2bytes/lib/keeping.py",
        "    get_store().keep_many(kept for upload in uploads for kept in upload.objects)\n"
        "    try:\n"
        "        outcomes = _commit_together(uploads)\n",
        "    try:\n"
        "        outcomes = _commit_together(uploads)\n"
        "        get_store().keep_many(kept for upload in uploads for kept in upload.objects)\n",
        losses, "a row without its object",
    ),
    Mistake(
        "files not synced", "cam2bytes/lib/durable.py",
        "view = view[os.write(descriptor, view) :]\n        sync(descriptor)\n",
        "view = view[os.write(descriptor, view) :]\n",
        losses, "a row without its object",
    ),
    Mistake(
        "folders not synced", "cam2bytes/lib/durable.py",
        "_open_and_sync(path, os.O_RDONLY | os.O_DIRECTORY)",
        "pass",
        losses, "a row without its object",
    ),
    Mistake(
        "synchronous=NORMAL", "cam2bytes/env.py",
        "PRAGMA synchronous=FULL",
        "PRAGMA synchronous=NORMAL",
        losses, "a receipt, and no row of it",
    ),
    Mistake(
        "objects deleted before the commit", "recordings/ingest.py",
        "transaction.on_commit(lambda: tasks.enqueue_purge(tombstone), robust=True)",
        "tombstones.purge(tombstone.pk)",
        losses, "a row without its object: recordings/",
    ),
    Mistake(
        "a broker error breaks a committed upload", "capture/ingest.py",
        "tasks.enqueue_uploaded(ids), robust=True)",
        "tasks.enqueue_frames(ids))",
        proofs.broker_down, "answered with 500",
    ),
    Mistake(
        "attempt counted after decoding", "capture/processing.py",
        "def ensure_judged(",
        "@transaction.atomic\ndef ensure_judged(",
        proofs.killed_while_decoding, "0 attempts",
    ),
]  # fmt: skip
"""Sown in every test run."""

MORE_MISTAKES = [
    Mistake(
        "video not synced", "cam2bytes/lib/store.py",
        "            sync_file(path)\n",
        "",
        losses, "a recording (ready) without its video",
    ),
    Mistake(
        "folders above not synced", "cam2bytes/lib/store.py",
        "{child.parent for child in met} - folders",
        "set()",
        losses, "a row without its object",
    ),
    Mistake(
        "files of a batch not synced", "cam2bytes/lib/durable.py",
        "    shares = [",
        "    made += [path for path, data in files if path.write_bytes(data)]\n    return\n    shares = [",
        losses, "a row without its object",
    ),
    Mistake(
        "the old video deleted first", "recordings/assembly.py",
        "    won = recording.mark_ready(",
        "    recording.video and get_store().delete(recording.video.name)\n    won = recording.mark_ready(",
        losses, "a recording (assembling) without its video",
    ),
    Mistake(
        "a deletion not synced", "cam2bytes/lib/store.py",
        "sync_folder(path.parent)",
        "pass",
        losses, "noted as purged",
    ),
    Mistake(
        "a conflict not set aside", "cam2bytes/lib/quarantine.py",
        "store.keep(",
        "(lambda *_: None)(",
        losses, "said to be a conflict, and not set aside",
    ),
]  # fmt: skip
"""Sown in the long form only."""


@contextlib.contextmanager
def tree_with(mistake: Mistake) -> Iterator[Path]:
    """A copy of the source tree with the mistake in it."""
    with trees.copy_of_tree() as tree:
        path = tree / mistake.file
        path.write_text(mistake.sow(path))
        yield tree


def long() -> Iterator[Row]:
    """A row for each mistake; it held when the mistake was found."""
    for mistake in [*MISTAKES, *MORE_MISTAKES]:
        before = time.monotonic()
        if mistake.find is losses and (reason := why_not()):
            yield Row("sown mistakes", mistake.name, 0, f"not tried: {reason}", False, 0)
            continue
        with tree_with(mistake) as tree:
            found = mistake.found_in(tree)
        told = f"the mistake: {mistake.shows}" if found else "not the mistake, which must be found"
        yield Row("sown mistakes", mistake.name, 1, told, found is not None, time.monotonic() - before)
