from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.urls import reverse

from cam2bytes.accounts.management.refusal import Refused, account_named, check_base_url
from cam2bytes.accounts.models import OneTimeLink


class Command(BaseCommand):
    help = "Print a link that signs an account in once, within a day: for oneself, or for a colleague."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("user", metavar="USER", help="The name the account signs in with.")
        parser.add_argument("--create", action="store_true", help="Make the account if there is none.")
        parser.add_argument("--base-url", help="Where cam2bytes is reached, if not at CAM2BYTES_PUBLIC_URL.")

    def handle(self, *, user: str, create: bool, base_url: str | None, **options) -> str:
        base_url = check_base_url(base_url or settings.CAM2BYTES_PUBLIC_URL or "http://127.0.0.1:8000")
        if create and not get_user_model().objects.filter(username=user).exists():
            make_account(user)
        secret = OneTimeLink.objects.issue(OneTimeLink.Purpose.SIGN_IN, account_named(user))
        return base_url + reverse("one-time-link", args=[secret])


def make_account(username: str) -> None:
    """An account without a password: its owner chooses one after following the link."""
    model = get_user_model()
    user = model(username=username)
    user.set_unusable_password()
    try:
        user.full_clean()
    except ValidationError:
        raise Refused(f"{username!r} cannot be a name: letters, digits and @ . + - _ only.") from None
    user.save()
