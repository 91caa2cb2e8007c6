"""Which of many records a topic may take: an inverted index of the records.

It is for new and edited topics; new records go the other way, through `index`. Here, too, the
verdict stays with `rules.decide`: `candidates` are a superset of the records that are included
or near misses, by their texts as they were added last.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from itertools import chain

from feedproxy.index import all_needed, superset
from feedproxy.index.lookups import group_of
from feedproxy.rules.conditions import RuleSet, TermTest
from feedproxy.rules.subjects import Subject

Numbers = Sequence[int]
"""Records' numbers, in order, each once."""
NARROW = 1 << 16
"""Numbers below this are kept in two bytes each, in four where one is not."""
NO_KEYS = frozenset[str]()


class Concordance:
    """Records by their words. Thread-safe. A field is indexed when a topic first asks for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subjects: list[Subject | None] = []
        """By number; None for one that was dropped, whose number is given to no other."""
        self._numbers: dict[str, int] = {}
        self._words: dict[str, Postings] = {}

    def add(self, subjects: Iterable[Subject]) -> None:
        """Adds records that are new or have changed."""
        with self._lock:
            for each in subjects:
                number = self._numbers.setdefault(each.record.id, len(self._subjects))
                known = self._subjects[number] if number < len(self._subjects) else None
                for group, words in self._words.items():
                    if known is None or known.texts(group) != each.texts(group):
                        said, says = known.keys(group) if known else NO_KEYS, each.keys(group)
                        words.drop(number, said - says)
                        words.read(number, says - said)
                self._subjects[number : number + 1] = [each]

    def drop(self, ids: Iterable[str]) -> None:
        """Removes records that were added."""
        with self._lock:
            for id_ in ids:
                number = self._numbers.pop(id_)
                if known := self._subjects[number]:
                    for group, words in self._words.items():
                        words.drop(number, known.keys(group))
                self._subjects[number] = None

    def candidates(self, rule_set: RuleSet) -> list[str] | None:
        """Ids of the records that it may include, oldest first; None if words cannot tell."""
        with self._lock:
            found = superset(all_needed(rule_set), self._with, _any_of, _all_of)
            if found is None:
                return None
            likely = map(self._subjects.__getitem__, sorted(found))
            return [each.record.id for each in likely if each]

    def _with(self, test: TermTest) -> set[int] | None:
        words = self._words_of(group_of(test.field))
        needs = [[words.numbers(key) for key in need] for need in test.term.needs]
        if not needs and test.term.prefixes:
            begun = chain(test.term.keys, words.beginning(test.term.prefixes))
            needs = [[words.numbers(key) for key in begun]]
        if not needs:
            return None
        needs.sort(key=lambda need: sum(map(len, need)))
        found = set(chain.from_iterable(needs[0]))
        for need in needs[1:]:
            found.intersection_update(chain.from_iterable(need))
        return found

    def _words_of(self, group: str) -> Postings:
        words = self._words.get(group)
        if words is None:
            words = Postings()
            for number, each in enumerate(self._subjects):
                if each:
                    words.read(number, each.keys(group))
            self._words[group] = words
        return words


def _any_of(parts: Iterable[set[int]]) -> set[int]:
    return set().union(*parts)


def _all_of(parts: Iterable[set[int]]) -> set[int]:
    return set.intersection(*parts)


class Postings:
    """Records by word, of one group of fields. Most words stand in one record only."""

    def __init__(self) -> None:
        self._numbers: dict[str, int | array[int]] = {}

    def read(self, number: int, keys: Iterable[str]) -> None:
        """None of `keys` has the number yet."""
        for key in keys:
            known = self._numbers.setdefault(key, number)
            if isinstance(known, int):
                if known != number:
                    self._numbers[key] = _packed(sorted((known, number)))
            elif number >= NARROW and known.typecode == "H":
                self._numbers[key] = _packed((*known, number))
            elif known[-1] < number:
                known.append(number)
            else:
                insort(known, number)

    def drop(self, number: int, keys: Iterable[str]) -> None:
        """Each of `keys` has the number."""
        for key in keys:
            known = self._numbers[key]
            if isinstance(known, int) or len(known) == 1:
                del self._numbers[key]
            else:
                del known[bisect_left(known, number)]

    def numbers(self, key: str) -> Numbers:
        known = self._numbers.get(key, ())
        return (known,) if isinstance(known, int) else known

    def beginning(self, prefixes: Iterable[str]) -> list[str]:
        starts = tuple(prefixes)
        return [key for key in self._numbers if key.startswith(starts)]


def _packed(numbers: Numbers) -> array[int]:
    return array("H" if max(numbers) < NARROW else "I", numbers)
