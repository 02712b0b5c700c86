"""The real `./dev run`: started, used, killed and stopped as people and machines do."""

import base64
import contextlib
import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from cam2bytes.launcher import network
from tests.client import ACCOUNT, Api, new_token
from tests.running import ROOT, Running, assert_gone, clean_environment, running_cam2bytes

pytestmark = pytest.mark.xdist_group("running")  # two at once would only wait for each other


def get(url, **how):
    """(status, body), following no redirect elsewhere than the client does by itself."""
    try:
        with urllib.request.urlopen(url, timeout=20, **how) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def eventually(look, seconds=180):
    """What `look` returns once it is true."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            found = look()
            if found:
                return found
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def workers(cam2bytes):
    return set(json.loads(get(f"{cam2bytes.flower_url}/api/workers?refresh=1")[1]))


def refusal(data_dir, *arguments, **env):
    """(exit code, stderr) of a run that must not start."""
    done = subprocess.run(
        [ROOT / "dev", "run", "--data", data_dir, *arguments],
        env=clean_environment() | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_from_the_first_start_over_every_kill_to_the_clean_stop(tmp_path):
    """One story, because each start costs seconds."""
    cam2bytes = Running(tmp_path, (), {})
    try:
        cam2bytes.wait_until_ready()
        assert get(f"{cam2bytes.url}/healthz")[0] == 200
        assert cam2bytes.link.startswith(f"{cam2bytes.url}/link/")
        assert get(cam2bytes.link)[0] == 200
        host = socket.gethostname()
        assert eventually(lambda: workers(cam2bytes) == {f"frames@{host}", f"recordings@{host}"})

        busy = refusal(tmp_path, "--port", "0")
        assert busy == (2, f"{busy[1].strip()}\n")
        assert f"already running on {tmp_path}, at {cam2bytes.url}" in busy[1]

        web = next(process for process in cam2bytes.processes() if "gunicorn" in process.cmdline()[1])
        web.kill()
        eventually(lambda: "web | ended (SIGKILL), starts again" in cam2bytes.output)
        eventually(lambda: get(f"{cam2bytes.url}/healthz")[0] == 200)

        processes = cam2bytes.processes()
        cam2bytes.process.kill()  # the launcher alone: the others notice
        assert_gone(processes[1:], seconds=15)
        cam2bytes.stop()

        cam2bytes = Running(tmp_path, (), {})
        cam2bytes.wait_until_ready()
        cam2bytes.kill_everything()

        cam2bytes = Running(tmp_path, (), {})
        cam2bytes.wait_until_ready()
        assert cam2bytes.manage("migrate", "--check") == ""
        assert cam2bytes.stop(signal.SIGINT) == 0
        assert cam2bytes.lines[-1] == "Stopped; nothing is left running."
    finally:
        cam2bytes.stop()


def test_stopped_while_it_starts(tmp_path):
    cam2bytes = Running(tmp_path, (), {})
    eventually(lambda: (tmp_path / "logs").exists())
    assert cam2bytes.stop() == 0


def test_an_owner_from_the_environment_needs_no_link_and_flower_asks_for_its_password(tmp_path):
    """Behind it: every task done, by its name, with what it was about."""
    env = {**ACCOUNT, "CAM2BYTES_FLOWER_AUTH": "ada:flowers"}
    with running_cam2bytes(tmp_path, "--flower-host", "0.0.0.0", env=env) as cam2bytes:
        assert cam2bytes.link is None
        assert cam2bytes.manage("sign_in_link", "alice").startswith(f"{cam2bytes.url}/link/")
        eventually(lambda: len(flower(cam2bytes, "/api/workers?refresh=1")) == 2)
        api = Api(cam2bytes.url, new_token(cam2bytes))
        api.capture()
        recording_id = api.record().removeprefix("recordings/")
        eventually(lambda: ("recordings.assemble", "SUCCESS", f"('{recording_id}',)") in tasks_seen(cam2bytes))
        eventually(lambda: ("capture.process_frames", "SUCCESS", "([1],)") in tasks_seen(cam2bytes))
        for path in ("/", "/api/tasks", "/api/workers"):
            assert get(f"{cam2bytes.flower_url}{path}")[0] == 401
        assert get(flower_request(cam2bytes, "/api/tasks", "ada:guess"))[0] == 401


def flower_request(cam2bytes, path, password):
    header = {"Authorization": "Basic " + base64.b64encode(password.encode()).decode()}
    return urllib.request.Request(cam2bytes.flower_url + path, headers=header)


def flower(cam2bytes, path):
    """What Flower's API says to who knows the password; nothing while it starts."""
    status, body = get(flower_request(cam2bytes, path, "ada:flowers"))
    return json.loads(body) if status == 200 else {}


def tasks_seen(cam2bytes):
    return {(task["name"], task["state"], task["args"]) for task in flower(cam2bytes, "/api/tasks").values()}


def test_a_database_from_elsewhere_that_is_absent_is_named(tmp_path):
    port = network.free_port("127.0.0.1")
    code, said = refusal(tmp_path, "--port", "0", DATABASE_URL=f"postgres://ada:secret@127.0.0.1:{port}/c2b")
    assert code == 2
    assert said.startswith("The database (DATABASE_URL) does not work:")
    assert "secret" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [("CAM2BYTES_ABANDONED_AFTER", "soon"), ("CAM2BYTES_STORAGE", "tape"), ("DATABASE_URL", "nonsense")],
)
def test_a_wrong_setting_is_named(tmp_path, name, value):
    code, said = refusal(tmp_path, "--port", "0", **{name: value})
    assert code == 2
    assert said.startswith(f"{name} ")
    assert said.count("\n") == 1


def test_an_owner_without_a_password_is_refused(tmp_path):
    code, said = refusal(tmp_path, "--port", "0", **ACCOUNT | {"DJANGO_SUPERUSER_PASSWORD": ""})
    assert code == 2
    assert "DJANGO_SUPERUSER_PASSWORD" in said
