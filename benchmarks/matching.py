"""New records against many topics, by the index of the rules, with every topic's full verdict.

The records are split into words within the time. The baseline is what one would write
first, and judges less: all terms of a topic in one regular expression, tried on each
record. Of it, a part is measured and the rest reckoned from that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter

from benchmarks.common import NOW, Result, options, papers, report, seconds
from benchmarks.topics import Topics
from feedproxy.index import Index
from feedproxy.models import Record
from feedproxy.rules import Decision, decide
from feedproxy.rules.conditions import AnyOf, RuleSet, TermTest
from feedproxy.rules.decisions import DatedVerdict
from feedproxy.rules.subjects import Subject

TRIED = 200
"""Topics of the baseline that are measured."""


def judged(
    records: Iterable[Record], index: Index, topics: Mapping[str, RuleSet]
) -> list[DatedVerdict | Decision]:
    """What the library leaves to a topic until its feed is asked for is decided at once here."""
    found: list[DatedVerdict | Decision] = []
    for record in records:
        each = Subject(record)
        told = index.judge(each, at_once).items()
        found += [known or at_once(topics[name], each) for name, known in told]
    return found


def at_once(rule_set: RuleSet, each: Subject) -> Decision:
    return decide(rule_set, each, NOW)


def alternation(rule_set: RuleSet) -> re.Pattern[str]:
    terms = [
        re.escape(test.written.rstrip("*"))
        for condition in rule_set.include or ()
        for test in (condition.children if isinstance(condition, AnyOf) else (condition,))
        if isinstance(test, TermTest)
    ]
    return re.compile(rf"\b(?:{'|'.join(terms)})", re.IGNORECASE)


def searched(records: Sequence[Record], patterns: Sequence[re.Pattern[str]]) -> int:
    texts = [f"{record.title}\n{record.summary}" for record in records]
    return sum(bool(pattern.search(text)) for pattern in patterns for text in texts)


def measure(topics: int, records: int, everything: Sequence[Record]) -> Result:
    new = everything[:: max(1, len(everything) // records)][:records]
    known = {each.topic: each for each in Topics(everything)(topics)}
    begun = perf_counter()
    index = Index(known.values())
    indexed = perf_counter() - begun
    took = seconds(lambda: judged(new, index, known))
    patterns = [alternation(each) for each in list(known.values())[:TRIED]]
    part = seconds(lambda: searched(new, patterns), rounds=2) / len(patterns)
    included = sum(each.verdict.included for each in judged(new, index, known))
    share = included / (len(new) * topics)
    return Result(
        f"matching, {len(new)} new records, {topics:,} topics, each taking {share:.1%} of all"
        f" (indexing the topics: {indexed:.1f} s)",
        took * 1e3,
        "ms",
        part * topics / took,
        "one `re` alternation per topic",
        "50 ms for 10,000 topics and 0.5 s for 100,000; 300 x baseline",
    )


if __name__ == "__main__":
    given = options(topics=10_000, records=50)
    everything = list(papers(max(7000, given.records), given.corpus))
    report(measure(given.topics, given.records, everything), as_json=given.json)
