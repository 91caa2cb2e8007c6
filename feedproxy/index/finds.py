"""Which of many records hold a term, as bits: for rules that somebody is editing.

Results are remembered, since from one keystroke to the next nearly all terms stay the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import and_, or_

from feedproxy.index import superset
from feedproxy.rules.conditions import Condition, TermTest
from feedproxy.rules.history import listed
from feedproxy.rules.subjects import Mark, Subject
from feedproxy.terms import Term
from feedproxy.text import Text

Bits = int
"""Bit n is set for record n."""
Holders = Mapping[tuple[str, str], Bits]
"""Which records hold a term, by its field and how it is written."""
REMEMBERED = 4000
"""How many terms, of some kilobytes each, and how many choices of sources are remembered."""


class Finds:
    """What is found in these records, which never change."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.subjects = subjects
        self._known: dict[tuple[str, str], tuple[int, Bits]] = {}
        self._shown: dict[tuple[tuple[str, ...], int], int] = {}

    def held(self, tests: Iterable[TermTest], count: int) -> Holders:
        """Which of the first `count` records hold each of these terms."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        return {(test.field, test.term.written): self._of(test, count) for test in tests}

    def count_shown(self, sources: tuple[str, ...], count: int) -> int:
        """How many of the first `count` records are shown by any of `sources`."""
        known = self._shown.get((sources, count))
        if known is None:
            if len(self._shown) > REMEMBERED:
                self._shown.clear()
            records = (each.record for each in self.subjects[:count])
            known = sum(listed(record, sources) is not None for record in records)
            self._shown[sources, count] = known
        return known

    def _of(self, test: TermTest, count: int) -> Bits:
        place = test.field, test.term.written
        looked, bits = self._known.get(place, (0, 0))
        for at in range(looked, count):
            bits |= self.subjects[at].has(test.field, test.term) << at
        self._known[place] = max(looked, count), bits
        return bits & (1 << count) - 1


class LookedUp(Subject):
    """Record number `at`; whether it has a term is read from `held`, if the term is there."""

    __slots__ = ("_at", "_held", "_subject")

    def __init__(self, subject: Subject, at: int, held: Holders) -> None:
        super().__init__(subject.record)
        self._subject = subject
        self._at = at
        self._held = held

    def texts(self, name: str) -> tuple[Text, ...]:
        return self._subject.texts(name)

    def has(self, name: str, term: Term) -> bool:
        bits = self._held.get((name, term.written))
        return super().has(name, term) if bits is None else bool(bits >> self._at & 1)

    def find(self, name: str, term: Term) -> tuple[Mark, ...]:
        """Nothing but sources: who counts records does not ask where words stand."""
        return super().find(name, term) if name == "source" else ()

    def remembering(self) -> Subject:
        return self


def may_take(condition: Condition, held: Holders) -> Bits | None:
    """The records for which the condition may hold, as far as words can tell; None for any."""
    return superset(
        condition,
        lambda test: held[test.field, test.term.written],
        lambda parts: reduce(or_, parts, 0),
        lambda parts: reduce(and_, parts),
    )
