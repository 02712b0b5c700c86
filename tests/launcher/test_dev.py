"""The script `dev` itself: commands, the data folder, and how it gets hold of an installer."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys

import pytest

from tests.running import ROOT, clean_environment


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """The script as a module, with a .venv of its own that is not there yet."""
    loader = importlib.machinery.SourceFileLoader("dev_script", str(ROOT / "dev"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_script", loader))
    loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp")
    return module


def call(*words, **how):
    return subprocess.run(
        [ROOT / "dev", *words], env=clean_environment(), capture_output=True, text=True, check=False, **how
    )


def test_help_names_every_command(dev):
    done = call("help")
    assert done.returncode == 0
    for name in dev.COMMANDS:
        assert f"./dev {name} " in done.stdout


@pytest.mark.parametrize("words", [(), ("rum",)])
def test_another_word_shows_the_help_and_fails(words):
    done = call(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "./dev run" in done.stderr


def test_manage_writes_the_commands_own_output_only_and_keeps_its_exit_code(tmp_path):
    done = call("manage", "--data", "here", "diffsettings", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("ALLOWED_HOSTS = ")
    assert f"DATA_DIR = PosixPath('{tmp_path}/here')" in done.stdout  # as seen from where it was typed
    assert call("manage", "no_such_command", "--data", str(tmp_path)).returncode == 1


@pytest.mark.parametrize("words", [["x", "--data", "d", "y"], ["--data=d", "x", "y"]])
def test_data_is_taken_out_of_the_words(dev, monkeypatch, tmp_path, words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAM2BYTES_DATA_DIR", "elsewhere")
    assert dev.take_data(words) == ["x", "y"]
    assert os.environ["CAM2BYTES_DATA_DIR"] == str(tmp_path / "d")


@pytest.fixture
def calls(dev, monkeypatch):
    """What dev would have run."""
    made = []
    monkeypatch.setattr(dev, "call", lambda *words, **how: made.append(" ".join(map(str, words))))
    return made


def finds(dev, monkeypatch, *programs):
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/bin/{name}" if name in programs else None)


def succeeds_with(dev, monkeypatch, word):
    monkeypatch.setattr(dev, "works", lambda *words, **how: word in map(str, words))


def test_uv_on_path_is_used(dev, monkeypatch, calls):
    finds(dev, monkeypatch, "uv")
    dev.install_uv()
    assert calls == [f"uv pip install --python {dev.PYTHON} uv"]


def test_the_systems_pip_is_borrowed_for_the_new_environment(dev, monkeypatch, calls):
    finds(dev, monkeypatch)
    succeeds_with(dev, monkeypatch, "--version")
    dev.install_uv()
    assert calls[0].startswith(f"{sys.executable} -m pip --python {dev.PYTHON} install")


def test_else_the_pip_that_python_brings_along(dev, monkeypatch, calls):
    finds(dev, monkeypatch)
    succeeds_with(dev, monkeypatch, "ensurepip")
    dev.install_uv()
    assert calls[0].startswith(f"{dev.PYTHON} -m pip install")


def test_without_any_the_line_to_type_is_said(dev, monkeypatch, calls, capsys):
    finds(dev, monkeypatch, "apt-get")
    succeeds_with(dev, monkeypatch, "nothing")
    with pytest.raises(SystemExit) as ended:
        dev.install_uv()
    assert ended.value.code == 2
    assert calls == []
    assert "apt-get install -y python3-venv" in capsys.readouterr().err


def test_a_python_that_is_too_old_says_so(dev, monkeypatch, calls, capsys):
    finds(dev, monkeypatch)
    monkeypatch.setattr(dev, "OLDEST", (99, 0))
    with pytest.raises(SystemExit):
        dev.make_venv()
    assert "needs Python 3.11 or later" in capsys.readouterr().err


def test_it_installs_once_for_each_lock(dev, calls, capsys):
    def make_python():
        (dev.VENV / "bin").mkdir(parents=True)
        (dev.VENV / "bin" / "uv").touch()
        dev.PYTHON.symlink_to(sys.executable)

    make_python()
    for name in ("base.txt", "base.txt", "dev.txt", "base.txt", "dev.txt"):
        dev.ensure_installed(name)
    assert [made.rsplit("/", 1)[1] for made in calls] == ["base.txt", "dev.txt"]
    dev.STAMP.write_text(dev.STAMP.read_text().replace("base.txt ", "base.txt 0"))
    dev.ensure_installed("base.txt")
    assert calls[-1].endswith("dev.txt")  # a changed lock, on a machine that tests


def test_an_environment_whose_python_is_gone_is_made_anew(dev, calls, monkeypatch):
    finds(dev, monkeypatch)
    (dev.VENV / "bin").mkdir(parents=True)
    dev.PYTHON.symlink_to("/nowhere/python")
    (dev.VENV / "bin" / "uv").touch()
    dev.ensure_installed("base.txt")
    assert calls[0] == f"{sys.executable} -m venv --clear --without-pip {dev.VENV}"


def test_node_tests_are_left_out_aloud_where_there_is_no_node(dev, monkeypatch, tmp_path, capsys):
    (tmp_path / "tests" / "js").mkdir(parents=True)
    (tmp_path / "tests" / "js" / "retry.test.mjs").touch()
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    finds(dev, monkeypatch)
    assert dev.node_tests_pass()
    assert "SKIPPED tests/js" in capsys.readouterr().out


@pytest.mark.parametrize("passes", [True, False])
def test_node_tests_decide_about_the_exit_code(dev, monkeypatch, tmp_path, passes):
    if not dev.shutil.which("node"):
        pytest.skip("there is no Node on this machine")
    (tmp_path / "tests" / "js").mkdir(parents=True)
    (tmp_path / "tests" / "js" / "one.test.mjs").write_text("" if passes else "throw new Error('no')")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    assert dev.node_tests_pass() is passes
