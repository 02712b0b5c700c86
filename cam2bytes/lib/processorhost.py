"""The process in which frame processors run, apart from the worker: what hangs, crashes or eats memory there is ended
without harm. `hostedprocessors` starts it, and speaks with it through its standard input and output:

    in     one line of JSON {"path", "seconds", "frame", "previous", "sizes"}, then the bytes of the images
    out    first an empty object, when it is ready; then for each question {"measures"} or {"failure"}
"""

import json
import os
import signal
import sys
import traceback
from typing import BinaryIO

import django

from cam2bytes.lib import frameprocessors

GRACE_SECONDS = 2


def main() -> None:
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what a processor prints belongs in the log
    _answer(answers, {})
    while line := questions.readline():
        question = json.loads(line)
        # Should the worker be gone by the time that this hangs, nobody else would end it.
        signal.setitimer(signal.ITIMER_REAL, question["seconds"] + GRACE_SECONDS)
        _answer(answers, _outcome(question, questions))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _outcome(question: dict, questions: BinaryIO) -> dict:
    images = [questions.read(size) for size in question["sizes"]]
    previous = question["previous"] and frameprocessors.from_json(question["previous"], images[1])
    frame = frameprocessors.from_json(question["frame"], images[0], previous)
    try:
        return {"measures": frameprocessors.run(question["path"], frame)}
    except frameprocessors.WrongProcessor as wrong:
        return {"failure": str(wrong)}
    except Exception as error:  # whatever somebody else's code raises
        traceback.print_exc()
        return {"failure": f"{type(error).__name__}: {error}"}


def _answer(answers: BinaryIO, value: dict) -> None:
    answers.write(json.dumps(value).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the worker's, which closes the pipe when it has finished
    django.setup()
    main()
