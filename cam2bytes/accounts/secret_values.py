"""Secrets that a person or a program carries (API tokens, one-time links): made here, kept only as a hash.

A secret has 256 random bits, so a plain SHA-256 is enough to store it: there is nothing to guess, and the
hash can be looked up through an index.
"""

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """`prefix` and 43 letters that may stand in a URL."""
    return prefix + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. Any text may come in, also text that is not valid Unicode."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
