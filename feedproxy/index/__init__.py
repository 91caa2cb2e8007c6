"""Which of many topics may take a record: an inverted index of the rules ("percolation").

The words of a record lead to the terms that it holds, and these to the topics that use them.
`candidates` gives a superset of the topics that include the record or have it as a near miss;
the verdict stays with `rules.decide`. For most topics `judge` saves even that: they ask for
some words, exclude others, and want a number beside. The index tells for all topics at once
whether the words are there, and topics that ask for the same beside words share one verdict.

    lookups        which terms a record holds
    concordance    the other direction: which records a topic may take
    sieve, finds   one topic with very many terms over many records
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar
from weakref import WeakValueDictionary

from feedproxy.index.lookups import Lookup, Lookups, Rest, Topic, group_of
from feedproxy.rules.conditions import AllOf, AnyOf, Condition, RuleSet, TermTest
from feedproxy.rules.decisions import DatedVerdict, Decision
from feedproxy.rules.subjects import Subject

T = TypeVar("T")
Decide = Callable[[RuleSet, Subject], Decision]


def all_needed(rule_set: RuleSet) -> AllOf:
    """What holds for every record that is included, or would be but for a number or exclusion."""
    if rule_set.include is None:
        return AllOf(rule_set.where)
    return AllOf((AnyOf(rule_set.include), *rule_set.where))


def superset(
    condition: Condition,
    of_term: Callable[[TermTest], T | None],
    any_of: Callable[[Sequence[T]], T],
    all_of: Callable[[Sequence[T]], T],
) -> T | None:
    """The records for which the condition may hold, as far as words can tell; None for any record.

    `of_term` gives them for one term; `any_of` and `all_of` join those of several conditions.
    """
    if isinstance(condition, TermTest):
        return of_term(condition)
    if not isinstance(condition, AnyOf | AllOf):
        return None
    parts = [superset(child, of_term, any_of, all_of) for child in condition.children]
    known = [part for part in parts if part is not None]
    if isinstance(condition, AnyOf):
        return any_of(known) if len(known) == len(parts) else None
    return all_of(known) if known else None


class Index:
    """Topics by their words. `put` a topic again when it was edited. Not thread-safe."""

    def __init__(self, rule_sets: Iterable[RuleSet] = ()) -> None:
        self._topics: dict[str, tuple[Topic, tuple[Lookup, ...]]] = {}
        self._always: set[Topic] = set()
        self._lookups: dict[tuple[str, str], Lookup] = {}
        self._groups: defaultdict[str, Lookups] = defaultdict(Lookups)
        self._rests: WeakValueDictionary[RuleSet, Rest] = WeakValueDictionary()
        for rule_set in rule_sets:
            self.put(rule_set)

    def put(self, rule_set: RuleSet) -> None:
        """Adds the topic, or replaces what it was before."""
        self.drop(rule_set.topic)
        topic = Topic(rule_set.topic, self._rest_of(rule_set))
        triggers = _triggers(_needed(rule_set, topic.rest))
        if triggers is None:
            self._always.add(topic)
        asking = {self._lookup(test) for test in triggers or ()}
        barring = {self._lookup(test) for test in _barring(rule_set.exclude)}
        for lookup in asking:
            lookup.asking.append(topic)
        for lookup in barring:
            lookup.barring.append(topic)
        self._topics[rule_set.topic] = topic, tuple(asking | barring)

    def drop(self, name: str) -> None:
        """Removes the topic, if it is there."""
        topic, lookups = self._topics.pop(name, (None, ()))
        self._always.discard(topic)
        for lookup in lookups:
            for topics in (lookup.asking, lookup.barring):
                if topic in topics:
                    topics.remove(topic)
            if not lookup.asking and not lookup.barring:
                del self._lookups[lookup.in_field, lookup.term.written]
                self._groups[group_of(lookup.in_field)].remove(lookup)

    def candidates(self, subject: Subject) -> set[str]:
        """The topics that may include the record, or have it as a near miss."""
        return {topic.name for topic in self._asking(self._held_by(subject))}

    def judge(self, subject: Subject, decide: Decide) -> dict[str, DatedVerdict | None]:
        """The verdict of each topic that may include the record; None if it must be asked itself.

        All other topics never include it, as long as its texts stay the same.
        """
        held = self._held_by(subject)
        topics = self._asking(held).difference(*(lookup.barring for lookup in held))
        known = subject.remembering()
        told: dict[Rest | None, DatedVerdict | None] = {None: None}
        for rest in {topic.rest for topic in topics if topic.rest}:
            decision = decide(rest.rule_set, known)
            told[rest] = DatedVerdict(decision.verdict, decision.at)
        return {topic.name: told[topic.rest] for topic in topics}

    def _held_by(self, subject: Subject) -> set[Lookup]:
        found = (lookups.held_by(subject, group) for group, lookups in self._groups.items())
        return set().union(*found)

    def _asking(self, held: Iterable[Lookup]) -> set[Topic]:
        return self._always.union(*(lookup.asking for lookup in held))

    def _lookup(self, test: TermTest) -> Lookup:
        known = self._lookups.get((test.field, test.term.written))
        if known is None:
            known = self._lookups[test.field, test.term.written] = Lookup(test.field, test.term)
            self._groups[group_of(test.field)].add(known)
        return known

    def _rest_of(self, rule_set: RuleSet) -> Rest | None:
        words = chain(rule_set.include or (), rule_set.exclude)
        if not all(map(_is_word, words)) or _triggers(AllOf(rule_set.where)) is not None:
            return None
        rest = RuleSet(
            topic="",
            title="",
            sources=rule_set.sources,
            where=rule_set.where,
            score=rule_set.score,
        )
        return self._rests.setdefault(rest, Rest(rest))


def _is_word(condition: Condition) -> bool:
    """Whether it holds if any one of its words is found, whatever the topic's sources are."""
    if isinstance(condition, AnyOf):
        return all(map(_is_word, condition.children))
    return isinstance(condition, TermTest) and condition.field != "source"


def _needed(rule_set: RuleSet, rest: Rest | None) -> Condition:
    """The condition whose words lead to the topic: only `include`, if a `Rest` has all else."""
    if rest and rule_set.include is not None:
        return AnyOf(rule_set.include)
    return all_needed(rule_set)


def _barring(conditions: Iterable[Condition]) -> Iterator[TermTest]:
    """The terms of which each alone makes one of the conditions hold."""
    for condition in conditions:
        if isinstance(condition, AnyOf):
            yield from _barring(condition.children)
        elif isinstance(condition, TermTest) and _is_word(condition):
            yield condition


def _triggers(condition: Condition) -> tuple[TermTest, ...] | None:
    """Tests of which at least one holds whenever the condition does; None if there are none."""
    match condition:
        case TermTest():
            return (condition,)
        case AnyOf():
            parts = [_triggers(child) for child in condition.children]
            return None if None in parts else tuple(test for part in parts for test in part or ())
        case AllOf():
            known = [part for child in condition.children if (part := _triggers(child)) is not None]
            return min(known, key=_cost, default=None)
    return None


def _cost(tests: Sequence[TermTest]) -> tuple[int, int, int]:
    """Sorts the tests that fewer records pass first: few words, and long ones."""
    anywhere = sum(not test.term.keys for test in tests)
    shortest = min((len(key) for test in tests for key in test.term.keys), default=0)
    return anywhere, len(tests), -shortest
