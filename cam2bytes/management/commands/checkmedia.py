import json
import sys
import time
from dataclasses import asdict
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from cam2bytes.accounts import storemark
from cam2bytes.lib import words
from cam2bytes.lib.store import StoreError
from cam2bytes.mediacheck import LEVELS, YOUNG, Finding, MediaCheck

PROGRESS_SECONDS = 5


class Command(BaseCommand):
    help = (
        "Compare the rows with the objects in the store, and the objects with the rows. Exit code 0: all is well, "
        "1: something was found, 2: it could not be checked."
    )
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("--level", choices=LEVELS, default="size", help="how closely; digest reads every byte")
        parser.add_argument(
            "--repair", action="store_true",
            help="rows whose object is lost say so, derivatives are made again, objects without a row go to lost+found",
        )  # fmt: skip
        parser.add_argument(
            "--older-than", type=int, default=int(YOUNG.total_seconds()), metavar="SECONDS",
            help="leave objects without a row alone that are younger (default: an hour)",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="one JSON object a line: findings, then the summary")
        parser.add_argument(
            "--adopt", action="store_true",
            help="take this store for the one that belongs to this database, after a restore; then check",
        )  # fmt: skip

    def handle(self, *, level: str, repair: bool, older_than: int, **options) -> None:
        try:
            if options["adopt"]:
                storemark.adopt_store()
            storemark.agreed_mark()
            check = MediaCheck(level, mend_rows=repair, tidy=repair, young=timedelta(seconds=older_than))
            seconds = self._look(check, as_json=options["json"])
        except storemark.ForeignStore as foreign:
            raise CommandError(f"{foreign} If you know that it does belong to it: --adopt.", returncode=2) from None
        except StoreError as error:
            raise CommandError(f"The store does not answer: {error}", returncode=2) from None
        self._sum_up(check, seconds, as_json=options["json"])
        if check.findings:
            sys.exit(1)

    def _look(self, check: MediaCheck, *, as_json: bool) -> float:
        """Go through the whole store; how many seconds that took."""
        begun = said = time.monotonic()
        for _place, look in check.steps():
            for finding in look():
                self._tell(finding, as_json=as_json)
            if time.monotonic() - said > PROGRESS_SECONDS:
                said = time.monotonic()
                self.stderr.write(f"... {self._so_far(check)}")
        return time.monotonic() - begun

    def _tell(self, finding: Finding, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(finding)))
        else:
            done = f" -> {finding.done}" if finding.done else ""
            self.stdout.write(f"{finding.kind:8} {finding.key}  ({finding.what}){done}")

    def _sum_up(self, check: MediaCheck, seconds: float, *, as_json: bool) -> None:
        if as_json:
            facts = {"runs": check.runs, "objects": check.objects, "size_bytes": check.size_bytes}
            self.stdout.write(json.dumps({**facts, "findings": check.findings, "losses": check.losses}))
            return
        found = f"{check.findings} found, {check.losses} of them lost" if check.findings else "all is well"
        self.stdout.write(f"{self._so_far(check)}, {seconds:.1f} s, level {check.level}: {found}.")

    def _so_far(self, check: MediaCheck) -> str:
        counts = [f"{words.grouped(count)} {name}{'' if count == 1 else 's'}" for name, count in check.runs.items()]
        return f"{', '.join(counts)}, {words.grouped(check.objects)} objects, {words.size(check.size_bytes)}"
