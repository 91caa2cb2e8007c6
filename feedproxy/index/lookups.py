"""Which of many terms a record holds, and so which topics they lead to.

One walk of its words over a trie tells most; what that leaves open is tried term by term.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product, takewhile
from math import prod
from typing import NamedTuple

from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.subjects import Subject
from feedproxy.terms import Term
from feedproxy.terms.trie import Forms, Phrase, Trie
from feedproxy.terms.words import Word
from feedproxy.text import Text

MOST_PHRASES = 8
"""Of one term; of a longer one they are its beginning."""
_GROUPS = {"title": "text", "abstract": "text"}


def group_of(name: str) -> str:
    """Fields whose words are looked up together; a term's own is checked when it is found."""
    return _GROUPS.get(name, name)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Rest:
    """What a topic asks for beside the words of `include` and `exclude`."""

    rule_set: RuleSet


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    name: str
    rest: Rest | None
    """None: it asks for more than words there."""


@dataclass(slots=True, eq=False)
class Lookup:
    """A term to be looked for in a field, and the topics that a find leads to."""

    field: str
    term: Term
    asking: list[Topic] = dataclasses.field(default_factory=list)
    barring: list[Topic] = dataclasses.field(default_factory=list)
    is_sure: bool = False
    """Whether it is found wherever it is likely."""


class Lookups:
    """All the terms looked for in one field, or in several that are looked up together."""

    def __init__(self) -> None:
        self._fields: Counter[str] = Counter()
        """How many are looked for in each."""
        self._phrases: Trie[Lookup] = Trie()
        self._beginnings: defaultdict[int, dict[str, list[Lookup]]] = defaultdict(dict)
        """What open words begin with, by its length."""
        self._anywhere: set[Lookup] = set()
        """No word tells of these."""

    def add(self, lookup: Lookup) -> None:
        filed = _filed(lookup.term)
        self._fields[lookup.field] += 1
        for phrase in filed.phrases:
            self._phrases.add(phrase, lookup)
        for beginning in filed.beginnings:
            self._beginnings[len(beginning)].setdefault(beginning, []).append(lookup)
        if not lookup.term.words:
            self._anywhere.add(lookup)
        is_whole = filed.say_all and bool(lookup.term.sayings)
        lookup.is_sure = is_whole and group_of(lookup.field) == lookup.field

    def remove(self, lookup: Lookup) -> None:
        filed = _filed(lookup.term)
        self._fields -= Counter([lookup.field])
        for phrase in filed.phrases:
            self._phrases.remove(phrase, lookup)
        for beginning in filed.beginnings:
            shelf = self._beginnings[len(beginning)]
            shelf[beginning].remove(lookup)
            if not shelf[beginning]:
                del shelf[beginning]
        self._anywhere.discard(lookup)

    def held_by(self, subject: Subject, group: str) -> set[Lookup]:
        """Those whose term the record holds."""
        texts = subject.texts(next(iter(self._fields)) if len(self._fields) == 1 else group)
        likely = self._anywhere.union(*map(self._phrases.found_in, texts), *self._begun_in(texts))
        return {each for each in likely if each.is_sure or subject.has(each.field, each.term)}

    def _begun_in(self, texts: Sequence[Text]) -> Iterator[list[Lookup]]:
        words = set().union(*map(_openings, texts)) if self._beginnings else ()
        for length, shelf in self._beginnings.items():
            begun = {word[:length] for word in words}
            yield from (shelf[each] for each in shelf.keys() & begun)


def _openings(text: Text) -> set[str]:
    """What an open word may begin: words, and compounds that are no part of a longer one."""
    words = text.words()
    return {*words, *("".join(words[first:stop]) for first, stop in text.chains())}


class _Filed(NamedTuple):
    """A text that holds a term has a word with one of the beginnings, or one of the phrases."""

    phrases: Sequence[Phrase] = ()
    beginnings: Collection[str] = ()
    say_all: bool = False
    """Whether each of them is all of the term."""


def _filed(term: Term) -> _Filed:
    closed = list(takewhile(lambda word: not word.is_open, term.words))
    ways = list(map(_ways, closed))
    while prod(map(len, ways)) > MOST_PHRASES:
        ways.pop()
    if ways:
        phrases = [tuple(chain.from_iterable(way)) for way in product(*ways)]
        return _Filed(phrases, say_all=len(ways) == len(term.words))
    if needs := term.needs:
        return _Filed([(max(needs, key=_length),)])
    if term.keys:
        return _Filed([(term.keys,)], term.prefixes)
    return _Filed((), term.prefixes, len(term.words) == 1)


def _ways(word: Word) -> set[Phrase]:
    return {word.parts, (word.whole,)}


def _length(forms: Forms) -> int:
    return min(map(len, forms))
