"""What would change a verdict: the smallest changes of the record that flip it.

The findings give candidates: changes that would open a shut gate, or shut an open one. Each
candidate is then tried, judged by the rules themselves, so that what is told is true however
the conditions are combined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import nsmallest
from itertools import combinations, islice, product
from math import prod

from feedproxy.explain.supposing import NAMED, Change, Supposed, flip, with_appearance, with_one_of
from feedproxy.rules import Decision, Finding, decide, examine
from feedproxy.rules.conditions import AllOf, AnyOf, NoneOf, NumberTest, TermTest

Changes = frozenset[Change]

MOST = 3
"""How many changes are told together at most: a record that needs more is far from it."""
TRIED, TOLD = 40, 6
"""How many candidates are tried, and how many that flip the verdict are told, at most."""
WORDS = 12
"""How many words of a list are tried at most, or combinations of words of several lists."""
TRIALS = 80
"""How many verdicts are made at most: a topic may have thousands of words."""


def ways(decision: Decision) -> tuple[Changes, ...]:
    """Sets of changes that flip the verdict, the nearest first; no change could be left out."""
    decision = replace(decision, subject=decision.subject.remembering())
    trials = iter(range(TRIALS))
    candidates = _candidates(decision)
    return _that_flip(decision, candidates, trials) or _that_flip(
        decision, _in_title(candidates), trials
    )


def _in_title(candidates: Sequence[Changes]) -> Iterator[Changes]:
    """Those that ask for less if the title alone has their words."""
    narrower = (frozenset(each.in_title() for each in changes) for changes in candidates)
    return (changes for changes in narrower if changes not in candidates)


def _that_flip(
    decision: Decision, candidates: Iterable[Changes], trials: Iterator[int]
) -> tuple[Changes, ...]:
    found: list[Changes] = []
    for changes in candidates:
        smallest = _smallest(decision, changes, trials)
        if smallest and not any(known <= smallest for known in found):
            found.append(smallest)
        if len(found) == TOLD:
            break
    return tuple(found)


def in_words(changes: Changes) -> str:
    """`with 1 more upvote and without `survey` in the title`."""
    return " and ".join(each.said for each in _by_rank(changes))


def flips(decision: Decision, changes: Iterable[Change]) -> bool:
    """Whether the changes flip the topic's verdict at the same moment, whichever of their terms is
    found, and in whichever text.
    """
    changes = _by_rank(changes)
    record = decision.record
    for change in changes:
        record = change.alter(record)
    known = decision.subject
    if record is not decision.record:
        known = known.followed_by(record)
    words = [list(change.finds()) for change in changes if change.terms]
    return all(
        decide(decision.rule_set, Supposed(known, finds), decision.at).included != decision.included
        for finds in product(*words)
    )


def _smallest(decision: Decision, changes: Changes, trials: Iterator[int]) -> Changes | None:
    """The fewest of the changes that flip the verdict; None if not even all of them do."""
    for count in range(1, len(changes) + 1):
        for some in combinations(_by_rank(changes), count):
            if flipping := _flipping(decision, some, trials):
                return flipping
    return None


def _flipping(
    decision: Decision, changes: Sequence[Change], trials: Iterator[int]
) -> Changes | None:
    """The changes, with the words that flip the verdict: one word each, several of the last."""
    apart = [change.apart() for change in changes]
    words = zip(islice(product(*apart), WORDS), trials, strict=False)
    found = list(islice((some for some, _ in words if flips(decision, some)), NAMED + 1))
    if not found:
        return None
    first = found[0][:-1]
    kept = [*([word] for word in first), [some[-1] for some in found if some[:-1] == first]]
    such_as = prod(map(len, apart)) > WORDS
    return frozenset(
        change.only(words, such_as=such_as) for change, words in zip(changes, kept, strict=True)
    )


def _candidates(decision: Decision) -> list[Changes]:
    gates = _changes_to(decision, _gates(decision), wanted=not decision.included)
    if not decision.shown:
        gates = [changes | {with_appearance(decision)} for changes in gates]
    return _nearest(filter(None, gates))


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
        asked = AnyOf(rule_set.include)
        parts.append(Finding(asked, decision.asked_for, None, children=found.include))
    held = not any(each.held for each in found.exclude)
    parts.append(Finding(NoneOf(rule_set.exclude), held, None, children=found.exclude))
    whole = AllOf(tuple(part.condition for part in parts))
    return Finding(whole, all(part.held for part in parts), None, children=tuple(parts))


def _changes_to(decision: Decision, finding: Finding, *, wanted: bool) -> list[Changes]:
    """Sets of changes that would make the condition hold, or not hold, as `wanted`."""
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
        each = _nearest(_changes_to(decision, finding, wanted=wanted))
        found = _nearest({before | changes for before in found for changes in each})
    return found


def _nearest(found: Iterable[Changes]) -> list[Changes]:
    return nsmallest(TRIED, (some for some in found if len(some) <= MOST), key=_nearness)


def _any(decision: Decision, findings: Sequence[Finding], *, wanted: bool) -> list[Changes]:
    """All missing words of a field make one change, since any of them may be enough."""
    missing: defaultdict[str, list[TermTest]] = defaultdict(list)
    found: list[Changes] = []
    for finding in findings:
        if wanted and isinstance(finding.condition, TermTest):
            missing[finding.condition.field].append(finding.condition)
        else:
            found += _changes_to(decision, finding, wanted=wanted)
    words = filter(None, map(with_one_of, missing.values()))
    return [*found, *(frozenset({change}) for change in words)]


def _score(decision: Decision) -> Iterator[Changes]:
    """One more or one fewer entry of the score; trying it shows whether that is enough."""
    for finding in examine(decision).score:
        yield from _changes_to(decision, finding, wanted=not finding.held)
