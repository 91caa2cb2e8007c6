"""A written feed in parts: what comes before the entries, each entry, and what comes after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Parts(NamedTuple):
    """`entries` depend only on the feed's entries, `head` and `tail` on everything else in it."""

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes
    between: bytes = b""

    def joined(self, entries: Iterable[bytes] | None = None) -> bytes:
        """The whole feed, with other `entries` if they are given."""
        written = self.entries if entries is None else entries
        return self.head + self.between.join(written) + self.tail


def cut(document: bytes, tag: bytes, end: bytes) -> Parts:
    """The parts of an XML feed that ends in `end`, and whose entries are elements `tag` right
    before that, not nested, without attributes.

    No text or attribute can look like a tag, since `<` is written as `&lt;` there.
    """
    opening = b"<%s>" % tag
    head, *entries = document.removesuffix(end).split(opening)
    return Parts(head, tuple(opening + each for each in entries), end)
