"""Each sown mistake is found; and the small trials find nothing in the application as it is."""

import pytest

from tests.faults import proofs
from tests.faults.mistakes import MISTAKES, MORE_MISTAKES, Mistake, tree_with
from tests.faults.powerloss.run import losses
from tests.running import ROOT


def name_of(mistake: Mistake) -> str:
    return mistake.name


@pytest.mark.parametrize("mistake", MISTAKES, ids=name_of)
def test_a_sown_mistake_is_found(mistake: Mistake, request):
    if mistake.find is losses:
        request.getfixturevalue("strace")
    with tree_with(mistake) as tree:
        assert mistake.found_in(tree)


@pytest.mark.parametrize("mistake", MORE_MISTAKES, ids=name_of)
def test_a_mistake_of_the_long_form_can_still_be_sown(mistake: Mistake):
    mistake.sow(ROOT / mistake.file)


@pytest.mark.parametrize("proof", [proofs.broker_down, proofs.killed_while_decoding], ids=lambda proof: proof.__name__)
def test_the_small_trials_find_nothing(proof):
    assert not list(proof(ROOT))
