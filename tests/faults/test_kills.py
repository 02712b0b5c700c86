"""Kill anything, at any moment: nothing acknowledged is lost, and everything is processed in the end."""

import random

import pytest

from tests.faults import kills

pytestmark = pytest.mark.xdist_group("running")  # both cores are busy already
KILLS = 60


def test_processes_killed_one_by_one(tmp_path):
    done = kills.episode(tmp_path, KILLS, seconds=240, chance=random.Random())
    assert done.verdict.problems == []
    assert done.verdict.acknowledged_bytes > 0
    assert done.kills.total() >= KILLS
    assert done.count("web child") and done.count("frames child") and done.count("recordings child")
    assert done.kills.total() - done.count("at random") >= KILLS // 4, "at named points"


def test_everything_killed_at_once(tmp_path):
    done = kills.whole_episode(tmp_path, 3, chance=random.Random())
    assert done.verdict.problems == []
    assert done.verdict.acknowledged_bytes > 0
