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


def search(query: str, subjects: Iterable[Subject]) -> list[Subject]:
    """The records that `query` finds, in their order. If it names papers, these are found."""
    everything, ids = list(subjects), ids_in(query)
    if ids and (named := [each for each in everything if goes_by(each.record, ids)]):
        return named
    words = set(split(readable(query[:LONGEST])).words()) - BREAKS
    found = everything if words else []
    # Long words are mostly rare ones, so the first word already rules out most records.
    for word in sorted(words, key=len, reverse=True):
        found = list(_with(word, found))
    return found


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
