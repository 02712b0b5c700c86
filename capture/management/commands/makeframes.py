import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cam2bytes.accounts.management.refusal import account_named
from capture import invented

TOLD_EVERY = 100_000  # frames


class Command(BaseCommand):
    help = (
        "Make up frames, to try the size that you expect: real rows over many capture sessions, each frame with a file "
        "of its own name (all of them are one small picture). They carry the label “made up”."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("user", metavar="USER", help="whose they are")
        parser.add_argument("--frames", type=int, default=100_000)
        parser.add_argument("--captures", type=int, default=10, help="capture sessions that they are spread over")
        parser.add_argument("--fps", type=float, default=2.0, help="frames per second that they claim to be taken at")
        parser.add_argument("--without-files", action="store_true", help="rows only; pictures are then missing")

    def handle(self, *, user: str, frames: int, captures: int, fps: float, without_files: bool, **options) -> None:
        if not (0 < captures <= frames and fps > 0):
            raise CommandError("At least one frame for each capture session, and a rate above 0.")
        if not without_files and settings.CAM2BYTES_STORAGE != "local":
            raise CommandError("Files are made only in a folder, not in a bucket: add --without-files.")
        owner, begun, told = account_named(user), time.monotonic(), 0
        for made in invented.invent(owner, frames, captures, fps, not without_files):
            if made - told >= TOLD_EVERY:
                told = made
                self.stderr.write(f"{made} frames, {made / (time.monotonic() - begun):.0f} per second")
        self.stdout.write(f"{frames} frames in {captures} capture sessions.")
