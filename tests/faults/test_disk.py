"""A full disk, and a disk that fails at each call in turn."""

import contextlib
import errno
import itertools
import os

import pytest

from cam2bytes.lib.store import get_store
from capture.models import Frame
from recordings.models import Chunk
from tests import makers, media
from tests.faults import clients
from tests.faults.pressure import Filler, files, small_disk
from tests.faults.rig import Rig

pytestmark = pytest.mark.xdist_group("pressure")
MIB = 2**20
RESERVE = 4 * MIB


@pytest.fixture
def rig(tmp_path):
    """The web server alone, with a broker that is down; its media on a small disk where one can be mounted."""
    disk = small_disk(tmp_path / "media", 16 * MIB)
    with disk, Rig(tmp_path, env={"CAM2BYTES_RESERVE_BYTES": str(RESERVE)}) as rig:
        rig.start("web")
        yield rig


def test_a_disk_that_fills_up_and_is_freed(rig, client):
    if not os.path.ismount(rig.data_dir / "media"):
        pytest.skip("no small disk can be mounted here")
    filler = Filler(rig.data_dir / "media")
    capture_id = client.start("capture")
    recording_id = client.start("recording", content_type="video/webm")
    chunks = media.chunks_of(clients.SERIES)
    frame = f"/api/v1/captures/{capture_id}/frames"
    chunk = f"/api/v1/recordings/{recording_id}/chunks"
    assert client.ask("PUT", f"{chunk}/0", chunks[0])[0] == 201

    filler.leave(RESERVE // 2)  # below the reserve: what runs goes on, nothing new begins
    for kind in ("capture", "recording"):
        status, answer = client.ask("POST", f"/api/v1/{kind}s", b'{"content_type": "video/webm"}')
        assert (status, answer["code"]) == (507, "disk-full")
    assert client.ask("PUT", f"{chunk}/1", chunks[1])[0] == 201
    assert client.ask("PUT", f"{frame}/0", clients.small_image(0), "image/jpeg")[0] == 201

    before = files(rig)
    large = makers.image("red", (900, 900), "PNG") + bytes(3 * MIB)
    assert client.ask("PUT", f"{frame}/1", large, "image/png")[0] == 507, "the disk is full while it is written"
    filler.leave(RESERVE // 20)  # the reserve is used up too
    for path, data in ((f"{chunk}/2", chunks[2]), (f"{frame}/1", clients.small_image(1))):
        assert client.ask("PUT", path, data)[0] == 507
    assert files(rig) == before
    assert client.ask("GET", f"/api/v1/recordings/{recording_id}")[1]["received_count"] == 2

    filler.leave(12 * MIB)  # freed
    assert client.ask("PUT", f"{chunk}/2", chunks[2])[0] == 201
    assert client.ask("PUT", f"{frame}/1", clients.small_image(1))[0] == 201
    client.start("capture")
    assert client.ledger.wrong == []


# A disk that fails -------------------------------------------------------------------------------


CALLS = ("mkdir", "open", "write", "fsync", "link")


@contextlib.contextmanager
def failing(monkeypatch, call: str, at: int, code: int):
    """os.`call` fails at its `at`-th time, once; yields a list that is empty until then."""
    real, calls, happened = getattr(os, call), itertools.count(1), []

    def call_or_fail(*args, **kwargs):
        if next(calls) != at:
            return real(*args, **kwargs)
        happened.append(args)
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, call_or_fail)
        yield happened


UPLOADS = {
    "frame": lambda client, run: makers.put_frame(client, run, 0, makers.image()),
    "batch": lambda client, run: makers.post_batch(
        client, run, [({"number": n, "size_bytes": len(image)}, image) for n in range(3) if (image := makers.image())]
    ),
    "chunk": lambda client, run: makers.put_chunk(client, run, 0, media.chunks_of(clients.SERIES)[0]),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("code", "status"), [(errno.EIO, 503), (errno.ENOSPC, 507)])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("what", UPLOADS)
def test_every_call_that_may_fail_is_an_orderly_refusal(alices, monkeypatch, no_hints, what, call, code, status):
    """One fault in each run, at the first call, then at the second, until none is left: as SQLite is tested. Where
    the call can be done without, the bytes are kept; else nothing stays."""
    refusals = 0
    for at in itertools.count(1):
        run = makers.start_recording(alices) if what == "chunk" else makers.start_capture(alices)
        before = makers.objects()
        with failing(monkeypatch, call, at, code) as happened:
            answer = UPLOADS[what](alices, run)
        if answer.status_code == status:
            refusals += 1
            assert int(answer["Retry-After"]) > 0
            assert makers.objects() == before, f"left behind when {call} {at} failed"
            assert held(run) == []
        else:
            assert answer.status_code in (200, 201), answer.content
            assert len(held(run)) == (3 if what == "batch" else 1)
            assert all(get_store().size(key) for key in held(run))
        if not happened:
            break
    assert refusals, f"{call} is called"


def held(run: str) -> list[str]:
    """The keys of the objects of a capture session or recording that have a row."""
    frames = Frame.objects.filter(capture_id=run).values_list("image", flat=True)
    return [*frames, *Chunk.objects.filter(recording_id=run).values_list("file", flat=True)]
