"""One frame's whole way in one process: `python -m tests.faults.one_frame FOLDER` in the tree that is on trial.

It uploads a frame, says in a line of JSON what came of it, {"status", "key", "id"}, and when a line comes on
stdin it does the worker's part of that frame.
"""

import contextlib
import os
import sys
from pathlib import Path

from cam2bytes.wsgi import application
from capture import tasks
from capture.models import Frame
from tests import makers
from tests.faults.door import Door, tell


def main(folder: Path) -> None:
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # what the door tells is for others
        door = Door(application, (folder / "token").read_text())
        capture = makers.start_capture(door)
        answer = makers.put_frame(door, capture, 0, (folder / "files" / "frame-0").read_bytes())
    frame = Frame.objects.get(capture_id=capture, number=0)
    tell(status=answer.status_code, key=frame.image.name, id=frame.pk)
    sys.stdin.readline()
    tasks.process_frames([frame.pk])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
