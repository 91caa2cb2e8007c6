"""The API's list of rows, decoded or refused."""

from __future__ import annotations

from feedproxy.errors import Damaged
from feedproxy.models import Page
from feedproxy.sources.jsontext import decode

FULL = frozenset({50, 100})
"""Lengths of a full page: with our `limit`, and with the default, should `limit` be ignored."""


def rows(page: Page) -> list[object]:
    """The rows of one page of the API, unchecked. Raises Damaged."""
    value = decode(page.body, page.url)
    if not isinstance(value, list):
        said = value.get("error") if isinstance(value, dict) else None
        reason = f", saying {said[:200]!r}" if isinstance(said, str) else ""
        raise Damaged(page.url, f"the API sent no list of papers{reason}")
    return value
