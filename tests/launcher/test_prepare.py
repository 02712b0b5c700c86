"""What a start says while it takes long."""

from cam2bytes.launcher import prepare
from tests.servers import wait_until


def test_a_step_that_takes_long_is_named(monkeypatch, capsys):
    monkeypatch.setattr(prepare, "PATIENCE_SECONDS", 0.01)
    said = []
    with prepare.said_when_long("migrating the database"):
        wait_until(lambda: said.append(capsys.readouterr().err) or "".join(said).endswith("\n"), "it is said")
    assert "".join(said) == "Still migrating the database ... (Ctrl-C stops it)\n"


def test_a_step_that_is_quick_says_nothing(capsys):
    with prepare.said_when_long("migrating the database"):
        pass
    assert capsys.readouterr().err == ""
