"""A written feed in parts: what stands before its entries, each entry, what stands after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Parts(NamedTuple):
    """`entries` depend on nothing but the entries, `head` and `tail` on all else of the feed.

    An XML feed without entries is all `head`: where they would stand, it does not tell.
    """

    head: bytes
    entries: tuple[bytes, ...] = ()
    tail: bytes = b""
    between: bytes = b""

    def joined(self, entries: Iterable[bytes] | None = None) -> bytes:
        """The whole feed, with other `entries` if they are given."""
        written = self.entries if entries is None else entries
        return self.head + self.between.join(written) + self.tail


def cut(document: bytes, tag: bytes) -> Parts:
    """An XML feed whose entries are elements `tag`, without attributes and never nested.

    No text or attribute can look like one: there, `<` is written as `&lt;`.
    """
    opening, closing = b"<%s>" % tag, b"</%s>" % tag
    head, *entries = document.split(opening)
    if not entries:
        return Parts(head)
    last, _, tail = entries.pop().rpartition(closing)
    return Parts(head, tuple(opening + each for each in (*entries, last + closing)), tail)
