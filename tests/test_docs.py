"""The documentation is tested: what the code knows is in it, and what it names is there."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cam2bytes.lib.problems import CODES
from tests import makers

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
READERS = {"text", "flag", "number", "words", "origins", "folder", "database", "get", "setdefault"}
# Not cam2bytes's own, and nothing that an operator would set.
NOT_OURS = {"PATH", "DJANGO_SETTINGS_MODULE", "OPENCV_IO_MAX_IMAGE_PIXELS"}
PREFIXES = ("CAM2BYTES_", "REQUIRE_", "DJANGO_SUPERUSER_", "DATABASE_URL", "CELERY_BROKER", "REDIS_URL")


def sources() -> list[Path]:
    folders = ("cam2bytes", "capture", "recordings", "benchmarks", "tests")
    return [
        ROOT / "dev",
        ROOT / "manage.py",
        *(path for name in folders for path in sorted((ROOT / name).rglob("*.py"))),
    ]


def read_names(path: Path) -> set[str]:
    """Names of environment values that a file reads: `env.text("X")`, `os.environ.get("X")`, `os.environ["X"]`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
            key = node.args[0] if node.args else None
        elif isinstance(node, ast.Subscript) and "environ" in ast.unparse(node.value):
            key = node.slice
        else:
            continue
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isupper():
            found.add(key.value)
    return found


def documented_names() -> set[str]:
    """What stands in the first column of the table of settings."""
    rows = re.findall(r"^\| (`[A-Z].*?) \|", OPERATIONS, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([A-Z0-9_]+)`", row)}


def test_every_environment_value_is_documented():
    read = {name for path in sources() for name in read_names(path) if name.startswith(PREFIXES)}
    read |= {"DJANGO_SUPERUSER_USERNAME", "DJANGO_SUPERUSER_PASSWORD"}
    assert "CAM2BYTES_ABANDONED_AFTER" in read, "the search itself works"
    assert read - NOT_OURS - documented_names() == set()


def test_no_environment_value_is_documented_that_nobody_reads():
    files = [ROOT / ".ci" / "run", *(path for path in sources() if path != Path(__file__))]
    everything = "\n".join(path.read_text() for path in files)
    assert {name for name in documented_names() if name not in everything} == set()


def test_the_defaults_in_the_table_are_those_of_the_code():
    text = (ROOT / "cam2bytes" / "settings.py").read_text()
    for name, expression in re.findall(r'env\.number\("(\w+)", ([\d_ *]+)', text):
        default = str(eval(expression))  # noqa: S307 - arithmetic of our own settings
        assert re.search(rf"^\| `{name}` \| {default} \|", OPERATIONS, re.MULTILINE), (name, default)


def test_every_problem_code_is_documented_with_its_status():
    rows = re.findall(r"^\| (\d+) \| `([a-z-]+)` \|", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)
    assert {code: int(status) for status, code in rows} == {code: status for code, (status, _) in CODES.items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path) if path else page
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}
            assert anchor in anchors, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_functions_that_are_named_exist(page):
    """`capture/ingest.py`, `receive_frames`: a function named after a file is in it."""
    text = page.read_text()
    for path, name in re.findall(r"`([\w/.-]+/[\w.-]+\.(?:py|js|md|html|css))`(?:,\s+`(\w+)`)?", text):
        file = ROOT / path
        assert file.exists(), path
        if name:
            assert re.search(rf"\b(def|class|function|const) {name}\b", file.read_text()), (path, name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page):
    commands = set(re.findall(r"\./dev (\w+)", page.read_text()))
    known = set(re.findall(r"^  \./dev (\w+)", (ROOT / "dev").read_text(), re.MULTILINE))
    assert commands <= known
    managed = set(re.findall(r"\./dev manage (\w+)", page.read_text()))
    for name in managed - {"check"}:
        assert list(ROOT.glob(f"*/**/management/commands/{name}.py")), name


def test_options_of_run_exist():
    known = (ROOT / "cam2bytes" / "launcher" / "options.py").read_text()
    for page in PAGES:
        for line in re.findall(r"\./dev run ([^`\n]*)", page.read_text()):
            for option in re.findall(r"--[\w-]+", line):
                assert f'"{option}"' in known, (page.name, option)


def test_what_an_address_may_preset_is_known_to_the_studio():
    known = (ROOT / "static" / "js" / "settings.js").read_text()
    page = (ROOT / "docs" / "django.md").read_text()
    presets = set(re.findall(r"[?&](\w+)=", page)) | set(
        re.findall(r"`(\w+)`", re.search(r"\(Others: (.*?)\)", page)[1])
    )
    assert {"external_id", "fps", "bitrate"} <= presets
    assert {name for name in presets if f'"{name}"' not in known} == set()


def test_the_example_for_other_projects_works(live_server, transactional_db, tmp_path):
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(makers.image())
    token = makers.token(makers.user("alice"))
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "example.py", live_server.url, token, picture],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    number, status, same, address = done.stdout.split()
    assert (number, status, same) == ("0", "ready", "True")
    assert address.startswith(f"{live_server.url}/api/v1/captures/")


def test_the_short_example_is_the_beginning_of_the_long_one():
    page = (ROOT / "docs" / "django.md").read_text()
    shown = re.search(r"^def cam2bytes.*?json\.load\(answer\)$", page, re.MULTILINE | re.DOTALL).group()
    assert shown in (ROOT / "docs" / "example.py").read_text()
