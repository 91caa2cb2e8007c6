"""Which of many terms a record holds, and so which topics they lead to: it is looked up by its
words, and only the likely terms are tried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from feedproxy import handles
from feedproxy.conditions import RuleSet
from feedproxy.handles import PAIR, Handles
from feedproxy.subjects import Subject
from feedproxy.terms import Term
from feedproxy.words import Word

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
class Look:
    """A term to be looked for in a field, and the topics that a find leads to."""

    name: str
    """Of the field."""
    term: Term
    asking: list[Topic] = field(default_factory=list)
    barring: list[Topic] = field(default_factory=list)
    is_sure: bool = False
    """Whether it is found wherever a handle of it is that is sure itself."""
    needs: Sequence[frozenset[str]] = ()
    """Of each a text has a key where it is found."""
    shelf: _Shelf = field(init=False)
    names: tuple[str, ...] = ()
    """Where it is filed."""

    def is_in(self, subject: Subject, met: Handles) -> bool:
        """Told by what is quickest first; `met` is the subject's."""
        if any(map(met.keys.isdisjoint, self.needs)):
            return False
        return met.may_hold(self.term.words) and subject.has(self.name, self.term)


_Shelf = dict[str, list[Look]]


class Looks:
    """In one field, or several that are looked up together."""

    def __init__(self) -> None:
        self._by_handle: _Shelf = {}
        self._by_prefix: defaultdict[int, _Shelf] = defaultdict(dict)
        self._anywhere: _Shelf = {}

    def add(self, look: Look) -> None:
        """By what it may be told from: neighbours, its rarest word, its beginning, or nothing."""
        term = look.term
        if term.words and not term.is_open:
            look.shelf, look.names = self._by_handle, tuple(self._rarest(term.words))
            look.needs = term.needs if len(term.words) > PAIR else ()
        elif needs := sorted(map(handles.of_keys, term.needs), key=self._crowd):
            look.shelf, look.names = self._by_handle, tuple(needs[0])
        elif term.prefixes:
            [beginning] = look.names = tuple(term.prefixes)
            look.shelf = self._by_prefix[len(beginning)]
        else:
            look.shelf, look.names = self._anywhere, ("",)
        for name in look.names:
            look.shelf.setdefault(name, []).append(look)
        look.is_sure = _is_told(look)

    def remove(self, look: Look) -> None:
        for name in look.names:
            look.shelf[name].remove(look)
            if not look.shelf[name]:
                del look.shelf[name]

    def _rarest(self, words: Sequence[Word]) -> set[str]:
        """The handles of that part of a term that fewest others have."""
        return min(handles.of_parts(words), key=self._crowd)

    def _crowd(self, names: Collection[str]) -> tuple[int, int]:
        crowd = sum(len(self._by_handle.get(handle, ())) for handle in names)
        return crowd, -min(map(len, names))

    def held_by(self, subject: Subject, group: str) -> set[Look]:
        """Those whose term the record holds."""
        met = Handles.of(value.text for value in subject.values(group))
        sure = _taken(self._by_handle, met.sure).union(*self._by_beginning(met.words))
        found = {look for look in sure if look.is_sure}
        likely = _taken(self._by_handle, met.likely).union(
            *self._by_beginning(met.keys - met.words)
        )
        if met.is_odd:
            all_ = chain.from_iterable(self._by_handle.values())
            likely.update(look for look in all_ if not met.keys.isdisjoint(look.term.keys))
        tried = (sure | likely | _taken(self._anywhere, ("",))) - found
        found.update(look for look in tried if look.is_in(subject, met))
        return found

    def _by_beginning(self, keys: Collection[str]) -> Iterator[set[Look]]:
        for length, shelf in self._by_prefix.items():
            yield _taken(shelf, {key[:length] for key in keys})


def _is_told(look: Look) -> bool:
    """Whether the handle is all of the term, in all the texts that it is looked for in."""
    words = look.term.words
    is_whole = len(words) == 1 if look.term.is_open else sum(map(_length, words)) <= PAIR
    return is_whole and bool(look.term.sayings) and group_of(look.name) == look.name


def _length(word: Word) -> int:
    return len(word.parts)


def _taken(shelf: _Shelf, names: Iterable[str]) -> set[Look]:
    """From the places of these names; most have none."""
    return set().union(*filter(None, map(shelf.get, names)))
