"""Requests in every order, against the application through its API and against the model of it (model.py)."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from itertools import chain
from unittest import mock
from uuid import UUID

from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cam2bytes.accounts import tasks as accounts_tasks
from cam2bytes.accounts.models import StoreMark, Tombstone
from cam2bytes.lib.store import LocalStore, get_store
from recordings import assembly, sweep
from recordings.models import Recording
from tests import makers, media
from tests.faults.model import Model
from tests.faults.table import Row
from tests.running import ROOT, clean_environment

SEQUENCES_A_ROUND, LONG_SEQUENCES = 100, 5000
SERIES = "size_change_webm_vp8"
CHUNKS = media.chunks_of(SERIES)[:6]
NUMBERS = st.integers(0, len(CHUNKS))
KINDS = st.sampled_from(["own", "own", "own", "other", "empty"])


def bytes_of(number: int, kind: str) -> bytes:
    own = CHUNKS[number] if number < len(CHUNKS) else b"beyond"
    return {"own": own, "other": own + b"x", "empty": b""}[kind]


@lru_cache
def pictures_in(first: int) -> int:
    """Frames in the first so many chunks."""
    return len(media.look_at(b"".join(CHUNKS[:first])).pictures)


class Sequences(RuleBasedStateMachine):
    """One recording of one account; the clock stands still but for one rule."""

    def __init__(self):
        super().__init__()
        self.model = Model()
        self._folder = tempfile.TemporaryDirectory(prefix="c2b-sequences-")
        self._began = timezone.now()
        self._patches = [
            override_settings(MEDIA_ROOT=self._folder.name),
            mock.patch.object(timezone, "now", lambda: self._began + timedelta(seconds=self.model.now)),
            mock.patch("recordings.tasks.offer", lambda *arguments: None),
        ]
        for patch in self._patches:
            patch.__enter__()

    def teardown(self):
        for patch in reversed(self._patches):
            patch.__exit__(None, None, None)
        self._folder.cleanup()

    @initialize()
    def start(self):
        Recording.objects.all().delete()
        StoreMark.objects.all().delete()  # the store is another one each time
        owner, _ = get_user_model().objects.get_or_create(username="alice")
        self.client = Client()
        self.client.force_login(owner)
        self.id = makers.start_recording(self.client)
        self.path = f"/api/v1/recordings/{self.id}"

    # Requests --------------------------------------------------------------------------------

    def _agrees(self, answer, expected: tuple[int, str]) -> None:
        code = answer.json().get("code", "") if answer.content else ""
        assert (answer.status_code, code) == expected, (answer.status_code, code, expected)

    def _put(self, number: int, data: bytes) -> None:
        answer = makers.put_chunk(self.client, self.id, number, data, **{"Content-Digest": makers.digest_of(data)})
        expected = self.model.put(number, data)
        self._agrees(answer, expected)
        if expected[0] in (200, 201):
            receipt = answer.json()
            assert (receipt["number"], receipt["size_bytes"]) == (number, len(data))
            assert receipt["sha256"] == makers.sha256_hex(data)

    @rule(number=NUMBERS, kind=KINDS)
    def put(self, number, kind):
        if number == 0 and kind == "empty":
            kind = "own"  # what the first chunk must be has tests of its own
        self._put(number, bytes_of(number, kind))

    @rule(order=st.permutations(range(len(CHUNKS))), left_out=st.sets(NUMBERS, max_size=2), seal_at=NUMBERS)
    def upload(self, order, left_out, seal_at):
        """As a page does, but in any order, with holes, and with the seal anywhere among the chunks."""
        for place, number in enumerate(order):
            if place == seal_at:
                self.seal(len(CHUNKS))
            if number not in left_out:
                self._put(number, bytes_of(number, "own"))

    @rule(number=NUMBERS)
    def put_with_a_wrong_digest(self, number):
        digest = {"Content-Digest": makers.digest_of(b"something else")}
        answer = makers.put_chunk(self.client, self.id, number, bytes_of(number, "own"), **digest)
        self._agrees(answer, (410, "deleted") if self.model.is_deleted else (422, "digest-mismatch"))

    @rule(chunk_count=st.integers(0, len(CHUNKS) + 1))
    def seal(self, chunk_count):
        answer = makers.post_json(self.client, f"{self.path}/seal", {"chunk_count": chunk_count})
        self._agrees(answer, self.model.seal(chunk_count))

    @rule(waiting=st.sampled_from([None, 0, 3]))
    def alive(self, waiting):
        said = {"state": "draining", **({} if waiting is None else {"waiting_count": waiting})}
        self._agrees(makers.post_json(self.client, f"{self.path}/alive", said), self.model.alive(waiting))

    def _delete(self):
        self._agrees(self.client.delete(self.path), self.model.delete())

    @precondition(lambda self: self.model.video_of or self.model.is_deleted)
    @rule(really=st.booleans())
    def delete(self, really):
        if really:
            self._delete()

    # Behind the doors ------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 6, 26, 700]))
    def time_goes_by(self, seconds):
        self.model.now += seconds

    @precondition(lambda self: not self.model.is_deleted)
    @rule(seconds=st.sampled_from([0, 6, 26]))
    def sweep(self, seconds):
        self.model.now += seconds
        sweep.seal_silent_recordings()
        self.model.sweep()
        offered = [UUID(self.id)] if self.model.may_assemble() else []
        assert sweep.assemblable_recordings() == offered, offered
        self.assemble()

    @precondition(lambda self: not self.model.is_deleted)
    @rule()
    def assemble(self):
        expected = self.model.may_assemble()
        made = assembly.assemble(UUID(self.id))
        if expected:
            self._ended(made)
        else:
            assert made is False

    @precondition(lambda self: self.model.may_assemble() and self.model.chunks)
    @rule(what=st.sampled_from(["put", "delete", "seal", "alive"]), number=NUMBERS)
    def something_comes_while_it_is_assembled(self, what, number):
        do = {
            "put": lambda: self._put(number, bytes_of(number, "own")),
            "delete": self._delete,
            "seal": lambda: self.seal(self.model.chunk_count),
            "alive": lambda: self.alive(None),
        }[what]
        real, before = LocalStore.keep_file, self.model.revision

        def keep_file(store, key, path):
            real(store, key, path)
            if "/video/" in key:
                self.model.status = "assembling"
                do()

        with mock.patch.object(LocalStore, "keep_file", keep_file):
            made = assembly.assemble(UUID(self.id))
        if self.model.is_deleted or self.model.revision != before:
            assert made is False, "the result of an assembly that something overtook"
        elif self.model.status == "assembling":
            self._ended(made)
        else:
            assert made is False, "it failed before the file was kept"
            self._ended(made)

    def _ended(self, made: bool) -> None:
        """An assembly that nothing overtook; whole beginnings are ready with all their frames."""
        shown = self.client.get(self.path).json()
        assert shown["status"] == ("ready" if made else "failed"), shown["status"]
        self.model.assembled(shown["status"])
        own = [number for number, data in self.model.chunks.items() if data == bytes_of(number, "own")]
        if not self.model.chunks:
            assert not made
        elif 0 in own:
            assert made, shown["failure"]
        held = sorted(self.model.chunks)
        if made and held == own_beginning(self.model.chunks):
            found = [number for gap in shown["gaps"] for number in range(gap["from"], gap["to"] + 1)]
            assert found == self.model.missing, (found, self.model.missing)
            video = get_store().local_path(Recording.objects.get(pk=self.id).video.name)
            assert len(media.look_at(video).pictures) == pictures_in(len(held))

    # What must be so after every step --------------------------------------------------------

    @invariant()
    def what_is_seen_is_what_was_done(self):
        answer = self.client.get(self.path)
        if self.model.is_deleted:
            assert answer.status_code == 404
            return
        shown, model = answer.json(), self.model
        names = ("status", "revision", "chunk_count", "received_count")
        seen = [shown[name] for name in names]
        assert seen == [model.status, model.revision, model.chunk_count, len(model.chunks)], (seen, model)
        assert numbers_in(shown["missing"]) == model.missing, (shown["missing"], model)
        assert numbers_in(self.client.get(f"{self.path}/chunks").json()["held"]) == sorted(model.chunks)
        assert (shown["video_url"] is not None) == (model.video_of is not None)

    @invariant()
    def every_acknowledged_byte_is_there(self):
        if not self.model.is_deleted and self.model.chunks:
            original = b"".join(self.client.get(f"{self.path}/original"))
            assert original == b"".join(data for _, data in sorted(self.model.chunks.items()))

    @invariant()
    def nothing_lies_about(self):
        if self.model.is_deleted:
            for grave in Tombstone.objects.filter(object_id=self.id, purged_at=None):
                accounts_tasks.purge([grave.pk])
            assert makers.objects() == []
            return
        kinds = [key.split("/")[3] for key in makers.objects()]
        assert kinds.count("chunks") == len(self.model.chunks)
        assert kinds.count("video") == (self.model.video_of is not None)
        assert set(kinds) <= {"chunks", "video", "quarantine"}


# The long form -----------------------------------------------------------------------------------


def long(minutes: float | None = None) -> Iterator[Row]:
    """5,000 new sequences, or as many rounds of 100 as the minutes allow."""
    began, tried, said = time.monotonic(), 0, ""
    until = began + minutes * 60 if minutes else float("inf")
    while tried < LONG_SEQUENCES and time.monotonic() < until and not said:
        seed = int.from_bytes(os.urandom(4), "big")
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "tests/faults/test_sequences.py"]
        done = subprocess.run(
            [*command, f"--hypothesis-seed={seed}"], cwd=ROOT, capture_output=True, text=True, check=False,
            env=clean_environment() | {"CAM2BYTES_LONG_FAULTS": str(SEQUENCES_A_ROUND)},
        )  # fmt: skip
        tried += SEQUENCES_A_ROUND
        if done.returncode:
            said = f"seed {seed}: " + " ".join(re.findall(r"^E +(.*)", done.stdout, re.MULTILINE))[:1000]
    what = "chunks, seals, signs of life and deletions in every order, 25 steps each, against a model"
    yield Row("sequences", what, tried, said or "nothing", not said, time.monotonic() - began)


def own_beginning(chunks: dict[int, bytes]) -> list[int]:
    """The numbers from 0 on that are held one after another, each with the bytes of the series."""
    beginning = []
    while (number := len(beginning)) < len(CHUNKS) and chunks.get(number) == CHUNKS[number]:
        beginning.append(number)
    return beginning


def numbers_in(ranges: list[list[int]]) -> list[int]:
    return list(chain.from_iterable(range(first, last + 1) for first, last in ranges))
