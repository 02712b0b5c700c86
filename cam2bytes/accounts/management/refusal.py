"""How the commands of this app say no."""

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError


class Refused(CommandError):
    """One sentence on stderr, exit code 2."""

    def __init__(self, sentence: str):
        super().__init__(sentence, returncode=2)


def account_named(username: str):
    """The active account of that name. Raises Refused."""
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        raise Refused(f"There is no account {username!r}.")
    if not user.is_active:
        raise Refused(f"The account {username!r} is switched off.")
    return user


def check_base_url(base_url: str) -> str:
    """The base of a link, without a slash at its end. Raises Refused."""
    if not base_url.startswith(("http://", "https://")):
        raise Refused(f"--base-url is {base_url!r}; it looks like http://127.0.0.1:8000.")
    return base_url.rstrip("/")
