"""One cam2bytes without its web server, which does what it is told: a line of JSON in, a line of JSON out.

For `./dev bench growth`, which keeps an empty one and a large one side by side. Each call is a method of `Doing`.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client

from cam2bytes.lib.store import get_store
from cam2bytes.wsgi import application  # before the apps: it sets Django up
from capture import ingest, invented, tasks
from capture.models import CaptureSession, Frame
from capture.schemas import CaptureIn, IncomingFrame

__all__ = ["application"]
PICTURE = invented.Pictures(with_files=False).image
BATCH = 30


class Doing:
    def __init__(self):
        self.user = get_user_model().objects.get(username="bench")
        self.client = Client(HTTP_HOST="localhost")
        self.client.force_login(self.user)

    def grow(self, frames: int, captures: int, files: bool) -> float:
        """Rows made up, in bulk; how many per second."""
        begun = time.perf_counter()
        for _ in invented.invent(self.user, frames, captures, 2.0, files):
            pass
        return frames / (time.perf_counter() - begun)

    def settle(self) -> None:
        """What a database does by itself after a while: statistics, and what is left of the write-ahead log."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def ingest(self, batches: int) -> float:
        """Frames per second through the way of every upload: judged, kept durably, rows, receipts."""
        capture, _ = ingest.start_capture(self.user, CaptureIn(name="ingested"))
        begun = time.perf_counter()
        for batch in range(batches):
            numbers = range(batch * BATCH, (batch + 1) * BATCH)
            incoming = [IncomingFrame(number, PICTURE + number.to_bytes(4)) for number in numbers]
            assert all(receipt.status == 201 for receipt in ingest.receive_frames(capture, incoming))
        return batches * BATCH / (time.perf_counter() - begun)

    def largest(self, frames: int | None = None) -> dict:
        """The capture session with the most frames, or with just so many."""
        rows = CaptureSession.objects.order_by("-frame_count")
        capture = rows.filter(frame_count=frames).first() if frames else rows.first()
        return {"id": str(capture.pk), "frames": capture.frame_count}

    def places(self, path: str, count: int) -> str | None:
        """The cursor behind so many pages of a list of the API."""
        cursor = None
        for _ in range(count):
            answer = self.client.get(path, {"limit": 500} | ({"cursor": cursor} if cursor else {})).json()
            cursor = answer["next_cursor"] or cursor
        return cursor

    def times(self, paths: list[str], rounds: int) -> list[float]:
        """Milliseconds of each page, the median; in turns, so that what else the machine does meets all alike."""
        waits: list[list[float]] = [[] for _ in paths]
        for _ in range(rounds):
            for place, path in enumerate(paths):
                begun = time.perf_counter()
                answer = self.client.get(path)
                waits[place].append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == 200, (path, answer.status_code, answer.content[:300])
        return [statistics.median(of_one) for of_one in waits]

    def size_of(self, path: str) -> int:
        return len(self.client.get(path).content)

    # Deleting, and who waits for it -------------------------------------------------------------

    def delete(self, capture_id: str) -> dict:
        """As the API does it and the tasks go on with it; seconds of the request, and until all is gone."""
        begun = time.perf_counter()
        answer = self.client.delete(f"/api/v1/captures/{capture_id}")
        assert answer.status_code == 204
        request = time.perf_counter() - begun
        while CaptureSession.removing().exists():
            tasks.remove_capture(capture_id)
        rows = time.perf_counter() - begun
        get_store().delete_prefix(CaptureSession(pk=UUID(capture_id)).key_prefix)  # the tombstone's part
        return {"request": request, "rows": rows, "all": time.perf_counter() - begun}

    def delete_at_once(self, capture_id: str) -> dict:
        """All rows in one transaction, for comparison."""
        begun = time.perf_counter()
        with transaction.atomic():
            rows = Frame.objects.filter(capture=capture_id)
            rows._raw_delete(rows.db)
            CaptureSession.objects.get(pk=capture_id).delete()
        return {"request": time.perf_counter() - begun}

    def upload_while(self, flag: str) -> list[float]:
        """One frame after another while that file is there; how long each waited, in milliseconds."""
        capture, _ = ingest.start_capture(self.user, CaptureIn(name="meanwhile"))
        waits: list[float] = []
        while Path(flag).exists():
            begun = time.perf_counter()
            ingest.receive_frame(capture, IncomingFrame(len(waits), PICTURE))
            waits.append((time.perf_counter() - begun) * 1000)
        return waits

    def largest_folder(self) -> int:
        return max(len(folders) + len(files) for _, folders, files in os.walk(get_store().root))


def main() -> None:
    doing = Doing()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(getattr(doing, name)(**arguments)), flush=True)


if __name__ == "__main__":
    main()
