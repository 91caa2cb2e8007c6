"""JSON as sites send it, decoded or refused. No schema is checked: any value may come out."""

from __future__ import annotations

import json

import msgspec

from feedproxy.errors import Damaged
from feedproxy.models import Page
from feedproxy.sources.documents import data_in_utf8

MOST_VALUES = 500_000
"""A listing of 5,000 papers has some 200,000; a value may take 200 bytes."""
MANY_BYTES = 3 * MOST_VALUES // 2
"""A shorter body cannot hold more values: even `[],[],[],` takes three bytes for two."""


def decode_page(page: Page) -> object:
    """Like `decode`, in the charset that the page has."""
    return decode(data_in_utf8(page), page.url)


def decode(body: bytes, url: str) -> object:
    """The value. For any bad text, be it odd, cut off or too deep, it only raises Damaged."""
    if len(body) >= MANY_BYTES and sum(map(body.count, (b"[", b"{", b","))) > MOST_VALUES:
        raise Damaged(url, f"the answer is no listing: it has more than {MOST_VALUES:,} values")
    try:
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return json.loads(body.decode("utf-8-sig", "replace"))  # takes lone surrogates, too
    except (ValueError, RecursionError, MemoryError) as e:
        reason = "it is nested too deep" if isinstance(e, RecursionError) else str(e)
        raise Damaged(url, f"the answer is cut off or is no JSON: {reason}") from e
