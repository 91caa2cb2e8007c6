"""An edited topic over a whole archive, by the index of the records, and who has to wait meanwhile.

The baseline is judging every record. Above `library.MANY` records the edit is judged in
the background, and what others ask for in the meantime is measured, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter, sleep

from benchmarks.common import NOW, Result, options, papers, report
from benchmarks.topics import Topics
from feedproxy.library import MANY, Library
from feedproxy.models import Record
from feedproxy.rules.conditions import RuleSet

EDITS = 20


def edited(library: Library, before: RuleSet, after: RuleSet) -> tuple[float, float]:
    """Seconds until the edit is live, and the longest that another topic took meanwhile."""
    other = replace(before, topic="other")
    library.chosen(other, NOW)
    library.chosen(before, NOW)
    after = replace(after, topic=before.topic)
    longest, begun = 0.0, perf_counter()
    while library.chosen(after, NOW).rule_set is not after:
        asked = perf_counter()
        library.chosen(other, NOW)
        longest = max(longest, perf_counter() - asked)
        sleep(0.002)  # as somebody who asks again and again
    return perf_counter() - begun, longest


def measure(records: Sequence[Record]) -> list[Result]:
    library, invented = Library(), Topics(records[:7000])
    library.replace(records)
    first, *others = invented(EDITS + 1)
    library.chosen(first, NOW)  # splits every record into words, once
    begun = perf_counter()
    taken = sum(decision.included for decision in library.decisions(first, NOW))
    every = perf_counter() - begun
    assert taken == len(library.chosen(first, NOW).decisions)
    times, waits = zip(*(edited(library, first, each) for each in others), strict=True)
    worst, typical = max(times), sorted(times)[len(times) // 2]
    name = f"edited topic, {len(records):,} records"
    results = [
        Result(
            f"{name}, the worst of {EDITS} (half take {typical * 1e3:.0f} ms)",
            worst * 1e3,
            "ms",
            every / worst,
            "judging every record",
            "1 s over 10,000 records, 10 s over 200,000",
        )
    ]
    if len(records) > MANY:
        what, longest = f"{name}, another topic's longest wait meanwhile", max(waits)
        results.append(Result(what, longest * 1e3, "ms", worst / longest, "until the edit is live"))
    return results


if __name__ == "__main__":
    given = options(records=10_000)
    for result in measure(list(papers(given.records, given.corpus))):
        report(result, as_json=given.json)
