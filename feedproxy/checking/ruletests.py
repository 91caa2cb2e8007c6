"""The tests in the rules: `tests.match` and `tests.reject`, judged by the words alone.

A paper must not fail its test because it grows old or gets votes. So every condition that is
not about words is replaced by one that favours taking the record; then the topic decides as
usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feedproxy.models import Record
from feedproxy.pasted import ids_at_the_start
from feedproxy.rules import Decision, decide, history
from feedproxy.rules.conditions import AllOf, AnyOf, Condition, NoneOf, RuleSet, TermTest
from feedproxy.text import readable

ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
"""For decisions by words alone, which are the same at every moment."""


@dataclass(frozen=True, slots=True)
class RuleTest:
    """The result of one entry of `tests.match` (`expected`) or `tests.reject`."""

    written: str
    expected: bool
    decision: Decision | None
    """By the words alone; None for an id that the archive does not know."""

    @property
    def passed(self) -> bool:
        return self.decision is None or self.decision.included == self.expected


Find = Callable[..., Record | None]
"""Looks up a record in the archive by any of several ids and links."""


def run_tests(rule_set: RuleSet, find: Find) -> Iterator[RuleTest]:
    """Every test of the topic."""
    alone = words_alone(rule_set)
    for expected, entries in ((True, rule_set.match), (False, rule_set.reject)):
        for written in entries:
            named = names_record(written)
            asks = named or not _is_phrase(written)
            record = find(written, *ids_at_the_start(written)) if asks else None
            if not (record or named):
                record = titled(written)
            yield RuleTest(written, expected, _judge(alone, record) if record else None)


def names_record(written: str) -> bool:
    """Whether a test names a record by id or link, known or not; otherwise it may be a title."""
    return written.startswith("doi:") or bool(ids_at_the_start(written))


def _is_phrase(written: str) -> bool:
    """No id has a space in it."""
    return len(written.split()) > 1


def titled(title: str) -> Record:
    """A record of which only the title is known."""
    return Record(id="", link="", title=readable(title), published=ANY_MOMENT)


def words_alone(rule_set: RuleSet) -> RuleSet:
    """The same topic, with numbers, dates and `has` true in include and where, false in exclude."""
    include = rule_set.include
    return replace(
        rule_set,
        include=include and tuple(_words_alone(each, hold=True) for each in include),
        exclude=tuple(_words_alone(each, hold=False) for each in rule_set.exclude),
        where=tuple(_words_alone(each, hold=True) for each in rule_set.where),
        score=(),
    )


def _words_alone(condition: Condition, *, hold: bool) -> Condition:
    """`hold`: whether a true condition favours taking the record; the opposite inside `none`."""
    match condition:
        case TermTest():
            return condition
        case AllOf() | AnyOf():
            parts = tuple(_words_alone(child, hold=hold) for child in condition.children)
            return replace(condition, children=parts)
        case NoneOf():
            parts = tuple(_words_alone(child, hold=not hold) for child in condition.children)
            return replace(condition, children=parts)
    return AllOf((), condition.written) if hold else AnyOf((), condition.written)


def _judge(rule_set: RuleSet, record: Record) -> Decision:
    listed = history.listed(record, rule_set.sources)
    if listed is None:
        record = replace(record, appearances=())
    return decide(rule_set, record, listed or record.published)
