from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from cam2bytes.lib.store import StoreError
from recordings.rebuilding import KINDS, make_again


class Command(BaseCommand):
    help = (
        "Have what is made from recordings made again by the workers, who begin within half a minute: posters, "
        "sprites, MP4 copies and sets of frames. All but posters stay until they are replaced."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--kind", choices=KINDS, action="append", help="only this; may be given several times")
        parser.add_argument("--recording", type=UUID, metavar="ID", help="only of this recording")

    def handle(self, *, kind: list[str] | None, recording: UUID | None, **options) -> None:
        try:
            counts = make_again(kind or KINDS, recording)
        except StoreError as error:
            raise CommandError(f"The store does not answer: {error}", returncode=2) from None
        found = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        self.stdout.write(f"To be made again: {found or 'nothing'}.")
