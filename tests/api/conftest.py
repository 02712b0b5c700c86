import pytest

from tests.api.world import World


@pytest.fixture
def world(alices) -> World:
    return World(alices)
