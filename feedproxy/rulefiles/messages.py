"""How messages quote what was written and guess what was meant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

from feedproxy.errors import printable

_SHOWN = 60
_ALIKE = 0.65
_TRIED = 500
MOST_GUESSES = 20
"""How many guesses are made for one file: guessing is slow, and nobody reads more."""


def quoted(text: str) -> str:
    """`text` in double quotes, on one printable line, cut at 60 characters."""
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return printable(json.dumps(shown, ensure_ascii=False))


def did_you_mean(word: str, known: Iterable[str], sign: str = "") -> str:
    """` (did you mean "include"?)`, or nothing."""
    close = nearest(word, known)
    return f' (did you mean "{sign}{close}"?)' if close else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one that looks most like `word`, if any does. Only the first of very many are tried."""
    by_fold = {each.casefold(): each for each in islice(known, _TRIED)}
    close = get_close_matches(word[:_SHOWN].casefold(), by_fold, n=1, cutoff=_ALIKE)
    return by_fold[close[0]] if close else None


def listed(words: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
