"""JSON of any size and shape: decoded, or refused before it takes the memory."""

from __future__ import annotations

import pytest

from feedproxy.errors import Damaged
from feedproxy.sources.jsontext import MANY_BYTES, MOST_VALUES, decode

URL = "https://papers.example/api"
SHORTEST = b"[],"


def lists(count: int) -> bytes:
    return b"[" + SHORTEST * (count - 1) + b"[]]"


def test_what_has_too_many_values_is_refused_however_short_they_are() -> None:
    with pytest.raises(Damaged, match=f"more than {MOST_VALUES:,} values"):
        decode(lists(MOST_VALUES), URL)


def test_what_is_too_short_to_have_too_many_is_decoded() -> None:
    value = decode(lists(MANY_BYTES // len(SHORTEST) - 1), URL)
    assert isinstance(value, list)
    assert 2 * len(value) <= MOST_VALUES
