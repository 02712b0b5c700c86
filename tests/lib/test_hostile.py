"""Media that means harm: the process that takes it must live, give each a video or a reason, open and call nothing
else, and not grow.
"""

import pytest

from tests import hostile
from tests.faults.powerloss.record import why_not

SEED = 20


@pytest.fixture(scope="module")
def outcome(tmp_path_factory) -> hostile.Outcome:
    if reason := why_not():
        pytest.skip(reason)
    return hostile.run(SEED, tmp_path_factory.mktemp("hostile"))


def test_the_process_lives_and_says_of_each_what_is_wrong(outcome):
    assert not outcome.died
    assert len(outcome.given) >= 200
    assert set(outcome.reasons) == set(outcome.given)
    refused = [reason for reason in outcome.reasons.values() if reason is not None]
    assert all(reason.strip() for reason in refused)
    assert 60 < len(refused) < len(outcome.given)


def test_no_playlist_is_followed(outcome):
    """One that was followed would have become a video, or have opened or called something."""
    playlists = [name for name in outcome.given if name.startswith(("hls", "concat", "dash", "sdp"))]
    assert len(playlists) == 20
    assert [name for name in playlists if outcome.reasons[name] is None] == []
    assert outcome.opened == set()
    assert outcome.called == []


def test_lies_about_sizes_cost_no_memory(outcome):
    assert outcome.grown_kb < hostile.LARGEST_GROWTH_MB * 1024
    assert outcome.reasons["tracks-a_thousand"] == "there are more than 16 tracks in it"
