"""Settings read from the environment, typed, and wrong ones stopped at the door.

Every reader takes the name of the variable and returns a value of its type, or the default when the
variable is absent or empty. A value that cannot be understood raises `WrongSetting`, whose text is one
sentence that names the variable; `manage.py` and the launcher print it and leave with exit code 2.
"""

import os
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import environ

DATABASE_PATIENCE_SECONDS = 5  # for a lock, or for a connection; then 503, and the client comes again
DATABASE_CACHE_KIB = 16_000  # of each connection; SQLite's own 2 MB slow inserts down at a million frames
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


class WrongSetting(Exception):
    """An environment value that cannot be used; its text is a sentence for the operator."""


def text(name: str, default: str = "", choices: tuple[str, ...] = ()) -> str:
    value = os.environ.get(name, "").strip() or default
    if choices and value not in choices:
        raise WrongSetting(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
    return value


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise WrongSetting(f"{name} is {value!r}; it must be 1 or 0.")
    return value in TRUE


def number(name: str, default: float, *, minimum: float = 0, whole: bool = True) -> float:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        read = int(value) if whole else float(value)
    except ValueError:
        raise WrongSetting(f"{name} is {value!r}; it must be a {'whole ' if whole else ''}number.") from None
    if not minimum <= read < float("inf"):
        raise WrongSetting(f"{name} is {value!r}; it must be at least {minimum}.")
    return read


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas."""
    value = os.environ.get(name, "")
    return [word.strip() for word in value.split(",") if word.strip()] or list(default)


def origins(name: str) -> list[str]:
    """A list of web origins such as https://example.org, separated by commas."""
    found = words(name)
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            raise WrongSetting(f"{name} holds {origin!r}; an origin looks like https://example.org.")
    return found


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().absolute()


def database(name: str, default_file: Path) -> dict:
    """Django's database settings from a URL; SQLite in `default_file` when there is none.

    SQLite runs in WAL with synchronous=FULL, so that a commit that returned survives a power cut
    (https://www.sqlite.org/pragma.html#pragma_synchronous), and begins with IMMEDIATE, so that two
    writers wait for each other instead of failing half way. `fullfsync` is for macOS (see `lib/durable.py`).
    """
    url = text(name)
    try:
        with warnings.catch_warnings(action="ignore"):  # we say it ourselves, below
            settings = environ.Env.db_url_config(url) if url else {"ENGINE": "django.db.backends.sqlite3"}
    except (ValueError, KeyError, environ.ImproperlyConfigured):
        raise WrongSetting(f"{name} cannot be read; it looks like postgres://user:password@host/name.") from None
    if not settings.get("ENGINE"):
        raise WrongSetting(f"{name} names no database that cam2bytes knows; use postgres:// or sqlite:///.")
    if settings["ENGINE"].endswith("sqlite3"):
        settings["NAME"] = settings.get("NAME") or str(default_file)
        settings["OPTIONS"] = {
            "timeout": DATABASE_PATIENCE_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON; "
            f"PRAGMA cache_size=-{DATABASE_CACHE_KIB};",
        }
    else:
        settings["CONN_HEALTH_CHECKS"] = True
        settings.setdefault("OPTIONS", {}).setdefault("connect_timeout", DATABASE_PATIENCE_SECONDS)
    settings["CONN_MAX_AGE"] = 600
    return settings
