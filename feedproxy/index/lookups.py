"""Which of many terms a record holds, and so to which topics it leads.

Walking its words over a trie finds most of them; the rest is tried term by term.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
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
"""How many phrases one term may become; if there are more, only its beginning is indexed."""
_GROUPS = {"title": "text", "abstract": "text"}


def group_of(name: str) -> str:
    """The group of fields that `name` is looked up with; finds are checked for the field itself."""
    return _GROUPS.get(name, name)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Rest:
    """What a topic asks for beside the words of `include` and `exclude`, as a rule set."""

    rule_set: RuleSet


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    name: str
    rest: Rest | None
    """None if its `include` or `exclude` asks for more than words."""


@dataclass(slots=True, eq=False)
class Lookup:
    """A term to be looked for in a field, and the topics to which it leads if it is found."""

    in_field: str
    term: Term
    asking: list[Topic] = field(default_factory=list)
    barring: list[Topic] = field(default_factory=list)
    is_sure: bool = False
    """Whether the index alone tells that it is there, so that it need not be looked for."""


class Lookups:
    """All terms that are looked for in one group of fields."""

    def __init__(self) -> None:
        self._fields: Counter[str] = Counter()
        """How many of the terms are for each field."""
        self._phrases: Trie[Lookup] = Trie()
        self._beginnings: defaultdict[int, dict[str, list[Lookup]]] = defaultdict(dict)
        """The terms by the beginnings of their open words, by the length of these."""
        self._anywhere: set[Lookup] = set()
        """The terms that no word leads to."""

    def add(self, lookup: Lookup) -> None:
        filed = _filed(lookup.term)
        self._fields[lookup.in_field] += 1
        for phrase in filed.phrases:
            self._phrases.add(phrase, lookup)
        for beginning in filed.beginnings:
            self._beginnings[len(beginning)].setdefault(beginning, []).append(lookup)
        if not lookup.term.words:
            self._anywhere.add(lookup)
        is_whole = filed.say_all and bool(lookup.term.sayings)
        lookup.is_sure = is_whole and group_of(lookup.in_field) == lookup.in_field

    def remove(self, lookup: Lookup) -> None:
        filed = _filed(lookup.term)
        self._fields -= Counter([lookup.in_field])
        for phrase in filed.phrases:
            self._phrases.remove(phrase, lookup)
        for beginning in filed.beginnings:
            shelf = self._beginnings[len(beginning)]
            shelf[beginning].remove(lookup)
            if not shelf[beginning]:
                del shelf[beginning]
        self._anywhere.discard(lookup)

    def held_by(self, subject: Subject, group: str) -> set[Lookup]:
        """The lookups whose term the record holds."""
        texts = subject.texts(next(iter(self._fields)) if len(self._fields) == 1 else group)
        likely = self._anywhere.union(*map(self._phrases.found_in, texts), *self._begun_in(texts))
        return {each for each in likely if each.is_sure or subject.has(each.in_field, each.term)}

    def _begun_in(self, texts: Sequence[Text]) -> Iterator[list[Lookup]]:
        words = set().union(*map(_openings, texts)) if self._beginnings else ()
        for length, shelf in self._beginnings.items():
            begun = {word[:length] for word in words}
            yield from (shelf[each] for each in shelf.keys() & begun)


def _openings(text: Text) -> set[str]:
    """What an open word may be the beginning of: words, and compounds that are a whole chain."""
    words = text.words()
    return {*words, *("".join(words[first:stop]) for first, stop in text.chains())}


class _Filed(NamedTuple):
    """A text with the term has one of the phrases, or a word with one of the beginnings."""

    phrases: Sequence[Phrase] = ()
    beginnings: Collection[str] = ()
    say_all: bool = False
    """Whether each of these is the whole term."""


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
