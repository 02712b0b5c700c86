from django.core.management.base import BaseCommand, CommandError
from kombu.exceptions import OperationalError

from cam2bytes.accounts import tasks as accounts_tasks
from capture import tasks as capture_tasks
from recordings import tasks as recordings_tasks


class Command(BaseCommand):
    help = "Look for forgotten work once, as beat does every 10 seconds: close, seal, give up, offer again."
    requires_system_checks = []

    def handle(self, **options) -> None:
        try:
            capture_tasks.sweep_captures()
            recordings_tasks.sweep_recordings()
            accounts_tasks.sweep()
        except OperationalError as error:
            raise CommandError(f"The broker does not answer ({error}); the next sweep goes on from here.") from None
