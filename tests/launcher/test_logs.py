import pytest

from cam2bytes.launcher import logs
from cam2bytes.launcher.logs import ProcessLog


@pytest.fixture
def log(tmp_path):
    log = ProcessLog("web", tmp_path / "logs")
    yield log
    log.close()


def test_lines_arrive_whole_however_they_were_cut(log):
    for piece in (b"one\ntw", b"o %s\n", b"three"):
        log.feed(piece)
    log.close()
    assert log.path.read_text() == "one\ntwo %s\nthree\n"
    assert list(log.last_lines) == ["one", "two %s", "three"]


def test_problems_are_shown_with_the_name_of_the_process(log, capsys):
    log.feed(b"INFO all is well\n2026-11-22 ERROR the lens fell off\n")
    assert capsys.readouterr().out == "       web | 2026-11-22 ERROR the lens fell off\n"


def test_a_flood_of_problems_does_not_flood_the_terminal(log, capsys):
    log.feed(b"ERROR again\n" * 100)
    assert len(capsys.readouterr().out.splitlines()) == logs.TERMINAL_LINES
    log.close()
    assert len(log.path.read_text().splitlines()) == 100


def test_files_stay_small(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "FILE_BYTES", 1000)
    log = ProcessLog("web", tmp_path)
    log.feed(b"a line of thirty characters...\n" * 1000)
    log.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 1 + logs.OLDER_FILES
    assert all(file.stat().st_size <= 1000 for file in files)


def test_a_line_without_end_is_cut(log):
    for _ in range(3):
        log.feed(b"x" * 2**16)
    assert len(log._rest) <= 2**16
