import sys
import time
from uuid import UUID

from django.core.management.base import BaseCommand

from capture import deriving, measuring, tasks
from capture.models import CaptureSession, Frame

SLICE = 200


class Command(BaseCommand):
    help = (
        "Measure the frames that are not measured yet (sharpness, brightness, hash), such as those that came before "
        "there were measures. It may be stopped at any time, and goes on where it was."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--capture", type=UUID, metavar="ID", help="only those of this capture session")
        parser.add_argument("--again", action="store_true", help="those that are measured too")
        parser.add_argument(
            "--processors", action="store_true", help="have the frame processors run on them instead, by the workers"
        )

    def handle(self, *, capture: UUID | None, again: bool, processors: bool, **options) -> None:
        captures = CaptureSession.objects.order_by("started_at")
        if capture:
            captures = captures.filter(pk=capture)
        work = self.process if processors else self.measure
        done = sum(work(pk, again) for pk in captures.values_list("pk", flat=True))
        self.stdout.write(f"{done} frames {'will be processed' if processors else 'measured'}.")

    def measure(self, capture_id: UUID, again: bool) -> int:
        rows = Frame.objects.filter(capture=capture_id, status=Frame.Status.READY)
        count = sum(map(deriving.measure_again, self.frames(rows if again else rows.filter(sharpness=None))))
        measuring.judge([capture_id])
        return count

    def process(self, capture_id: UUID, again: bool) -> int:
        rows = Frame.objects.filter(capture=capture_id, status=Frame.Status.READY)
        ids = list((rows if again else rows.filter(processed={})).order_by("number").values_list("pk", flat=True))
        slices = (ids[start : start + SLICE] for start in range(0, len(ids), SLICE))
        return sum(map(tasks.run_processors_again, slices))

    def frames(self, rows):
        """All of `rows` by number, slice by slice, with a word on the way for whoever watches."""
        after, seen, told = -1, 0, time.monotonic()
        while found := list(rows.filter(number__gt=after).order_by("number")[:SLICE]):
            yield from found
            after, seen = found[-1].number, seen + len(found)
            if sys.stderr.isatty() and time.monotonic() - told > 2:
                self.stderr.write(f"{seen} frames …")
                told = time.monotonic()
