"""The API reference: complete, without an account, and every example works when it is pasted."""

import os
import subprocess
from html.parser import HTMLParser

import pytest
from django.test import Client

from cam2bytes import examples, fieldwords, reference
from cam2bytes.lib.problems import CODES
from tests import makers


class Examples(HTMLParser):
    """{name: text} of every `<code data-example=…>`, as a browser would copy it."""

    def __init__(self, page: str):
        super().__init__()
        self.found: dict[str, str] = {}
        self._name = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if name := dict(attrs).get("data-example"):
            self._name, self.found[name] = name, ""

    def handle_endtag(self, tag):
        if tag == "code":
            self._name = None

    def handle_data(self, data):
        if self._name:
            self.found[self._name] += data


@pytest.fixture
def page(db) -> str:
    answer = Client().get("/api/v1/docs")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_reference_needs_no_account_and_nothing_from_elsewhere(page):
    assert "https://" not in page
    assert "<style" not in page and "style=" not in page and "onclick" not in page


def test_the_description_needs_no_account(db):
    assert Client().get("/api/v1/openapi.json").json()["info"]["title"] == "cam2bytes"


def test_every_operation_and_every_problem_is_there(page):
    operations = {
        operation["operationId"] for path in reference.description()["paths"].values() for operation in path.values()
    }
    assert set(Examples(page).found) == operations | {"setup"}
    assert set(examples.EXAMPLES) == operations
    assert all(f"<code>{code}</code>" in page for code in CODES)


def test_no_field_is_explained_that_no_longer_exists(page):
    unused = {name for name in fieldwords.MEANINGS if f"<code>{name}" not in page}
    assert unused == {"type", "code", "detail"} & unused


def test_every_example_works_when_pasted(live_server, transactional_db, tmp_path):
    """In one shell, in the order of the page, with curl told to fail on any refusal."""
    token = makers.token(makers.user("alice"))
    shown = Examples(
        Client(headers={"host": live_server.url.removeprefix("http://")}).get("/api/v1/docs").content.decode()
    )
    assert f"URL={live_server.url}\n" in shown.found["setup"]
    (tmp_path / "dev").write_text(f"#!/bin/sh\n[ \"$1 $2\" = 'manage create_token' ] && echo {token}\n")
    (tmp_path / "dev").chmod(0o755)
    (tmp_path / ".curlrc").write_text("fail\n")
    script = "".join(f"echo '# {name}'\n{text}\necho\n" for name, text in shown.found.items())
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=tmp_path, env={**os.environ, "CURL_HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "image.jpg").read_bytes() == (tmp_path / "frame.jpg").read_bytes()
    assert (tmp_path / "original.webm").read_bytes() == (tmp_path / "clip.webm").read_bytes()
    assert (tmp_path / "first-kilobyte").read_bytes() == (tmp_path / "video.webm").read_bytes()[:1000]
    assert done.stdout.count('"status": 201') == 2 + 1 + len(list(tmp_path.glob("chunk.*")))
