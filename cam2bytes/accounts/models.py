"""API tokens, one-time links, wrong sign-ins, and the tombstones of what was deleted."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cam2bytes.accounts.secret_values import hash_secret, new_secret

LAST_USED_EVERY = dt.timedelta(minutes=1)
LINK_LIFETIMES = {"sign_in": dt.timedelta(days=1), "first_run": dt.timedelta(days=7)}


class ApiTokenManager(models.Manager):
    def issue(self, owner, name: str, scope: str, expires_at=None) -> tuple["ApiToken", str]:
        """A new token, and its secret, which exists nowhere else and can be shown this once."""
        secret = new_secret(ApiToken.PREFIX)
        token = self.create(
            owner=owner,
            name=name,
            scope=scope,
            token_hash=hash_secret(secret),
            prefix=secret[: ApiToken.SHOWN_LETTERS],
            expires_at=expires_at,
        )
        return token, secret

    def find(self, secret: str) -> "ApiToken | None":
        """The token with this secret, if it may be used now: not revoked, not expired, owner active."""
        now = timezone.now()
        return (
            self.select_related("owner")
            .filter(token_hash=hash_secret(secret), revoked_at=None, owner__is_active=True)
            .filter(Q(expires_at=None) | Q(expires_at__gt=now))
            .first()
        )


class ApiToken(models.Model):
    """Lets a program act for its owner. Only the hash of the secret is kept."""

    PREFIX = "c2b_"
    SHOWN_LETTERS = 10

    class Scope(models.TextChoices):
        FULL = "full", "Everything its owner may do"
        INGEST = "ingest", "Only sending: start, upload, seal, close"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, blank=True)
    scope = models.CharField(max_length=10, choices=Scope)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=16, editable=False, help_text="The first letters, to tell tokens apart.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="To the minute.")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenManager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name or f"{self.prefix}…"

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

    def touch(self) -> None:
        """Note the use; at most one write a minute, because uploads come 30 times a second."""
        now = timezone.now()
        stale = now - LAST_USED_EVERY
        if self.last_used_at is None or self.last_used_at <= stale:
            fresh = ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=self.pk)
            fresh.update(last_used_at=now)

    def revoke(self) -> bool:
        """True if it was this call that ended the token."""
        return bool(ApiToken.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()))


class OneTimeLinkManager(models.Manager):
    def issue(self, purpose: str, user=None) -> str:
        """The secret of a new link; it stands in the link's address and nowhere else."""
        secret = new_secret()
        expires_at = timezone.now() + LINK_LIFETIMES[purpose]
        self.create(user=user, purpose=purpose, token_hash=hash_secret(secret), expires_at=expires_at)
        return secret

    def _open(self, secret: str):
        active = Q(user=None) | Q(user__is_active=True)
        return self.filter(active, token_hash=hash_secret(secret), used_at=None, expires_at__gt=timezone.now())

    def find(self, secret: str) -> "OneTimeLink | None":
        """The link, if it can still be used. Looking does not use it up."""
        return self._open(secret).select_related("user").first()

    def use(self, secret: str) -> "OneTimeLink | None":
        """Use the link up. Of two who try at the same moment, one gets it and the other gets None."""
        link = self.find(secret)
        if link is None:
            return None
        won = self.filter(pk=link.pk, used_at=None).update(used_at=timezone.now())
        return link if won else None


class OneTimeLink(models.Model):
    """An address that signs in once: for the first owner (no user yet), or for somebody who has an account."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", "Sign in"
        FIRST_RUN = "first_run", "First run"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OneTimeLinkManager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} link of {self.created_at:%Y-%m-%d %H:%M}"


class WrongSignIns(models.Model):
    """How often one account was tried with a wrong password from one address (see `throttle`)."""

    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of account and address.")
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(help_text="When the counting began.")

    class Meta:
        verbose_name_plural = "wrong sign-ins"

    def __str__(self) -> str:
        return f"{self.count} since {self.since:%Y-%m-%d %H:%M}"


class Tombstone(models.Model):
    """What stays of something deleted: late uploads get 410, and its objects are purged by what it says."""

    object_id = models.CharField(max_length=100, unique=True, help_text="<uuid>, or <uuid>/frames/12.")
    kind = models.CharField(max_length=20)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    deleted_at = models.DateTimeField(default=timezone.now, editable=False)
    prefix = models.CharField(max_length=200, blank=True, help_text="Every object whose key begins so goes.")
    keys = models.JSONField(default=list, blank=True, help_text="Single objects that go.")
    rows_left = models.BooleanField(
        default=False, editable=False, help_text="Rows of it are still being removed; its objects wait for that."
    )
    purged_at = models.DateTimeField(null=True, blank=True, editable=False)
    tried_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ["-deleted_at", "-id"]
        indexes = [
            models.Index(fields=["deleted_at"], condition=Q(purged_at=None), name="tombstone_unpurged"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class StoreMark(models.Model):
    """The one row that says which store holds this database's media (see `storemark`), and when all of it was
    looked at last."""

    ONLY = 1

    mark = models.UUIDField()
    made_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.mark)
