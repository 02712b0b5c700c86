"""Messages are hints: whatever becomes of the broker and the workers, everything is processed once."""

import json
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.faults import brokers, check, clients, hooks
from tests.faults.rig import SERVICES, WORKERS, Rig
from tests.servers import wait_until

pytestmark = [
    pytest.mark.xdist_group("running"),
    pytest.mark.skipif(not shutil.which("redis-server"), reason="there is no redis-server on this machine"),
]


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    """One for all of these tests: each starts with everything running and quiet."""
    with Rig(tmp_path_factory.mktemp("broker"), lease_seconds=2, attempts=3) as rig:
        rig.broker.start()
        rig.start(*SERVICES, hook="faulty_decoders")
        with rig.kept_running(broker_too=False):
            yield rig


@pytest.fixture
def client(rig):
    client = clients.Client(rig.port, rig.token, clients.Ledger())
    yield client
    client.close()


@pytest.fixture
def folder(rig):
    folder = check.Folder(rig.data_dir)
    yield folder
    folder.close()


@pytest.fixture
def held(rig):
    """Decoders wait; the returned function lets them go on."""
    gate = rig.data_dir / hooks.HOLD
    (rig.data_dir / hooks.BEGUN).write_text("")
    gate.touch()
    yield gate.unlink
    gate.unlink(missing_ok=True)


def begun(rig, what) -> list[int]:
    """Process ids of the decoders of that kind that have begun."""
    lines = (rig.data_dir / hooks.BEGUN).read_text().splitlines()
    return [int(line.split()[1]) for line in lines if line.startswith(what)]


def upload(client, what) -> str:
    if what == "recording":
        return clients.record_once(client)
    capture_id = client.start("capture")
    client.put("frame", capture_id, 0, clients.small_image(0))
    return capture_id


def row_of(folder, what, owner_id):
    table, column = ("capture_frame", "capture_id") if what == "frame" else ("recordings_recording", "id")
    (row,) = folder.rows(f"SELECT * FROM {table} WHERE {column} = '{owner_id.replace('-', '')}'")  # noqa: S608
    return row


def made(rig, owner_id) -> dict[str, int]:
    """How many thumbnails, videos and posters lie in the store for it."""
    names = ("thumbnails", "video", "poster")
    return {name: n for name in names if (n := len(list(rig.data_dir.glob(f"media/*/*/{owner_id}/{name}/**/*.*"))))}


EFFECTS = {"frame": {"thumbnails": 1}, "recording": {"video": 1, "poster": 1}}
SERVICE = {"frame": "frames", "recording": "recordings"}


@pytest.mark.parametrize("fault", brokers.OUTAGES)
def test_uploads_are_answered_and_everything_is_processed(rig, fault):
    done = brokers.outage(rig, brokers.OUTAGES[fault], uploads=40)
    assert (done.statuses, done.unknown) == ({200, 201}, 0)
    assert max(done.upload_seconds) < 10
    assert done.back_to_quiet < 60
    assert check.judge(rig.data_dir, done.ledger).problems == []


@pytest.mark.parametrize("who", ["child", "parent and child"])
@pytest.mark.parametrize("what", ["frame", "recording"])
def test_a_worker_killed_at_work(rig, client, folder, held, what, who):
    owner_id = upload(client, what)
    wait_until(lambda: begun(rig, what), "the work begins")
    if who != "child":
        rig.kill(SERVICE[what])
    psutil.Process(begun(rig, what)[0]).kill()
    held()
    check.wait_until_quiet(rig.data_dir, 60)
    assert row_of(folder, what, owner_id)["status"] == "ready"
    assert made(rig, owner_id) == EFFECTS[what]
    assert check.judge(rig.data_dir, client.ledger).problems == []


@pytest.mark.parametrize("what", ["frame", "recording"])
def test_a_twin_that_comes_when_the_lease_is_over(rig, client, folder, held, what):
    owner_id = upload(client, what)
    if what == "recording":  # its lease is renewed for as long as it lives: suspend the process
        wait_until(lambda: begun(rig, what), "the work begins")
        sleeper = psutil.Process(begun(rig, what)[0])
        sleeper.suspend()
    wait_until(lambda: len(set(begun(rig, what))) > 1, "a second process begins the same")
    if what == "recording":
        sleeper.resume()
    held()
    check.wait_until_quiet(rig.data_dir, 60)
    wait_until(lambda: made(rig, owner_id) == EFFECTS[what], "the loser has removed its own", 20)
    assert row_of(folder, what, owner_id)["status"] == "ready"
    assert check.judge(rig.data_dir, client.ledger).problems == []


@pytest.mark.parametrize("what", ["frame", "recording"])
def test_deleted_while_it_is_worked_on(rig, client, folder, held, what):
    owner_id = upload(client, what)
    wait_until(lambda: begun(rig, what), "the work begins")
    client.delete("capture" if what == "frame" else "recording", owner_id)
    held()
    check.wait_until_quiet(rig.data_dir, 60)
    wait_until(lambda: not list(rig.data_dir.glob(f"media/*/*/{owner_id}/**/*.*")), "nothing is left of it", 20)
    assert check.judge(rig.data_dir, client.ledger).problems == []


def test_sent_sealed_and_deleted_by_eight_at_once(rig, folder):
    chunks = clients.media.chunks_of(clients.SERIES)
    everyone = [clients.Client(rig.port, rig.token, clients.Ledger()) for _ in range(8)]
    recording_id = everyone[0].start("recording", content_type="video/webm")

    def at_once(ask):
        with ThreadPoolExecutor(len(everyone)) as pool:
            return Counter(pool.map(lambda client: ask(client)[0], everyone))

    path = f"/api/v1/recordings/{recording_id}"
    for number, data in enumerate(chunks):
        assert at_once(lambda client, n=number, data=data: client.ask("PUT", f"{path}/chunks/{n}", data)) == {
            201: 1,
            200: 7,
        }
    assert at_once(lambda client: client.ask("POST", f"{path}/seal", b'{"chunk_count": %d}' % len(chunks))) == {200: 8}
    check.wait_until_quiet(rig.data_dir, 60)
    assert row_of(folder, "recording", recording_id)["received_count"] == len(chunks)
    assert made(rig, recording_id) == EFFECTS["recording"]
    assert at_once(lambda client: client.ask("DELETE", path)) == {204: 8}
    assert at_once(lambda client: client.ask("PUT", f"{path}/chunks/0", chunks[0])) == {410: 8}
    check.wait_until_quiet(rig.data_dir, 60)
    assert not list(rig.data_dir.glob(f"media/*/*/{recording_id}/**/*.*"))


def test_two_beats_and_three_sweeps_at_once(rig, client, folder):
    for name in WORKERS:
        rig.process(name).suspend()
    capture_id = client.start("capture")
    client.post_batch(capture_id, {number: clients.small_image(number) for number in range(200)})
    rig.broker.flush()
    first = rig.process("beat")
    rig.start("beat")  # and the keeper minds only the last of its name
    rig.manage("sweep", at_once=3)
    for name in WORKERS:
        rig.process(name).resume()
    check.wait_until_quiet(rig.data_dir, 60)
    first.kill()
    assert made(rig, capture_id) == {"thumbnails": 200}
    assert check.judge(rig.data_dir, client.ledger).problems == []


def test_poison_is_given_up_with_a_reason_and_starves_nobody(rig, folder):
    parents = {name: rig.pids[name] for name in WORKERS}
    client = clients.Client(rig.port, rig.token, clients.Ledger())
    capture_id = client.start("capture")
    frames = {number: clients.small_image(number) for number in range(20)}
    client.post_batch(capture_id, frames | {3: frames[3] + hooks.POISON})
    poisoned = client.start("recording", content_type="video/webm")
    client.put("chunk", poisoned, 0, clients.media.chunks_of(clients.SERIES)[0] + hooks.POISON)
    client.seal(poisoned, 1)
    healthy = clients.record_once(client)
    wait_until(lambda: row_of(folder, "recording", healthy)["status"] == "ready", "the healthy recording is ready")
    check.wait_until_quiet(rig.data_dir, 60)

    reasons = {row["number"]: row["reason"] for row in folder.rows(
        f"SELECT * FROM capture_frame WHERE status != 'ready' AND capture_id = '{capture_id.replace('-', '')}'"  # noqa: S608
    )}  # fmt: skip
    assert reasons == {3: "Given up after 3 attempts. Decoding it stopped the worker each time."}
    failed = row_of(folder, "recording", poisoned)
    assert failed["status"] == "failed"
    assert "given up after 3 attempts" in failed["failure"]
    assert failed["attempts"] == 3
    assert {name: rig.pids[name] for name in WORKERS if psutil.pid_exists(rig.pids[name])} == parents
    answer = client.ask("GET", f"/api/v1/captures/{capture_id}")
    assert (answer[1]["ready_count"], answer[1]["rejected_count"]) == (19, 1), json.dumps(answer[1])
