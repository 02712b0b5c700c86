"""What the launcher is told, and how it says no: one sentence, before anything starts."""

import socket

import pytest

from cam2bytes.env import WrongSetting
from cam2bytes.launcher import options


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("CAM2BYTES_FLOWER_HOST", "CAM2BYTES_FLOWER_AUTH", "CAM2BYTES_PUBLIC_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def ready(data_dir, *words):
    return options.with_ports(options.read(["--data", str(data_dir), *words]))


@pytest.fixture
def read(tmp_path):
    return lambda *words: ready(tmp_path / "data", "--port", "0", *words)


def test_without_arguments_it_serves_this_machine_only(read):
    asked = read()
    assert asked.local_only
    assert asked.url == f"http://localhost:{asked.port}"
    assert asked.flower_url.startswith("http://127.0.0.1:")
    assert asked.flower_port != asked.port


def test_a_taken_port_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(WrongSetting, match=f"Port {port} is taken"):
            ready(tmp_path, "--port", str(port))


def test_a_port_taken_on_every_address_is_taken_here_too(tmp_path):
    with socket.create_server(("0.0.0.0", 0)) as other, pytest.raises(WrongSetting, match="is taken"):
        ready(tmp_path, "--port", str(other.getsockname()[1]))


@pytest.mark.parametrize("port", ["x", "-1", "65536"])
def test_a_port_that_is_none_ends_with_code_2(read, port):
    with pytest.raises(SystemExit) as ended:
        read("--flower-port", port)
    assert ended.value.code == 2


def test_a_host_of_another_machine_is_named(read):
    with pytest.raises(WrongSetting, match=r"'203\.0\.113\.9' is no address of this machine"):
        read("--host", "203.0.113.9")


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path):
    file = tmp_path / "a-file"
    file.touch()
    with pytest.raises(WrongSetting, match=f"The data folder {file}/data cannot be written"):
        ready(file / "data", "--port", "0")


def test_flower_elsewhere_needs_a_password(read, monkeypatch):
    with pytest.raises(WrongSetting, match="CAM2BYTES_FLOWER_AUTH=user:password"):
        read("--flower-host", "0.0.0.0")
    monkeypatch.setenv("CAM2BYTES_FLOWER_AUTH", "ada")
    with pytest.raises(WrongSetting, match="no colon"):
        read("--flower-host", "0.0.0.0")
    monkeypatch.setenv("CAM2BYTES_FLOWER_AUTH", "ada:secret")
    assert read("--flower-host", "0.0.0.0").flower_host == "0.0.0.0"


def test_a_public_url_must_be_one(read, monkeypatch):
    monkeypatch.setenv("CAM2BYTES_PUBLIC_URL", "cam.example.org")
    with pytest.raises(WrongSetting, match=r"CAM2BYTES_PUBLIC_URL is 'cam\.example\.org'"):
        read()
    monkeypatch.setenv("CAM2BYTES_PUBLIC_URL", "https://cam.example.org/")
    asked = read()
    assert asked.url == "https://cam.example.org"
    assert "cam.example.org" in asked.served_hosts


def test_https_for_other_devices_is_linked_by_this_machines_address(read, monkeypatch):
    monkeypatch.setattr(options.network, "own_addresses", lambda: ["192.0.2.7"])
    asked = read("--host", "0.0.0.0", "--https")
    assert asked.url == f"https://192.0.2.7:{asked.port}"
    assert "192.0.2.7" in asked.served_hosts


def test_plain_http_for_other_devices_is_linked_by_localhost_where_the_camera_works(read):
    asked = read("--host", "0.0.0.0")
    assert asked.url.startswith("http://localhost:")
    assert asked.https_command == f"./dev run --host 0.0.0.0 --port {asked.port} --https"
