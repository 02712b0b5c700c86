"""Duplicate, reordered, missing, conflicting chunks, seals, signs of life and deletions, in every order."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.sequences import Sequences

SEQUENCES = int(os.environ.get("CAM2BYTES_LONG_FAULTS", "0"))  # so many new ones in the long form


@pytest.mark.django_db
def test_every_sequence_agrees_with_the_model():
    run_state_machine_as_test(
        Sequences,
        settings=settings(
            derandomize=not SEQUENCES,  # else the same sequences in every run
            database=None,
            max_examples=SEQUENCES or 40,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if SEQUENCES else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
