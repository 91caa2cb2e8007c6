"""Which of many topics take a record: an inverted index of the rules ("percolation").

The verdict stays with `rules.decide`. `candidates` spares most topics the trouble: it is a
superset of those that include the record, or of which it is a near miss. The words of a
record lead to the terms that need them, by the word that fewest terms need; a term that
is really found leads to its topics, however many share it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedproxy.conditions import AllOf, AnyOf, Condition, NoneOf, RuleSet, TermTest
from feedproxy.rules import Decision, decide
from feedproxy.subjects import Mark, Subject
from feedproxy.terms import Term

Keys = frozenset[str]

_GROUPS = {"title": "text", "abstract": "text"}
"""Fields whose words are looked up together; a term's own field is checked when it is found."""


class Index:
    """Of the rule sets as they are: after an edit, make another."""

    def __init__(self, rule_sets: Iterable[RuleSet]) -> None:
        self._rule_sets = {rule_set.topic: rule_set for rule_set in rule_sets}
        looks: dict[tuple[str, str], _Look] = {}
        always = []
        for topic, rule_set in self._rule_sets.items():
            for test in _terms(_everything(rule_set)):
                looks.setdefault((test.field, test.term.written), _Look(test.field, test.term))
            triggers = _triggers(_all_needed(rule_set))
            if triggers is None:
                always.append(topic)
            for test in triggers or ():
                looks[test.field, test.term.written].topics.append(topic)
        self._always = frozenset(always)
        groups: defaultdict[str, list[_Look]] = defaultdict(list)
        for look in looks.values():
            groups[_GROUPS.get(look.name, look.name)].append(look)
        self._groups = {group: _Words(members) for group, members in groups.items()}

    def decisions(self, subject: Subject, now: datetime) -> tuple[Decision, ...]:
        """Those of the candidates, by topic; all other topics leave the record out."""
        found = self._look_up(subject)
        known = subject.knowing(
            {(look.name, look.term.written): marks for look, marks in found.items()}
        )
        return tuple(
            replace(decide(self._rule_sets[topic], known, now), subject=subject)
            for topic in sorted(self._led_to(found))
        )

    def candidates(self, subject: Subject) -> frozenset[str]:
        """The topics that may include the record, those that no word can tell among them."""
        return self._led_to(self._look_up(subject))

    def _look_up(self, subject: Subject) -> dict[_Look, tuple[Mark, ...]]:
        """Everything that any topic looks for and that is there."""
        found = {}
        for group, words in self._groups.items():
            keys = Keys().union(*(value.text.keys for value in subject.values(group)))
            for look in words.met_by(keys):
                if marks := subject.find(look.name, look.term):
                    found[look] = marks
        return found

    def _led_to(self, looks: Iterable[_Look]) -> frozenset[str]:
        return self._always.union(*(look.topics for look in looks))


@dataclass(slots=True, eq=False)
class _Look:
    """A term to be looked for in a field, and the topics that a find may lead to."""

    name: str
    """Of the field."""
    term: Term
    topics: list[str] = field(default_factory=list)


class _Words:
    """Which looks a text's words lead to."""

    def __init__(self, looks: Sequence[_Look]) -> None:
        self._by_key: defaultdict[str, list[tuple[_Look, list[Keys]]]] = defaultdict(list)
        self._by_prefix: defaultdict[int, defaultdict[str, list[_Look]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._anywhere: list[_Look] = []
        common = Counter(key for look in looks for need in _needs(look.term) for key in need)
        for look in looks:
            self._add(
                look, sorted(_needs(look.term), key=lambda need: sum(common[key] for key in need))
            )

    def _add(self, look: _Look, needs: list[Keys]) -> None:
        """`needs`: the rarest first."""
        for key in needs[0] if needs else ():
            self._by_key[key].append((look, needs[1:]))
        if needs:
            return
        for prefix in look.term.prefixes:
            self._by_prefix[len(prefix)][prefix].append(look)
        if not look.term.prefixes:
            self._anywhere.append(look)

    def met_by(self, keys: Keys) -> set[_Look]:
        """The looks of which `keys`, all the keys of a text, have every word."""
        met = set(self._anywhere)
        for key in self._by_key.keys() & keys:
            for look, others in self._by_key[key]:
                if not any(map(keys.isdisjoint, others)):
                    met.add(look)
        for length, looks in self._by_prefix.items():
            for prefix in looks.keys() & {key[:length] for key in keys}:
                met.update(looks[prefix])
        return met


def _needs(term: Term) -> list[Keys]:
    """Of each of these a text that holds the term has a key.

    Nothing is said of `prefix*`, nor of what is no word: `text.keys` has no punctuation.
    """
    needs = (part | word.whole for word in term.words if not word.prefix for part in word.parts)
    return [need for need in needs if any(map(str.isalnum, "".join(need)))]


def _everything(rule_set: RuleSet) -> AllOf:
    scored = (entry.condition for entry in rule_set.score)
    return AllOf((*(rule_set.include or ()), *rule_set.exclude, *rule_set.where, *scored))


def _terms(condition: Condition) -> Iterator[TermTest]:
    match condition:
        case TermTest():
            yield condition
        case AllOf() | AnyOf() | NoneOf():
            for child in condition.children:
                yield from _terms(child)


def _all_needed(rule_set: RuleSet) -> AllOf:
    if rule_set.include is None:
        return AllOf(rule_set.where)
    return AllOf((AnyOf(rule_set.include), *rule_set.where))


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
