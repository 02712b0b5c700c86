import os

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.urls import reverse

from cam2bytes.accounts import people
from cam2bytes.accounts.management.refusal import Refused, check_base_url

NAME, PASSWORD = "DJANGO_SUPERUSER_USERNAME", "DJANGO_SUPERUSER_PASSWORD"


class Command(BaseCommand):
    help = (
        f"Make the account of {NAME} and {PASSWORD}, if both are set and it is not there; "
        "then, if nobody can sign in yet, print the link by which the owner sets a name and a password."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--base-url", required=True, help="Where cam2bytes is reached.")

    def handle(self, *, base_url: str, **options) -> str | None:
        base_url = check_base_url(base_url)
        make_owner_from_environment()
        if people.has_usable_account():
            return None
        return base_url + reverse("one-time-link", args=[people.issue_first_run_link()])


def make_owner_from_environment() -> None:
    username, password = os.environ.get(NAME, "").strip(), os.environ.get(PASSWORD, "")
    if not username and not password:
        return
    if not (username and password):
        raise Refused(f"{NAME} and {PASSWORD} belong together; one of them is empty.")
    if get_user_model().objects.filter(username=username).exists():
        return
    try:
        get_user_model()._meta.get_field("username").clean(username, None)
    except ValidationError:
        raise Refused(f"{NAME} is {username!r}; letters, digits and @ . + - _ may stand in it.") from None
    # The password is the operator's choice, as with Django's own `createsuperuser --noinput`.
    people.make_owner(username, password)
