"""Searching the records of a topic's page: every word begins a word of the paper. Pure.

It is for people who remember half a title: unlike a term of the rules, `neur` finds
neurons, and the words may stand anywhere in title, abstract and authors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from feedproxy.pasted import goes_by, ids_in
from feedproxy.rules.subjects import Subject
from feedproxy.text import fold, readable, split
from feedproxy.text.chains import BREAKS

LONGEST = 200
"""Characters of a query whose words count."""


class Search:
    """One query, read once for many records; what names papers finds them, whatever its words."""

    def __init__(self, query: str) -> None:
        self._ids = ids_in(query)
        words = dict.fromkeys(split(readable(query[:LONGEST])).words())
        # The rarest words are likely the longest: most records are done with the first.
        self._words = sorted((word for word in words if word not in BREAKS), key=len, reverse=True)

    def among(self, subjects: Iterable[Subject]) -> list[Subject]:
        """Those that it finds, in their order."""
        everything = list(subjects)
        if self._ids and (named := [each for each in everything if self._names(each)]):
            return named
        found = everything if self._words else []
        for word in self._words:
            found = list(_with(word, found))
        return found

    def _names(self, each: Subject) -> bool:
        return goes_by(each.record, self._ids)


def _with(word: str, subjects: Iterable[Subject]) -> Iterator[Subject]:
    """Those with a word that begins so: one loop over thousands of texts, on purpose."""
    beginning, part = f" {word}", f"-{word}"
    for each in subjects:
        for text in each.texts("text"):
            if beginning in text.line:
                yield each
                break
        else:
            names = _folded(each.record.authors)
            if beginning in names or part in names:
                yield each


@lru_cache(maxsize=20_000)  # folding the names takes as long as searching all the rest
def _folded(names: tuple[str, ...]) -> str:
    return fold(f" {' '.join(names)}")
