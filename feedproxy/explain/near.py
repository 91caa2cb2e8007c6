"""Near misses: records that a topic's words ask for and exactly one thing keeps out; no wording.

That one thing is an `exclude` condition that holds, or a number that fails, in `where` or in
the branch of `include` whose words are found. A record is not near if it is too old or if the
number is not known.
"""

from __future__ import annotations

from collections.abc import Iterable

from feedproxy.rules import Decision, Finding, Findings, examine
from feedproxy.rules.conditions import (
    AgeTest,
    AnyOf,
    DateTest,
    NoneOf,
    NumberTest,
    TermTest,
    asks_for,
)

Numbers = tuple[Finding, ...]


def near_miss(decision: Decision) -> Finding | None:
    """The one thing that keeps it out: a number that failed or an exclude condition that held."""
    if decision.included or not decision.shown or not _may_be_near(decision):
        return None
    found = examine(decision, whole=False)
    missing = _together([_include_lacks(decision, found), *map(lacks, found.where)])
    if missing is None:
        return None
    gates = (*missing, *(finding for finding in found.exclude if finding.held))
    return gates[0] if len(gates) == 1 and not _only_days(gates[0]) else None


def _may_be_near(decision: Decision) -> bool:
    """A cheap check that spares most records the examination."""
    return decision.asked_for or asks_for(NumberTest, decision.rule_set.include or ())


def lacks(finding: Finding) -> Numbers | None:
    """The numbers that alone keep a condition from holding; None if something else does, too."""
    if finding.held:
        return ()
    match finding.condition:
        case NumberTest():
            return (finding,) if finding.have is not None else None
        case AnyOf():
            return _fewest(map(lacks, finding.children))
        case NoneOf():
            held = tuple(child for child in finding.children if child.held)
            return held if all(isinstance(each.condition, NumberTest) for each in held) else None
    return _together(map(lacks, finding.children)) if finding.children else None


def _include_lacks(decision: Decision, found: Findings) -> Numbers | None:
    """What `include` lacks: () if it holds, None if none of its word conditions does."""
    if decision.rule_set.include is None:
        return ()
    return _fewest(lacks(branch) for branch in found.include if has_words(branch))


def has_words(finding: Finding) -> bool:
    """Whether any word condition in it holds."""
    match finding.condition:
        case TermTest():
            return finding.held
        case NoneOf():
            return finding.held and asks_for(TermTest, [finding.condition])
    return any(map(has_words, finding.children))


def _only_days(finding: Finding) -> bool:
    """Whether nothing but age or date makes it hold."""
    parts = finding.children
    if isinstance(finding.condition, AnyOf):
        parts = tuple(child for child in parts if child.held)
    if parts:
        return all(map(_only_days, parts))
    return isinstance(finding.condition, AgeTest | DateTest)


def _fewest(parts: Iterable[Numbers | None]) -> Numbers | None:
    """What is lacking where any one of the conditions is enough."""
    return min((part for part in parts if part is not None), key=len, default=None)


def _together(parts: Iterable[Numbers | None]) -> Numbers | None:
    """What is lacking where all of the conditions must hold."""
    numbers: list[Finding] = []
    for part in parts:
        if part is None:
            return None
        numbers += part
    return tuple(numbers)
