"""SHA-256 of bytes, and the Content-Digest header that carries it (RFC 9530, section 2)."""

import base64
import binascii
import hashlib
import re

from cam2bytes.lib.problems import Problem

_SHA256_MEMBER = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]*):\s*(?=,|;|$)")


def sha256_hex(*pieces: bytes) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def parse_content_digest(header: str | None) -> str | None:
    """The sha-256 of the header in hex, None when no sha-256 was sent; Problem 422 when it is malformed."""
    if not header:
        return None
    found = _SHA256_MEMBER.search(header)
    if not found:
        if "sha-256" in header.lower():
            raise Problem("bad-digest", "Content-Digest must look like sha-256=:<base64 of 32 bytes>:.")
        return None
    try:
        raw = base64.b64decode(found.group(1), validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != 32:
        raise Problem("bad-digest", "Content-Digest must look like sha-256=:<base64 of 32 bytes>:.")
    return raw.hex()


def format_content_digest(sha256: str) -> str:
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
