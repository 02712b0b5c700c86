"""A worker killed in the middle of an MP4: the next one goes on with the part that was lost, and the MP4 is whole."""

import shutil

import psutil
import pytest

from tests import media
from tests.faults import check, clients, hooks
from tests.faults.rig import SERVICES, Rig
from tests.servers import wait_until

pytestmark = [
    pytest.mark.xdist_group("running"),
    pytest.mark.skipif(not shutil.which("redis-server"), reason="there is no redis-server on this machine"),
]
SECONDS = 3
PARTS = "SELECT number, file FROM recordings_derivativepart ORDER BY number"
MP4 = "SELECT * FROM recordings_derivative WHERE kind = 'mp4'"


def test_a_killed_worker_costs_one_part(tmp_path):
    with Rig(tmp_path, lease_seconds=2) as rig:
        rig.broker.start()
        rig.start(*SERVICES, hook="held_encoders")
        client = clients.Client(rig.port, rig.token, clients.Ledger(), timeout=60)
        clip = media.synthetic(SECONDS)
        recording_id = client.start("recording", content_type="video/webm")
        client.put("chunk", recording_id, 0, clip)
        client.seal(recording_id, 1)
        folder = check.Folder(rig.data_dir)
        check.wait_until_quiet(rig.data_dir, 60)

        gate = rig.data_dir / hooks.HOLD
        gate.touch()
        asked = client.ask("POST", f"/api/v1/recordings/{recording_id}/derivatives", b'{"kind": "mp4"}')
        assert asked[0] == 201
        wait_until(lambda: begun(rig), "the second part has begun")
        kept = [tuple(row) for row in folder.rows(PARTS)]
        assert len(kept) == 1
        psutil.Process(begun(rig)[0]).kill()
        wait_until(lambda: len(begun(rig)) > 1, "another worker begins the same part")
        assert [tuple(row) for row in folder.rows(PARTS)] == kept
        gate.unlink()

        check.wait_until_quiet(rig.data_dir, 60)
        (row,) = folder.rows(MP4)
        assert row["status"] == "ready", row["failure"]
        assert media.look_at(rig.data_dir / "media" / row["file"]).moments == media.look_at(clip).moments
        verdict = check.judge(rig.data_dir, client.ledger)
        assert (verdict.problems, verdict.orphans) == ([], [])
        folder.close()
        client.close()


def begun(rig) -> list[int]:
    """Process ids, one for each part behind the first that was begun."""
    lines = (rig.data_dir / hooks.BEGUN).read_text().splitlines() if (rig.data_dir / hooks.BEGUN).exists() else []
    return [int(line.split()[1]) for line in lines if line.startswith("part")]
