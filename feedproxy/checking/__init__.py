"""The rules beside the archive: what an edit changes, which tests fail, what looks odd. Pure.

checkup     all that `feedproxy check` says
trial       an edit tried in the playground, on the records in memory
ruletests   the tests that stand in the rules
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from feedproxy.checking.ruletests import Find, RuleTest, run_tests
from feedproxy.errors import Problem
from feedproxy.explain import grounds
from feedproxy.explain.wording import label
from feedproxy.index.lookups import Lookup, Lookups, group_of
from feedproxy.models import Record
from feedproxy.rulefiles.places import Places
from feedproxy.rules.conditions import RuleSet, TermTest, term_tests
from feedproxy.rules.subjects import Subject

FEW = 1000
"""Records, some weeks of a listing. With fewer, a good term may not have been found yet."""


@dataclass(frozen=True, slots=True)
class TopicChange:
    """What an edit does to one topic; the newest records first."""

    topic: str
    added: tuple[Record, ...]
    removed: tuple[Record, ...]
    how: str = ""
    """`new topic`, `topic removed`, `was NAME`; empty where its rules were edited."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something to look at: `written`, which stands under `key` in the topic or in a list."""

    topic: str
    key: str
    written: str
    what: str
    """What is odd about it, in words that fit several at once; empty if nothing is."""
    name: str
    """How it is named among others of which the same is said."""
    found: int = 0
    """How many records have it, if it is a term."""


def changes(
    old: Mapping[str, RuleSet],
    new: Mapping[str, RuleSet],
    included: Callable[[RuleSet], Iterable[Record]],
) -> Iterator[TopicChange]:
    """One for each topic whose rules differ, even if it takes the same records.

    `included` gives the records of the archive that a topic takes.
    """
    formers: set[str] = set()
    for name, after in new.items():
        before = after.former(old)
        former = before.topic if before else ""
        formers.add(former)
        if before != after:
            how = "" if former == name else f"was {former}" if former else "new topic"
            had, has = (_by_id(included(each) if each else ()) for each in (before, after))
            yield TopicChange(name, _newest(has, had), _newest(had, has), how)
    for name in sorted(old.keys() - formers):
        yield TopicChange(name, (), _newest(_by_id(included(old[name])), {}), "topic removed")


def _by_id(records: Iterable[Record]) -> dict[str, Record]:
    return {record.id: record for record in records}


def _newest(records: Mapping[str, Record], without: Mapping[str, Record]) -> tuple[Record, ...]:
    found = [record for id_, record in records.items() if id_ not in without]
    return tuple(sorted(found, key=lambda record: (record.published, record.id), reverse=True))


def failures(topics: Mapping[str, RuleSet], find: Find, places: Places) -> Iterator[Problem]:
    """The rules' own tests that fail."""
    for rule_set in topics.values():
        for test in run_tests(rule_set, find):
            if not test.passed:
                place = places.find(rule_set.topic, _key(test), test.written)
                yield place.problem(failure(test))


def failure(test: RuleTest) -> str:
    """What happened to a failing test, and which condition decided."""
    verdict = "is left out" if test.expected else "is taken"
    said = grounds(test.decision) if test.decision else ()
    return f'"{test.written}" {verdict}: {"; ".join(said) or "the topic includes everything"}'


def _key(test: RuleTest) -> str:
    return "match" if test.expected else "reject"


def doubts(
    topics: Mapping[str, RuleSet], subjects: Sequence[Subject], find: Find
) -> Iterator[Doubt]:
    """Every term, with how many records have it, which is odd if it is none or more than half;
    and the tests that name records which the archive does not have.
    """
    if not subjects:
        return
    counted = _counts(chain.from_iterable(map(term_tests, topics.values())), subjects)
    for rule_set in topics.values():
        for test in run_tests(rule_set, find):
            if test.decision is None:
                what = "tests that test nothing, as the archive does not have these records"
                yield Doubt(rule_set.topic, _key(test), test.written, what, f'"{test.written}"')
        for term in term_tests(rule_set):
            found = counted[term.field, term.term.written]
            what = _odd(term.field, found, len(subjects))
            name = f"{label(term)}{f' ({found:,})' if found else _hint(term)}"
            yield Doubt(rule_set.topic, term.field, term.written, what, name, found)


def _counts(tests: Iterable[TermTest], subjects: Iterable[Subject]) -> Counter[tuple[str, str]]:
    """How many records have each term, by its field and how it is written."""
    groups: defaultdict[str, Lookups] = defaultdict(Lookups)
    for name, term in {(test.field, test.term) for test in tests}:
        groups[group_of(name)].add(Lookup(name, term))
    return Counter(
        (lookup.in_field, lookup.term.written)
        for each in subjects
        for group, lookups in groups.items()
        for lookup in lookups.held_by(each, group)
    )


def _hint(test: TermTest) -> str:
    """What the user may have meant by a term that is not found."""
    if test.term.regex:
        return ""
    if test.field == "author" and " " in test.written:
        return " (names are found as the listing writes them, First M. Last: try the last alone)"
    return " (several terms stand in brackets: [a, b])" if ", " in test.written else ""


def _odd(field: str, found: int, records: int) -> str:
    if found == 0:
        few = ", which are few yet" if records < FEW else ""
        return f"not found in any of the archive's {records:,} records{few}"
    # A source that shows most of the archive is not too broad a word.
    if 2 * found > records and field != "source":
        return f"found in more than half of the archive's {records:,} records"
    return ""
