"""Text as a database takes it. Pure."""

from __future__ import annotations

import hashlib

KEY_LIMIT = 500
"""Characters; PostgreSQL indexes 2,704 bytes at most."""


def storable(text: str) -> str:
    """`text` without what a database refuses: NUL and lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def key(identity: str) -> str:
    """`identity` as it is stored: at most `KEY_LIMIT` characters, and then a hash."""
    identity = storable(identity)
    if len(identity) <= KEY_LIMIT:
        return identity
    return identity[:KEY_LIMIT] + hashlib.sha256(identity.encode()).hexdigest()[:16]
