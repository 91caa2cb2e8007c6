"""Searching the records on a topic's page: every word of the query begins a word there. Pure.

It is for people who remember half a title: unlike in a term of the rules, `neur` finds
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
"""How many characters of a query count."""


class Search:
    """One query, parsed once for many records. If it names papers, these are found."""

    def __init__(self, query: str) -> None:
        self._ids = ids_in(query)
        words = dict.fromkeys(split(readable(query[:LONGEST])).words())
        # Long words are mostly rare ones, so the first word already rules out most records.
        self._words = sorted((word for word in words if word not in BREAKS), key=len, reverse=True)

    def among(self, subjects: Iterable[Subject]) -> list[Subject]:
        """The records that it finds, in their order."""
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
    """The records with a word that begins with `word`; a single loop, as it runs over thousands."""
    beginning = f" {word}"
    for each in subjects:
        for text in each.texts("text"):
            if beginning in text.line:
                yield each
                break
        else:
            if beginning in _line(each.record.authors):
                yield each


@lru_cache(maxsize=20_000)  # splitting the names takes longer than searching all the rest
def _line(names: tuple[str, ...]) -> str:
    """The words of the names; of O'Brien o, brien and obrien, as if there were a hyphen."""
    line = fold(f" {' '.join(names)}").replace("'", "-")
    if line.isascii() and line.replace(". ", "").replace(" ", "").isalnum():
        return line  # as most names are: split, they take twice as long
    return split(line).line
