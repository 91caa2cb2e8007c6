"""Invented topics of about ten terms, drawn from the papers by frequency; always the same.

As people write them: a term that half of the papers have would be no topic, so that each
of its words but one may be as frequent as it likes.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from benchmarks.common import SOURCE
from feedproxy.errors import BadTerm
from feedproxy.models import Record
from feedproxy.rules.conditions import AnyOf, NumberTest, RuleSet, TermTest
from feedproxy.terms import Term, parse_term

FREQUENT = 1000
"""A word that more than one of so many papers has in its title, and two at least, tells no topic
alone."""


class Topics:
    def __init__(self, records: Sequence[Record], seed: int = 0) -> None:
        self._records = records
        self._dice = random.Random(seed)
        titles = (record.title.lower().split() for record in records)
        self._titles_with = Counter(word for title in titles for word in set(title))

    def __call__(self, count: int) -> Iterator[RuleSet]:
        return (self.topic(f"topic-{number}") for number in range(count))

    def topic(self, name: str) -> RuleSet:
        """A list and a few terms beside it, most often an exclusion, at times a number."""
        dice = self._dice
        terms = [self._term() for _ in range(dice.randint(6, 12))]
        threshold = NumberTest("upvotes", float(dice.choice((3, 10, 30))), None, "")
        return RuleSet(
            topic=name,
            title=name,
            sources=(SOURCE,),
            include=(AnyOf(tuple(terms[:4]), "$list"), *terms[4:]),
            exclude=tuple(self._term() for _ in range(dice.choice((0, 1, 1, 2)))),
            where=(threshold,) if dice.random() < 0.5 else (),
        )

    def _term(self) -> TermTest:
        """A keyword of a paper, or one to three words of a title, at times open behind."""
        while True:
            written = self._written().strip(".,:;?!()[]\"'")
            if self._tells_nothing(written) or any(sign in written for sign in "*=/$\\"):
                continue
            if len(written) > 8 and written.isalpha() and self._dice.random() < 0.1:
                written = f"{written[:8]}*"
            if term := _parsed(written):
                return TermTest("text", term, written)

    def _written(self) -> str:
        record = self._dice.choice(self._records)
        if record.tags and self._dice.random() < 0.5:
            return self._dice.choice(record.tags)
        words = record.title.split() or [""]
        start = self._dice.randrange(len(words))
        return " ".join(words[start : start + self._dice.choice((1, 2, 2, 3))])

    def _tells_nothing(self, written: str) -> bool:
        counts = [self._titles_with[word] for word in written.lower().split()]
        most = max(len(self._records) / FREQUENT, 1)
        return len(written) < 4 or min(counts, default=0) > most


@cache
def _parsed(written: str) -> Term | None:
    try:
        return parse_term(written)
    except BadTerm:
        return None
