"""The oracle of refusals: a documented problem, and everything as it was before."""

import contextlib
import json

from cam2bytes.accounts.models import Tombstone
from cam2bytes.lib.problems import CODES
from capture.models import CaptureSession, Frame
from recordings.models import Chunk, Recording
from tests.makers import objects

# A request that is refused may still be a sign of life.
PASSING = {"alive_at", "header"}


def everything() -> tuple:
    """Every row and every object, comparable."""
    rows = [
        [
            {name: value for name, value in row.items() if name not in PASSING}
            for row in model.objects.order_by("pk").values()
        ]
        for model in (CaptureSession, Frame, Recording, Chunk, Tombstone)
    ]
    return rows, objects()


@contextlib.contextmanager
def untouched():
    """Nothing is made, changed or left behind by what happens inside."""
    before = everything()
    yield
    assert everything() == before


def assert_problem(answer, status: int, code: str | None = None) -> None:
    """application/problem+json with a code of the table, its status, and a sentence."""
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert set(problem) >= {"type", "status", "code", "detail"}
    assert problem["status"] == status == CODES[problem["code"]][0]
    assert problem["detail"]
    assert code is None or problem["code"] == code, problem
