"""What happens before the power goes: the real application, asked through its WSGI door.

    python -m tests.faults.powerloss.play FOLDER

It runs in the source tree that is on trial, on the data folder that CAM2BYTES_DATA_DIR names. FOLDER is what
`tests.faults.prepare` made: a token, and the images and chunks to send.
"""

import os
import sys
import threading
from datetime import timedelta
from pathlib import Path

from django.db import connections
from django.db.models import F

from cam2bytes.celery import app as celery_app
from cam2bytes.wsgi import application
from recordings.ingest import assemble_again
from recordings.models import Recording
from tests import makers
from tests.faults.door import Door, tell

QUEUES = ("frames", "recordings", "derivatives", "maintenance")
TOGETHER = 4


class Scenes:
    """Each ends with every database connection closed, as when a server's process is replaced."""

    def __init__(self, folder: Path):
        self.door = Door(application, (folder / "token").read_text())
        self.frames, self.chunks = (
            [path.read_bytes() for path in sorted(folder.glob(f"files/{kind}-*"))] for kind in ("frame", "chunk")
        )

    def play(self) -> None:
        for scene in (self.frame, self.batch, self.together, self.chunk, self.assemble, self.delete):
            tell(scene=scene.__name__)
            scene()
            connections.close_all()

    def frame(self) -> None:
        """Into a new store; a second one; the first again, with a receipt as before; other bytes, set aside."""
        self.capture = makers.start_capture(self.door)
        for number, data, status in ((0, 0, 201), (1, 1, 201), (0, 0, 200), (1, 2, 409)):
            self._put_frame(self.capture, number, self.frames[data], status)
        work()

    def batch(self) -> None:
        """Five at once, into a folder that somebody else has just made and not synced; one again, with a new one."""
        self.batched = capture = makers.start_capture(self.door)
        folder = Path(os.environ["CAM2BYTES_DATA_DIR"], "media", "captures", capture.replace("-", "")[:3], capture)
        folder.joinpath("frames", "000000").mkdir(parents=True)
        records = [({"number": number, "content_type": "image/jpeg"}, data) for number, data in enumerate(self.frames)]
        for sent in (records[:5], records[4:]):
            _expect(200, makers.post_batch(self.door, capture, sent))

    def together(self) -> None:
        """Single uploads at the same moment, which share a barrier."""
        start = threading.Barrier(TOGETHER)
        trouble: list[BaseException] = []

        def upload(number: int) -> None:
            try:
                start.wait()
                self._put_frame(self.batched, 10 + number, self.frames[number], 201)
            except BaseException as error:
                trouble.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=upload, args=[number]) for number in range(TOGETHER)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if trouble:
            raise trouble[0]

    def chunk(self) -> None:
        self.recording = makers.start_recording(self.door)
        for number, data in enumerate(self.chunks):
            digest = {"Content-Digest": makers.digest_of(data)}
            _expect(201, makers.put_chunk(self.door, self.recording, number, data, **digest))

    def assemble(self) -> None:
        """Sealed, made playable by the worker's own tasks; made anew, which replaces the first video."""
        path = f"/api/v1/recordings/{self.recording}/seal"
        _expect(200, makers.post_json(self.door, path, {"chunk_count": len(self.chunks)}))
        work()
        row = Recording.objects.filter(pk=self.recording)
        row.update(last_chunk_at=F("last_chunk_at") - timedelta(minutes=1))  # long enough ago to be assembled anew
        first = row.get()
        assemble_again(first)
        work()
        recording = row.get()
        assert recording.video != first.video, "it was not assembled anew"
        assert recording.status == Recording.Status.READY and recording.poster, recording.failure

    def delete(self) -> None:
        for path in (f"captures/{self.capture}/frames/0", f"captures/{self.capture}", f"recordings/{self.recording}"):
            _expect(204, self.door.delete(f"/api/v1/{path}"))
            work()

    def _put_frame(self, capture: str, number: int, data: bytes, status: int) -> None:
        digest = {"Content-Digest": makers.digest_of(data)}
        _expect(status, makers.put_frame(self.door, capture, number, data, **digest))


def _expect(status: int, answer) -> None:
    assert answer.status_code == status, (answer.status_code, answer.content)


def work() -> None:
    """What a worker does: take the messages that were sent, and run their tasks, until there are none."""
    with celery_app.connection_for_read() as connection:
        queues = [connection.SimpleQueue(name) for name in QUEUES]
        while any(_run_next(queue) for queue in queues):
            pass
        for queue in queues:
            queue.close()


def _run_next(queue) -> bool:
    if not queue.qsize():
        return False
    message = queue.get(block=False)
    arguments, options, _ = message.payload
    celery_app.tasks[message.headers["task"]](*arguments, **options)
    message.ack()
    return True


if __name__ == "__main__":
    Scenes(Path(sys.argv[1])).play()
