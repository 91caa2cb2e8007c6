"""Beside the archive: what an edit of the rules changes, what looks odd in them. Pure.

Whether a file can be read at all is `rulefiles`' matter, and where in it something stands.

    checkup     all that `feedproxy check` says
    trial       an edit tried in the playground, on the records in memory
    ruletests   the tests that stand in the rules
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from feedproxy.checking.ruletests import RuleTest, run_tests
from feedproxy.explain import grounds
from feedproxy.explain.wording import label
from feedproxy.index.looks import Look, Looks, group_of
from feedproxy.models import Record
from feedproxy.rules.conditions import RuleSet, TermTest, terms
from feedproxy.rules.subjects import Subject

Find = Callable[[str], Record | None]

FEW = 1000
"""Records, some weeks of a listing, in which good terms may not be found yet."""


@dataclass(frozen=True, slots=True)
class Change:
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
    """What is said of it, and maybe of others; of a failing test all that is to be said."""
    shown: str = ""
    """It, as it is named among others."""
    found: int = 0
    """How many records have it, if it is a term."""


def changes(
    old: Mapping[str, RuleSet],
    new: Mapping[str, RuleSet],
    included: Callable[[RuleSet], Iterable[Record]],
) -> Iterator[Change]:
    """One for each topic whose rules differ, whether or not its records do.

    `included` tells which of the archive's records a topic takes.
    """
    formers: set[str] = set()
    for name, after in new.items():
        former = next((each for each in (name, *after.renamed) if each in old), None)
        before = old[former] if former else None
        formers.update({former} if former else ())
        if before != after:
            how = "" if former == name else f"was {former}" if former else "new topic"
            had, has = (_by_id(included(each) if each else ()) for each in (before, after))
            yield Change(name, _newest(has, had), _newest(had, has), how)
    for name in sorted(old.keys() - formers):
        yield Change(name, (), _newest(_by_id(included(old[name])), {}), "topic removed")


def _by_id(records: Iterable[Record]) -> dict[str, Record]:
    return {record.id: record for record in records}


def _newest(records: Mapping[str, Record], without: Mapping[str, Record]) -> tuple[Record, ...]:
    found = [record for id_, record in records.items() if id_ not in without]
    return tuple(sorted(found, key=lambda record: (record.published, record.id), reverse=True))


def failures(topics: Mapping[str, RuleSet], find: Find) -> Iterator[Doubt]:
    """The rules' own tests that fail; `find` looks an id or a link up in the archive."""
    for rule_set in topics.values():
        for test in run_tests(rule_set, find):
            if not test.passed:
                yield Doubt(rule_set.topic, _key(test), test.written, failure(test))


def failure(test: RuleTest) -> str:
    """How a failing test came out, and which condition decided."""
    verdict = "is left out" if test.expected else "is taken"
    said = grounds(test.decision) if test.decision else ()
    return f'"{test.written}" {verdict}: {"; ".join(said) or "the topic includes everything"}'


def _key(test: RuleTest) -> str:
    return "match" if test.expected else "reject"


def doubts(
    topics: Mapping[str, RuleSet], subjects: Sequence[Subject], find: Find
) -> Iterator[Doubt]:
    """Of all terms how many records have them, which is odd if it is none, or more than half
    (else nothing is said of it); tests by records that nobody has seen.
    """
    if not subjects:
        return
    counted = _counts(chain.from_iterable(map(terms, topics.values())), subjects)
    for rule_set in topics.values():
        for test in run_tests(rule_set, find):
            if test.decision is None:
                what = "tests that test nothing, as the archive does not have these records"
                yield Doubt(rule_set.topic, _key(test), test.written, what, f'"{test.written}"')
        for term in terms(rule_set):
            found = counted[term.field, term.term.written]
            what = _odd(term.field, found, len(subjects))
            shown = f"{label(term)}{f' ({found:,})' if found else _hint(term)}"
            yield Doubt(rule_set.topic, term.field, term.written, what, shown, found)


def _counts(tests: Iterable[TermTest], subjects: Iterable[Subject]) -> Counter[tuple[str, str]]:
    """How many records have each term, by field and by the term as written."""
    groups: defaultdict[str, Looks] = defaultdict(Looks)
    for name, term in {(test.field, test.term) for test in tests}:
        groups[group_of(name)].add(Look(name, term))
    return Counter(
        (look.name, look.term.written)
        for each in subjects
        for group, looks in groups.items()
        for look in looks.held_by(each, group)
    )


def _hint(test: TermTest) -> str:
    """What may have been meant by a term that is not found."""
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
