"""Accounts themselves: whether there is one, the first owner, what a sign-in link may be made for."""

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction

from cam2bytes.accounts.models import OneTimeLink


def has_usable_account() -> bool:
    """Is there anybody who can sign in with a password?"""
    people = get_user_model().objects.filter(is_active=True).exclude(password="")
    return people.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


@transaction.atomic
def make_owner(username: str, password: str, full_name: str = ""):
    """The account of the person who runs this cam2bytes: may do everything, admin included."""
    return get_user_model().objects.create_superuser(username, password=password, first_name=full_name)


@transaction.atomic
def issue_first_run_link() -> str:
    """The secret of a new first-run link. Older ones end with it: only the last one printed counts."""
    OneTimeLink.objects.filter(purpose=OneTimeLink.Purpose.FIRST_RUN, used_at=None).delete()
    return OneTimeLink.objects.issue(OneTimeLink.Purpose.FIRST_RUN)
