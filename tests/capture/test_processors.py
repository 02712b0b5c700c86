"""Somebody's own processors: what they measure is kept, and what they break is theirs alone."""

import re
import textwrap
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from cam2bytes.lib import hostedprocessors
from capture.models import Frame
from tests.makers import image, put_frame, start_capture

pytestmark = pytest.mark.django_db(transaction=True)
DOCS = Path(__file__).parent.parent.parent / "docs" / "processors.md"
TROUBLES = """
import os, time

def good(picture, frame):
    picture.mean()
    return {"number": frame.number, "mean": picture.mean(), "device": frame.device_name}

def raises(picture, frame):
    raise ValueError("no good")

def hangs(picture, frame):
    while True:
        time.sleep(1)

def dies(picture, frame):
    os._exit(7)

def talks(picture, frame):
    print("hello")
    return {"x": "y" * 5000}

def scribbles(picture, frame):
    picture[:] = 0

NOT_CALLABLE = 3
"""


@pytest.fixture
def processors(settings, tmp_path, monkeypatch):
    """Write a module, and name processors of it."""

    def name(module: str, source: str, *functions: str) -> None:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        settings.CAM2BYTES_FRAME_PROCESSORS = [f"{module}.{function}" for function in functions]

    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    hostedprocessors.end()  # one that runs knows nothing of this PYTHONPATH
    yield name
    hostedprocessors.end()


def processed(client, capture, number) -> dict:
    return client.get(f"/api/v1/captures/{capture}/frames/{number}").json()["processed"]


def test_the_example_of_the_docs_works_as_it_stands_there(alices, processors):
    (source,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.S)
    processors("motion", source, "motion")
    capture = start_capture(alices)
    for number, colour in enumerate(("black", "black", "white")):
        put_frame(alices, capture, number, image(colour))
    found = [processed(alices, capture, number)["motion.motion"]["measures"] for number in range(3)]
    assert found == [{}, {"moved": 0.0}, {"moved": 1.0}]
    assert "moved" in alices.get(f"/captures/{capture}/frames/2/").content.decode()


def test_what_one_breaks_is_its_own(alices, processors, settings):
    settings.CAM2BYTES_FRAME_PROCESSOR_SECONDS = 0.5
    processors("troubles", TROUBLES, "raises", "hangs", "dies", "talks", "scribbles")
    settings.CAM2BYTES_FRAME_PROCESSORS.append("troubles.absent")
    capture = start_capture(alices, device_name="desk")
    assert put_frame(alices, capture, 0, image("white")).status_code == 201
    found = {name.partition(".")[2]: outcome.get("failure") for name, outcome in processed(alices, capture, 0).items()}
    assert found.pop("scribbles").startswith("ValueError")
    assert found.pop("absent").startswith("ImportError")
    assert found == {
        "raises": "ValueError: no good",
        "hangs": "It took longer than 0.5 s.",
        "dies": "It ended its process (code 7).",
        "talks": "What it returned is over 4096 bytes as JSON, or holds a zero byte.",
    }
    frame = Frame.objects.get()
    assert (frame.status, bool(frame.thumbnail), frame.to_process, frame.attempts) == ("ready", True, False, 0)
    assert "no good" in alices.get(f"/captures/{capture}/frames/0/").content.decode()
    # Named rightly and run again, by the command.
    settings.CAM2BYTES_FRAME_PROCESSOR_SECONDS = 30
    settings.CAM2BYTES_FRAME_PROCESSORS = ["troubles.good"]
    call_command("measureframes", "--processors", "--again", verbosity=0)
    (outcome,) = processed(alices, capture, 0).values()
    assert outcome["measures"] == {"number": 0, "mean": 255.0, "device": "desk"}


def test_a_name_that_does_not_load_is_refused_at_the_start(processors):
    processors("troubles", TROUBLES, "good", "NOT_CALLABLE", "absent")
    with pytest.raises(SystemCheckError) as refused:
        call_command("check", tags=["cam2bytes"])
    assert str(refused.value).count("E006") == 2
    assert "troubles.absent does not load" in str(refused.value)
