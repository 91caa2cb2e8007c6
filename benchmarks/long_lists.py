"""An edited topic with a list of hundreds of names or phrases: until its feed is right again, and
then until its page of near misses is. The baseline looks for each term by itself in every record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from random import Random
from time import perf_counter

from benchmarks.common import NOW, SOURCE, Result, options, papers, report
from feedproxy.library import Library
from feedproxy.models import Record
from feedproxy.rules import decide
from feedproxy.rules.conditions import AnyOf, NumberTest, RuleSet, TermTest
from feedproxy.terms import parse_term

POPULAR = NumberTest("upvotes", 30, None, "30")
SAMPLE = 200
"""Records that the baseline is measured on."""


def names(records: Sequence[Record], dice: Random) -> Iterator[TermTest]:
    """Authors, whom a list of people holds."""
    while True:
        record = dice.choice(records)
        written = dice.choice(record.authors or ("Ada Lovelace",))
        if written.replace(" ", "").isalpha():
            yield TermTest("author", parse_term(written), written)


def phrases(records: Sequence[Record], dice: Random) -> Iterator[TermTest]:
    """Two words of a title."""
    while True:
        words = dice.choice(records).title.split()
        start = dice.randrange(len(words))
        written = " ".join(words[start : start + 2])
        if written.replace(" ", "").isalpha():
            yield TermTest("title", parse_term(written), written)


def measure(records: Sequence[Record], terms: int) -> Iterator[Result]:
    library, dice = Library(), Random(0)
    library.replace(records)
    for what, draw in (("names", names), ("phrases", phrases)):
        found = tuple(islice(draw(records, dice), terms))
        before = RuleSet(topic=what, title="", sources=(SOURCE,), include=(AnyOf(found),))
        library.chosen(before, NOW)  # splits every record into words, once
        library.left_out(before, NOW)
        after = replace(before, where=(POPULAR,))
        alone = one_by_one(library, after)
        for result, look in (("feed", library.chosen), ("near misses", library.left_out)):
            begun = perf_counter()
            look(after, NOW)
            took = perf_counter() - begun
            name = f"edited topic of {terms:,} {what}, {len(records):,} records, its {result}"
            yield Result(name, took * 1e3, "ms", alone / took, "each term by itself")


def one_by_one(library: Library, rule_set: RuleSet) -> float:
    """Seconds, as far as some of the records tell."""
    subjects = library.subjects()
    sample = subjects[:: max(1, len(subjects) // SAMPLE)]
    begun = perf_counter()
    for each in sample:
        decide(rule_set, each, NOW)
    return (perf_counter() - begun) / len(sample) * len(subjects)


if __name__ == "__main__":
    given = options(records=10_000, terms=300)
    for result in measure(list(papers(given.records, given.corpus)), given.terms):
        report(result, as_json=given.json)
