"""What would change a verdict: the smallest changes of the record that flip it, each tried.

Candidates come from the findings: what would make a gate that is shut open, or one that
is open shut. Each is then judged by the rules themselves, so that what is told is true
however the conditions hang together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from feedproxy.conditions import AllOf, AnyOf, NoneOf, NumberTest, TermTest
from feedproxy.rules import Decision, Finding, decide, examine
from feedproxy.supposing import Change, Supposed, flip, shown, with_one_of

Changes = frozenset[Change]

MOST = 3
"""Changes that are told together; whoever needs more is far from it."""
TRIED, TOLD = 40, 6
"""How many candidates are judged, and how many that flip the verdict are told."""


def ways(decision: Decision) -> tuple[Changes, ...]:
    """The nearest first; in none of them is there a change that could be left out."""
    found: list[Changes] = []
    for changes in _candidates(decision)[:TRIED]:
        smallest = _smallest(decision, changes)
        if smallest and not any(known <= smallest for known in found):
            found.append(smallest)
    return tuple(found[:TOLD])


def told(changes: Changes) -> str:
    """`with 1 more upvote and without `survey` in the title`."""
    return " and ".join(each.said for each in _by_rank(changes))


def supposed(decision: Decision, changes: Iterable[Change]) -> Decision:
    """The same topic's verdict, at the same moment, on the record with the changes made."""
    subject = Supposed(decision.record, _by_rank(changes))
    return decide(decision.rule_set, subject, decision.at)


def _smallest(decision: Decision, changes: Changes) -> Changes | None:
    """The fewest of the changes that flip the verdict; None: not even all of them do."""
    for count in range(1, len(changes) + 1):
        for some in combinations(_by_rank(changes), count):
            if supposed(decision, some).included != decision.included:
                return frozenset(some)
    return None


def _candidates(decision: Decision) -> list[Changes]:
    gates = _ways(decision, _gates(decision), wanted=not decision.included)
    if not decision.shown:
        gates = [changes | {shown(decision)} for changes in gates]
    few = (changes for changes in gates if 0 < len(changes) <= MOST)
    return sorted(few, key=_nearness)


def _nearness(changes: Changes) -> tuple[int, int, list[str]]:
    return (
        len(changes),
        sum(each.rank for each in changes),
        [each.said for each in _by_rank(changes)],
    )


def _by_rank(changes: Iterable[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: (change.rank, change.said))


def _gates(decision: Decision) -> Finding:
    """The whole topic as one condition."""
    found, rule_set = examine(decision), decision.rule_set
    parts = list(found.where)
    if rule_set.include is not None:
        held = any(each.held for each in found.include)
        parts.append(Finding(AnyOf(rule_set.include), held, None, children=found.include))
    held = not any(each.held for each in found.exclude)
    parts.append(Finding(NoneOf(rule_set.exclude), held, None, children=found.exclude))
    whole = AllOf(tuple(part.condition for part in parts))
    return Finding(whole, all(part.held for part in parts), None, children=tuple(parts))


def _ways(decision: Decision, finding: Finding, *, wanted: bool) -> list[Changes]:
    """What would make the condition hold, or not, as `wanted`."""
    if finding.held == wanted:
        return [frozenset()]
    match finding.condition:
        case AllOf():
            combine = _all if wanted else _any
            return combine(decision, finding.children, wanted=wanted)
        case AnyOf():
            combine = _any if wanted else _all
            return combine(decision, finding.children, wanted=wanted)
        case NoneOf():
            combine = _all if wanted else _any
            return combine(decision, finding.children, wanted=not wanted)
        case NumberTest(name="score"):
            return list(_score(decision))
    change = flip(decision, finding)
    return [frozenset({change})] if change else []


def _all(decision: Decision, findings: Sequence[Finding], *, wanted: bool) -> list[Changes]:
    found: list[Changes] = [frozenset()]
    for finding in findings:
        each = _ways(decision, finding, wanted=wanted)[:TRIED]
        joined = {before | changes for before in found for changes in each}
        found = sorted((some for some in joined if len(some) <= MOST), key=_nearness)[:TRIED]
    return found


def _any(decision: Decision, findings: Sequence[Finding], *, wanted: bool) -> list[Changes]:
    """Words that are missing are told together: any of a list would do."""
    missing: defaultdict[str, list[TermTest]] = defaultdict(list)
    found: list[Changes] = []
    for finding in findings:
        if wanted and isinstance(finding.condition, TermTest):
            missing[finding.condition.field].append(finding.condition)
        else:
            found += _ways(decision, finding, wanted=wanted)
    words = filter(None, map(with_one_of, missing.values()))
    return [*found, *(frozenset({change}) for change in words)]


def _score(decision: Decision) -> Iterator[Changes]:
    """One entry more or less that adds to it; whether that is enough shows when it is tried."""
    for finding in examine(decision).score:
        yield from _ways(decision, finding, wanted=not finding.held)
