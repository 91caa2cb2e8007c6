"""Which of many topics may take a record: an inverted index of the rules ("percolation").

The words of a record lead to the terms that it holds, and these to their topics, however many
share one. `candidates` is a superset of the topics that include the record, or of which it is
a near miss: there the verdict stays with `rules.decide`. For most topics `judge` knows more:
they ask for words, are barred by words, and want a number beside. Whether the words are there
is known of all topics together, and those that want the same beside share one verdict on that.

    lookups          which terms a record holds
    concordance    the way back: which records a topic may take
    sieve, finds   one topic of very many terms over many records
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar
from weakref import WeakValueDictionary

from feedproxy.index.lookups import Lookup, Lookups, Rest, Topic, group_of
from feedproxy.rules.conditions import AllOf, AnyOf, Condition, RuleSet, TermTest
from feedproxy.rules.decisions import DatedVerdict, Decision
from feedproxy.rules.subjects import Subject

T = TypeVar("T")
Decide = Callable[[RuleSet, Subject], Decision]


def all_needed(rule_set: RuleSet) -> AllOf:
    """What holds of every record that is included but for a number: near misses among them."""
    if rule_set.include is None:
        return AllOf(rule_set.where)
    return AllOf((AnyOf(rule_set.include), *rule_set.where))


def superset(
    condition: Condition,
    of_term: Callable[[TermTest], T | None],
    any_of: Callable[[Sequence[T]], T],
    all_of: Callable[[Sequence[T]], T],
) -> T | None:
    """Of the records for which it may hold, as far as words can tell; None: it may for any.

    `of` says it of one term, and the others join what is known of several conditions.
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


class Met(NamedTuple):
    """Topics, by what a record's words say of them."""

    asking: set[Topic]
    """Those that may include it, or of which it is a near miss."""
    barred: set[Topic]
    """Those that cannot, since one word of `exclude` is enough."""


class _ByRest(dict[Rest | None, DatedVerdict | None]):
    """The verdicts on one record, each made when it is first asked for."""

    def __init__(self, subject: Subject, decide: Decide) -> None:
        super().__init__({None: None})
        self._subject = subject
        self._decide = decide

    def __missing__(self, rest: Rest) -> DatedVerdict:
        decision = self._decide(rest.rule_set, self._subject)
        told = self[rest] = DatedVerdict(decision.verdict, decision.at)
        return told


class Index:
    """Each topic is put in again when it is edited. Not for several threads at once."""

    def __init__(self, rule_sets: Iterable[RuleSet] = ()) -> None:
        self._topics: dict[str, tuple[Topic, set[Lookup]]] = {}
        self._always: set[Topic] = set()
        self._lookups: dict[tuple[str, str], Lookup] = {}
        self._groups: defaultdict[str, Lookups] = defaultdict(Lookups)
        self._rests: WeakValueDictionary[RuleSet, Rest] = WeakValueDictionary()
        for rule_set in rule_sets:
            self.put(rule_set)

    def put(self, rule_set: RuleSet) -> None:
        """In place of what the topic was before."""
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
        self._topics[rule_set.topic] = topic, asking | barring

    def drop(self, name: str) -> None:
        """It may be unknown."""
        topic, lookups = self._topics.pop(name, (None, ()))
        self._always.discard(topic)
        for lookup in lookups:
            for topics in (lookup.asking, lookup.barring):
                if topic in topics:
                    topics.remove(topic)
            if not lookup.asking and not lookup.barring:
                del self._lookups[lookup.field, lookup.term.written]
                self._groups[group_of(lookup.field)].remove(lookup)

    def candidates(self, subject: Subject) -> set[str]:
        """The topics that may include the record, and those of which it is a near miss."""
        return {topic.name for topic in self._met(subject).asking}

    def judge(self, subject: Subject, decide: Decide) -> dict[str, DatedVerdict | None]:
        """Of each topic that may include the record; None: the topic is to be asked itself.

        All others include it at no moment, as long as its texts stay.
        """
        met = self._met(subject)
        topics = met.asking - met.barred
        told = _ByRest(subject.remembering(), decide)
        return {topic.name: told[topic.rest] for topic in topics}

    def _met(self, subject: Subject) -> Met:
        found = set().union(
            *(lookups.held_by(subject, group) for group, lookups in self._groups.items())
        )
        asking = self._always.union(*(lookup.asking for lookup in found))
        return Met(asking, set().union(*(lookup.barring for lookup in found)))

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
    """Whether it holds, whatever the topic's sources, where one of its words is found."""
    if isinstance(condition, AnyOf):
        return all(map(_is_word, condition.children))
    return isinstance(condition, TermTest) and condition.field != "source"


def _needed(rule_set: RuleSet, rest: Rest | None) -> Condition:
    """The condition whose words lead to the topic: `include` alone, where all else is a `Rest`."""
    if rest and rule_set.include is not None:
        return AnyOf(rule_set.include)
    return all_needed(rule_set)


def _barring(conditions: Iterable[Condition]) -> Iterator[TermTest]:
    """The words of which one is enough for any of the conditions to hold."""
    for condition in conditions:
        if isinstance(condition, AnyOf):
            yield from _barring(condition.children)
        elif isinstance(condition, TermTest) and _is_word(condition):
            yield condition


def _triggers(condition: Condition) -> tuple[TermTest, ...] | None:
    """Tests of which one must hold if the condition is to hold; None: it may hold without."""
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
    """The fewer and the longer the words, the fewer records meet them."""
    anywhere = sum(not test.term.keys for test in tests)
    shortest = min((len(key) for test in tests for key in test.term.keys), default=0)
    return anywhere, len(tests), -shortest
