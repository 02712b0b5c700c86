"""The oracle of refusals: a documented problem, and everything as it was before."""

import contextlib
import json

from cam2bytes.accounts.models import Tombstone
from cam2bytes.lib.problems import CODES
from capture.models import CaptureSession, Frame
from recordings.models import Chunk, Derivative, Recording
from tests.makers import objects

MODELS = (CaptureSession, Frame, Recording, Chunk, Derivative, Tombstone)
A_SIGN_OF_LIFE = "alive_at"  # which a request that is refused may be all the same


def everything() -> tuple:
    """Every row and every object, comparable."""
    rows = [
        [{name: value for name, value in row.items() if name != A_SIGN_OF_LIFE} for row in rows]
        for rows in (model.objects.order_by("pk").values() for model in MODELS)
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
    sent = answer.request
    what = f"{sent['REQUEST_METHOD']} {sent['PATH_INFO']} -> {answer.status_code} {answer.content[:300]}"
    assert answer.status_code == status, what
    assert answer["Content-Type"] == "application/problem+json", what
    problem = json.loads(answer.content)
    assert set(problem) >= {"type", "status", "code", "detail"}, what
    assert problem["status"] == status == CODES[problem["code"]][0], what
    assert problem["detail"], what
    assert code in (None, problem["code"]), what
