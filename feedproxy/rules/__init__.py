"""The verdict of one topic on one record at one moment, and what it rests on.

A record is included while any condition of `include` holds (or there is none), no
condition of `exclude` holds, and every test of `where` holds. Each condition is turned
into the Timeline during which it holds:

    words, has, dates    always or never
    upvotes: {min: 10}   for ever, from the first moment at which the number was reached
    upvotes: {max: 50}   while the latest value is no higher
    age: {max: 30d}      for 30 days from the listed moment
    any, all, none       union, intersection, complement

`since` and `valid_until` can then be read from the combined timeline, a paper stays after
its votes fall, and no state per topic is kept. Nothing is put into words here: see `explain`.

    conditions          what a topic asks, as data       decisions   what was decided
    subjects            a record, split into words       flips       when to decide again
    history, timeline   the values of numbers, and what held when
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import fsum
from typing import NamedTuple

from feedproxy.models import Record
from feedproxy.rules import history
from feedproxy.rules.conditions import (
    AgeTest,
    AllOf,
    AnyOf,
    Condition,
    DateTest,
    HasTest,
    NoneOf,
    NumberTest,
    RuleSet,
    Score,
    TermTest,
)
from feedproxy.rules.decisions import Decision, Verdict
from feedproxy.rules.subjects import Mark, Subject
from feedproxy.rules.timeline import NEVER, Timeline, intersection, interval, union, while_

__all__ = ["Decision", "Finding", "decide", "examine"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one condition contributes to a decision, at the decision's moment."""

    condition: Condition
    held: bool
    since: datetime | None
    """When it first came to hold."""
    marks: tuple[Mark, ...] = ()
    """Where its term is found."""
    have: float | None = None
    """What the number is by now; None if that is not known."""
    once: float | None = None
    """The highest that it was, where the condition holds for that although it is too low now."""
    children: tuple[Finding, ...] = ()


class Findings(NamedTuple):
    """The finding of every condition, in the order of the rules."""

    include: tuple[Finding, ...]
    exclude: tuple[Finding, ...]
    where: tuple[Finding, ...]
    score: tuple[Finding, ...]


def decide(rule_set: RuleSet, item: Subject | Record, now: datetime) -> Decision:
    """Whether the topic takes the record at `now`, since when, and how long the answer holds."""
    case = _Case(rule_set, item if isinstance(item, Subject) else Subject(item), now)
    include = case.always if rule_set.include is None else case.any_of(rule_set.include)
    whole = intersection(
        case.always,
        include,
        case.none_of(rule_set.exclude),
        *map(case.when, rule_set.where),
    )
    first = whole.since if case.shown else None
    verdict = Verdict(
        included=case.shown and whole.holds(now),
        asked_for=include.holds(now),
        shown=case.shown,
        listed=case.origin,
        since=first if first is not None and first <= now else None,
        valid_until=min(case.changes, default=None),
        score=next((value for at, value in reversed(case.score) if at <= now), 0),
    )
    return Decision(rule_set, case.subject, verdict, now)


def examine(decision: Decision, *, whole: bool = True) -> Findings:
    """What every condition found, not just those that decided.

    With `whole=False` it is faster: alternatives whose term is not found are left out, and so
    are the places where the other terms are found.
    """
    rule_set = decision.rule_set
    case = _Case(rule_set, decision.subject, decision.at, whole=whole)
    return Findings(
        include=case.alternatives(rule_set.include or ()),
        exclude=case.alternatives(rule_set.exclude),
        where=case.findings(rule_set.where),
        score=case.findings(entry.condition for entry in rule_set.score),
    )


class _Case:
    """One record as one topic sees it at one moment."""

    def __init__(
        self, rule_set: RuleSet, subject: Subject, now: datetime, *, whole: bool = False
    ) -> None:
        self.subject = subject
        self._whole = whole
        self.now = now
        self.changes: list[datetime] = []
        self._sources = rule_set.sources
        self._showing = subject.seen_by(rule_set.sources)
        self.shown = self._showing.is_any
        self.origin = self._showing.origin
        self.always = self._showing.always
        self._note(self.always)
        self.score: history.Values = ()
        self.score = self._added_up(rule_set.score) if rule_set.score else ((self.origin, 0),)

    def any_of(self, conditions: Iterable[Condition]) -> Timeline:
        """While any of them holds. One word that is found settles it; then only conditions that
        change with time are still looked at, since their changes are noted.
        """
        others = []
        found = False
        for condition in conditions:
            if not isinstance(condition, TermTest):
                others.append(self.when(condition))
                found = found or others[-1] is self.always
            elif not found:
                found = self._has_word(condition)
        return self.always if found else union(others)

    def none_of(self, conditions: Iterable[Condition]) -> Timeline:
        found = self.any_of(conditions)
        return found.complement(self.origin) if found.edges else self.always

    def when(self, condition: Condition) -> Timeline:
        """When the condition holds, from the listed moment on."""
        match condition:
            case TermTest():
                return self.always if self._has_word(condition) else NEVER
            case NumberTest():
                return self._number(condition)
            case AgeTest():
                return self._age(condition)
            case DateTest():
                return self._date(condition)
            case HasTest():
                return self._has(condition)
            case AnyOf():
                return self.any_of(condition.children)
            case NoneOf():
                return self.none_of(condition.children)
            case AllOf():
                return intersection(self.always, *map(self.when, condition.children))

    def _has_word(self, test: TermTest) -> bool:
        if test.field == "source":
            return bool(self.marks(test))
        return self.subject.has(test.field, test.term)

    def marks(self, test: TermTest) -> tuple[Mark, ...]:
        found = self.subject.find(test.field, test.term)
        if not found or test.field != "source":
            return found
        seen = self.subject.record.appearances
        return tuple(mark for mark in found if seen[mark.place].source in self._sources)

    def findings(self, conditions: Iterable[Condition]) -> tuple[Finding, ...]:
        return tuple(map(self.finding, conditions))

    def alternatives(self, conditions: Iterable[Condition]) -> tuple[Finding, ...]:
        """The findings of conditions of which any one is enough."""
        return self.findings(conditions if self._whole else filter(self._may_count, conditions))

    def _may_count(self, condition: Condition) -> bool:
        return not isinstance(condition, TermTest) or self._has_word(condition)

    def finding(self, condition: Condition) -> Finding:
        when = self.when(condition)
        holds, since = when.holds(self.now), when.since
        match condition:
            case TermTest():
                marks = self.marks(condition) if holds and self._whole else ()
                return Finding(condition, holds, since, marks)
            case NumberTest():
                return self._counted(condition, since, held=holds)
            case AnyOf():
                alternatives = self.alternatives(condition.children)
                return Finding(condition, holds, since, children=alternatives)
            case AllOf() | NoneOf():
                return Finding(condition, holds, since, children=self.findings(condition.children))
        return Finding(condition, holds, since)

    def _has(self, test: HasTest) -> Timeline:
        return self.always if getattr(self.subject.record, test.attribute) else NEVER

    def _date(self, test: DateTest) -> Timeline:
        day = self.origin.date()
        outside = (test.after and day <= test.after) or (test.before and day >= test.before)
        return NEVER if outside else self.always

    def _age(self, test: AgeTest) -> Timeline:
        start = _later(self.origin, test.min) if test.min is not None else self.origin
        last = _later(self.origin, test.max) if test.max is not None else None
        if start is None:
            return NEVER
        return self._note(interval(start, last and _later(last, datetime.resolution)))

    def _number(self, test: NumberTest) -> Timeline:
        if test.name == "score":
            return while_(self.score, lambda value: _enough(value, test) and not _more(value, test))
        return self._note(self._showing.within(test.name, test.min, test.max))

    def _counted(self, test: NumberTest, since: datetime | None, *, held: bool) -> Finding:
        dated = self.score if test.name == "score" else self._showing.values(test.name)
        values = [value for at, value in dated if at <= self.now]
        have = values[-1] if values else None
        has_fallen = held and have is not None and not _enough(have, test)
        once = max(values) if has_fallen else None
        return Finding(test, held, since, have=have, once=once)

    def _added_up(self, entries: Iterable[Score]) -> history.Values:
        parts = [(self.when(entry.condition), entry.add) for entry in entries]
        moments = {self.origin}.union(*(when.edges for when, _ in parts))
        return tuple(
            (at, _sum(add for when, add in parts if when.holds(at))) for at in sorted(moments)
        )

    def _note(self, when: Timeline) -> Timeline:
        if (change := when.next_edge(self.now)) is not None:
            self.changes.append(change)
        return when


def _sum(points: Iterable[float]) -> float:
    """The sum to nine decimals, so that 0.7 and 0.1 are 0.8; never -0.0."""
    return round(fsum(points), 9) + 0.0


def _enough(value: float, test: NumberTest) -> bool:
    return test.min is None or value >= test.min


def _more(value: float, test: NumberTest) -> bool:
    return test.max is not None and value > test.max


def _later(moment: datetime, span: timedelta) -> datetime | None:
    """None if that is later than any datetime."""
    try:
        return moment + span
    except OverflowError:
        return None
