"""One condition in words: what it asks (`label`) and how it turned out (`outcome`).

Terms stand in backticks, so that none can be mistaken for our own words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from feedproxy.rules import Decision, Finding
from feedproxy.rules.conditions import (
    AgeTest,
    AllOf,
    AnyOf,
    Condition,
    DateTest,
    HasTest,
    NoneOf,
    NumberTest,
    TermTest,
    asks_for,
)

B = TypeVar("B")

PLACES = {
    "title": "in the title",
    "abstract": "in the abstract",
    "text": "in the title or the abstract",
    "author": "among the authors",
    "organization": "in the organization",
    "submitter": "in the submitter's name",
    "keyword": "among the keywords",
    "source": "among the sources",
    "link": "in the link",
    "id": "in the id",
}
SPOILT = " where nothing of it may be"
_UNITS = (
    ("days", timedelta(days=1)),
    ("hours", timedelta(hours=1)),
    ("minutes", timedelta(minutes=1)),
)


def label(condition: Condition) -> str:
    """What the condition asks of any record."""
    match condition:
        case TermTest():
            prefix = "" if condition.field == "text" else f"{condition.field}: "
            return f"{prefix}`{condition.term}`"
        case NumberTest():
            return f"{condition.name}: {_between(condition.min, condition.max, number)}"
        case AgeTest():
            return f"age: {_between(condition.min, condition.max, span)}"
        case DateTest():
            return f"published {dates(condition)}"
        case HasTest():
            return f"has {condition.what}"
    return condition.written or _QUANTIFIERS[type(condition)]


def outcome(finding: Finding, decision: Decision, *, against: bool = False) -> str:
    """How the condition turned out in the decision, such as `9 upvotes, 10 needed`.

    `against`: it keeps a paper out if it holds, as in `56 upvotes (30 or more)`.
    """
    match condition := finding.condition:
        case TermTest():
            return _found(condition, finding)
        case NumberTest():
            return _counted(condition, finding, against=against)
        case AgeTest():
            return _aged(condition, finding, decision, against=against)
        case DateTest():
            have = f"published {decision.listed:%Y-%m-%d}"
            if against:
                return _so(have, finding, dates(condition))
            return f"{have}, {dates(condition)} needed"
        case HasTest():
            return f"has {condition.what}" if finding.held else f"no {condition.what}"
        case AllOf():
            return _all(finding, decision, against=against)
        case AnyOf():
            return _any(finding, decision, against=against)
        case NoneOf():
            return _none(finding, decision, against=against)


def quantity(value: float, name: str) -> str:
    """`1 upvote`, `10 upvotes`, `score 4`."""
    if name == "score":
        return f"score {number(value)}"
    return f"{number(value)} {name.removesuffix('s') if value == 1 else name}"


def at_least(value: float, name: str) -> str:
    """What a threshold says of an entry: `10 upvotes`, as it then had them; `score 4 or more`."""
    return quantity(value, name) + (" or more" if name == "score" else "")


def number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


_QUANTIFIERS: dict[type, str] = {AllOf: "all of", AnyOf: "any of", NoneOf: "none of"}


def _found(test: TermTest, finding: Finding) -> str:
    term = f"`{test.term}`"
    if not finding.held:
        return f"{term} not {PLACES[test.field]}"
    fields = dict.fromkeys(mark.field for mark in finding.marks)
    return f"{term} {' and '.join(PLACES[field] for field in fields)}"


def _so(have: str, finding: Finding, limits: str) -> str:
    return f"{have} ({limits})" if finding.held else have


def _counted(test: NumberTest, finding: Finding, *, against: bool) -> str:
    have = f"{test.name} not known"
    if finding.have is not None:
        have = quantity(finding.have, test.name)
    if finding.once is not None:
        have += f", once {number(finding.once)}"
    if against:
        return _so(have, finding, _between(test.min, test.max, number, "or more", "or less"))
    if test.min is not None and test.max is not None:
        return f"{have}, {number(test.min)} to {number(test.max)} needed"
    if test.min is not None:
        return f"{have}, {number(test.min)} needed"
    return have if test.max is None else f"{have}, {number(test.max)} at most"


def _aged(test: AgeTest, finding: Finding, decision: Decision, *, against: bool) -> str:
    """The age in the limit's unit, rounded so that 30 days and an hour is not `30, 30 at most`."""
    limits = [limit for limit in (test.min, test.max) if limit is not None]
    name, unit = _unit_of(limits)
    age = decision.at - decision.listed
    too_old = test.max is not None and age > test.max
    count = -(-age // unit) if too_old else age // unit
    ago = f"published {quantity(count, name)} ago"

    def say(limit: timedelta) -> str:
        return number(limit / unit)

    if against:
        return _so(ago, finding, _between(test.min, test.max, say, "or more", "or less"))
    return f"{ago}, {_between(test.min, test.max, say)}"


def _all(finding: Finding, decision: Decision, *, against: bool) -> str:
    """The parts that held, or that failed."""
    parts = [part for part in finding.children if part.held == finding.held]
    said = " and ".join(outcome(part, decision, against=against) for part in parts)
    return said or label(finding.condition)


def _any(finding: Finding, decision: Decision, *, against: bool) -> str:
    """The parts that held; if none did, by how much its numbers fail."""
    parts, others = [part for part in finding.children if part.held], []
    if not parts:
        parts = [part for part in finding.children if _has_number(part)]
        others = [part for part in finding.children if not _has_number(part)]
    if not parts:
        return _nothing(finding)
    said = [outcome(part, decision, against=against) for part in parts]
    if others:
        said.append(f"none of {_named(others)}" if others[1:] else outcome(others[0], decision))
    name = f" ({finding.condition.written})" if finding.condition.written else ""
    return "; ".join(said) + name


def _has_number(finding: Finding) -> bool:
    return asks_for(NumberTest, [finding.condition])


def _none(finding: Finding, decision: Decision, *, against: bool) -> str:
    """The parts that held, which must not."""
    held = (part for part in finding.children if part.held)
    said = "; ".join(outcome(part, decision, against=not against) for part in held)
    return said + SPOILT if said else _nothing(finding)


def _nothing(finding: Finding) -> str:
    return f"none of {finding.condition.written or _named(finding.children)}"


def _named(findings: Sequence[Finding]) -> str:
    shown = ", ".join(label(finding.condition) for finding in findings[:5])
    return f"{shown}, ..." if len(findings) > 5 else shown or "nothing"


def _between(
    least: B | None,
    most: B | None,
    say: Callable[[B], str],
    or_more: str = "at least",
    or_less: str = "at most",
) -> str:
    if least is not None and most is not None:
        return f"{say(least)} to {say(most)}"
    if most is not None:
        return f"{say(most)} {or_less}"
    return "any" if least is None else f"{say(least)} {or_more}"


def span(length: timedelta) -> str:
    """`30 days`, `1 hour`."""
    name, unit = _unit_of([length])
    return quantity(length / unit, name)


def _unit_of(lengths: Sequence[timedelta]) -> tuple[str, timedelta]:
    """The largest unit in which all of the lengths are whole numbers."""
    fit = (each for each in _UNITS if not any(length % each[1] for length in lengths))
    return next(fit, _UNITS[-1])


def dates(test: DateTest) -> str:
    """`after 2026-01-01 and before 2026-07-01`."""
    ends = (("after", test.after), ("before", test.before))
    return " and ".join(f"{word} {day}" for word, day in ends if day is not None)
