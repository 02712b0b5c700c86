"""The real `./dev run` with RabbitMQ in place of the embedded broker: CELERY_BROKER_URL=amqp://..."""

import json
import urllib.request

import pytest

from tests.client import ACCOUNT, Api, new_token
from tests.running import running_cam2bytes
from tests.servers import needed, rabbitmq_program, rabbitmq_server

pytestmark = [pytest.mark.rabbitmq, pytest.mark.xdist_group("running")]


@pytest.fixture
def broker_url():
    needed(rabbitmq_program(), "REQUIRE_RABBITMQ", "RabbitMQ server")
    with rabbitmq_server() as url:
        yield url


def test_frames_are_processed_and_recordings_assembled(broker_url, tmp_path):
    """By messages: the sweep, which would find the work too, is set to come too late."""
    env = ACCOUNT | {"CELERY_BROKER_URL": broker_url, "CAM2BYTES_SWEEP_SECONDS": "600"}
    with running_cam2bytes(tmp_path, env=env) as server:
        api = Api(server.url, new_token(server))
        api.capture()
        api.record()
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=20) as answer:
            assert json.load(answer)["broker"] == "ok"
