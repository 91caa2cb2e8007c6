"""Text as a database takes it. Pure."""

from __future__ import annotations

import hashlib

KEY_LIMIT = 500
"""Characters."""
KEY_BYTES = 1100
"""Of UTF-8. PostgreSQL indexes 2,704 in one row, and `evidence` has two keys and a name in it."""


def storable(text: str) -> str:
    """`text` without what a database refuses: NUL and lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def key(identity: str) -> str:
    """`identity` as it is stored: as much as both limits allow, and a hash if that is not all."""
    identity = storable(identity)
    begin = identity[:KEY_LIMIT].encode()[:KEY_BYTES].decode(errors="ignore")
    return (
        begin if begin == identity else begin + hashlib.sha256(identity.encode()).hexdigest()[:16]
    )
