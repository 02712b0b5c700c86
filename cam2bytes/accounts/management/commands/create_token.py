from django.core.management.base import BaseCommand

from cam2bytes.accounts.management.refusal import Refused, account_named
from cam2bytes.accounts.models import ApiToken


class Command(BaseCommand):
    help = "Make an API token for an account and print it, alone. It is not shown again."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("user", metavar="USER", help="The name the account signs in with.")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, required=True)
        parser.add_argument("--name", default="", help="What it is for.")

    def handle(self, *, user: str, scope: str, name: str, **options) -> str:
        if len(name) > ApiToken._meta.get_field("name").max_length:
            raise Refused("--name is too long; 100 letters are the most.")
        _token, secret = ApiToken.objects.issue(account_named(user), name, scope)
        return secret
