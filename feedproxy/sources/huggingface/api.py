"""JSON as the site sends it: the API's list of rows, and any text of it, decoded or refused."""

from __future__ import annotations

import json

import msgspec

from feedproxy.errors import Damaged
from feedproxy.models import Page

FULL = frozenset({50, 100})
"""Lengths after which there may be more: ours, and the default, should `limit` be ignored."""


def rows(page: Page) -> list[object]:
    """The rows of one page of the API, as they are. Raises Damaged."""
    value = decode(page.body, page.url)
    if not isinstance(value, list):
        said = value.get("error") if isinstance(value, dict) else None
        reason = f", saying {said[:200]!r}" if isinstance(said, str) else ""
        raise Damaged(page.url, f"the API sent no list of papers{reason}")
    return value


def decode(body: bytes, url: str) -> object:
    """Raises Damaged, however odd, cut off or deep the text is."""
    try:
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return json.loads(body.decode("utf-8-sig", "replace"))  # takes lone surrogates, too
    except (ValueError, RecursionError, MemoryError) as e:
        reason = "it is nested too deep" if isinstance(e, RecursionError) else str(e)
        raise Damaged(url, f"the answer is cut off or is no JSON: {reason}") from e
