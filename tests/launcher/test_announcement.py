"""The words printed when cam2bytes runs."""

from pathlib import Path

import pytest

from cam2bytes.launcher.options import Options
from cam2bytes.launcher.run import Run
from cam2bytes.launcher.supervisor import Supervisor

PLAIN = Options(
    host="127.0.0.1",
    port=8000,
    data_dir=Path("/data"),
    https=False,
    open_browser=False,
    flower_host="127.0.0.1",
    flower_port=8001,
    flower_auth="",
    broker_url="",
    public_url="",
)


@pytest.fixture
def announced(capsys, tmp_path):
    def announce(link="", **changes):
        asked = Options(**vars(PLAIN) | changes)
        Run(asked, Supervisor(tmp_path, tmp_path, None, print))._announce(link)
        return capsys.readouterr().out

    return announce


def test_where_it_is_and_where_its_data_are(announced):
    words = announced()
    assert "  Open    http://localhost:8000/\n" in words
    assert "  Flower  http://127.0.0.1:8001/\n" in words
    assert "  Data    /data\n" in words
    assert words.endswith("Ctrl-C stops it.\n")


def test_the_first_link_is_the_one_to_open(announced):
    words = announced("http://localhost:8000/link/abc/")
    assert "  Open    http://localhost:8000/link/abc/\n" in words
    assert "signs you in once" in words


def test_on_this_machine_plain_http_needs_no_warning(announced):
    assert "camera" not in announced()


def test_plain_http_for_other_devices_says_what_they_lack_and_the_fix(announced):
    words = announced(host="0.0.0.0", port=8080)
    assert "browsers give no camera to plain http" in words
    assert "./dev run --host 0.0.0.0 --port 8080 --https" in words


def test_behind_a_proxy_the_public_address_is_the_one_to_open(announced):
    words = announced(host="0.0.0.0", public_url="https://cam.example.org")
    assert "  Open    https://cam.example.org/\n" in words
    assert "plain http" not in words
