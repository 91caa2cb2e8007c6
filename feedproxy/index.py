"""Which of many topics may take a record: an inverted index of the rules ("percolation").

The verdict stays with `rules.decide`. `candidates` spares most topics the trouble: it is a
superset of those that include the record, or of which it is a near miss. The words of a
record lead to the terms that need them, by the word that fewest terms need; a term that
is really found leads to its topics, however many share it. The way back, from a topic to
the records, is `concordance`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product

from feedproxy.conditions import AllOf, AnyOf, Condition, RuleSet, TermTest
from feedproxy.subjects import Subject
from feedproxy.terms import Term
from feedproxy.words import Word

Keys = frozenset[str]

_GROUPS = {"title": "text", "abstract": "text"}


def group_of(name: str) -> str:
    """Fields whose words are looked up together; a term's own is checked when it is found."""
    return _GROUPS.get(name, name)


def all_needed(rule_set: RuleSet) -> AllOf:
    """What holds of every record that is included but for a number: near misses among them."""
    if rule_set.include is None:
        return AllOf(rule_set.where)
    return AllOf((AnyOf(rule_set.include), *rule_set.where))


class Index:
    """Each topic is put in again when it is edited. Not for several threads at once."""

    def __init__(self, rule_sets: Iterable[RuleSet] = ()) -> None:
        self._looks: dict[tuple[str, str], _Look] = {}
        self._looks_of: dict[str, tuple[_Look, ...]] = {}
        self._always: set[str] = set()
        self._groups: defaultdict[str, _Words] = defaultdict(_Words)
        for rule_set in rule_sets:
            self.put(rule_set)

    def put(self, rule_set: RuleSet) -> None:
        """In place of what the topic was before."""
        self.drop(rule_set.topic)
        triggers = _triggers(all_needed(rule_set))
        if triggers is None:
            self._always.add(rule_set.topic)
        looks = tuple({test: self._look(test) for test in triggers or ()}.values())
        for look in looks:
            look.topics.add(rule_set.topic)
        self._looks_of[rule_set.topic] = looks

    def drop(self, topic: str) -> None:
        """It may be unknown."""
        self._always.discard(topic)
        for look in self._looks_of.pop(topic, ()):
            look.topics.discard(topic)
            if not look.topics:
                self._looks.pop((look.name, look.term.written), None)
                for place in look.places:
                    place.discard(look)
                look.places.clear()

    def candidates(self, subject: Subject) -> frozenset[str]:
        """The topics that may include the record, those that no word can tell among them."""
        found = []
        for group, words in self._groups.items():
            sure, likely = words.met_by(_handles(subject, group), subject.keys(group))
            found += [look.topics for look in sure]
            found += [look.topics for look in likely if subject.has(look.name, look.term)]
        return frozenset(self._always.union(*found))

    def _look(self, test: TermTest) -> _Look:
        known = self._looks.get((test.field, test.term.written))
        if known is None:
            known = self._looks[test.field, test.term.written] = _Look(test.field, test.term)
            self._groups[group_of(test.field)].add(known)
        return known


@dataclass(slots=True, eq=False)
class _Look:
    """A term to be looked for in a field, and the topics that a find may lead to."""

    name: str
    """Of the field."""
    term: Term
    topics: set[str] = field(default_factory=set)
    needs: Sequence[Keys] = ()
    """Of each a text has a key where it is found."""
    places: list[set[_Look]] = field(default_factory=list)
    """Where it is filed."""


class _Words:
    """Which looks a text's words lead to."""

    def __init__(self) -> None:
        self._sure: _Shelves = defaultdict(set)
        self._likely: _Shelves = defaultdict(set)
        self._by_key: _Shelves = defaultdict(set)
        self._by_prefix: defaultdict[int, _Shelves] = defaultdict(lambda: defaultdict(set))
        self._anywhere: set[_Look] = set()

    def add(self, look: _Look) -> None:
        """By what it may be told from: neighbours, its rarest word, its beginning, or nothing."""
        needs = sorted(look.term.needs, key=self._crowd)
        if look.term.words and not look.term.is_open:
            look.places = list(self._by_handle(look))
            look.needs = needs if len(needs) > 1 else ()
        elif needs:
            look.needs = needs[1:]
            look.places = [self._by_key[key] for key in needs[0]]
        elif prefixes := look.term.prefixes:
            look.places = [self._by_prefix[len(each)][each] for each in prefixes]
        else:
            look.places = [self._anywhere]
        for place in look.places:
            place.add(look)

    def _by_handle(self, look: _Look) -> Iterator[set[_Look]]:
        """Where the handle is all of the term, it is found for sure."""
        words, likely = look.term.words, self._likely
        sure = self._sure if look.term.phrases and group_of(look.name) == look.name else likely
        ways = [_neighbours(one, other) for one, other in pairwise(words)] or [_alone(words[0])]
        rarest = min(ways, key=self._throng)
        longest = sum(len(word.parts) for word in words)
        for handle in rarest:
            yield (sure if longest <= PAIR else likely)[handle]
        for key in {key for word in words for key in word.whole}:
            yield (sure if len(words) == 1 else likely)[f"-{key}"]

    def _throng(self, handles: Collection[str]) -> tuple[int, int]:
        crowd = sum(len(self._likely.get(handle, ())) for handle in handles)
        return crowd, -min(map(len, handles))

    def _crowd(self, need: Keys) -> int:
        return sum(len(self._by_key[key]) for key in need if key in self._by_key)

    def met_by(self, handles: set[str], keys: Keys) -> tuple[set[_Look], set[_Look]]:
        """The looks that a text with these is sure to hold, and those that are to be tried."""
        sure = set().union(*(self._sure[each] for each in handles & self._sure.keys()))
        met = self._anywhere.union(
            *(self._likely[each] for each in handles & self._likely.keys()),
            *(self._by_key[key] for key in keys & self._by_key.keys()),
        )
        likely = {look for look in met - sure if not any(map(keys.isdisjoint, look.needs))}
        for length, looks in self._by_prefix.items():
            for prefix in looks.keys() & {key[:length] for key in keys}:
                likely.update(looks[prefix])
        return sure, likely - sure


_Shelves = defaultdict[str, set[_Look]]
PAIR = 2


def _alone(word: Word) -> set[str]:
    """Handles of which a text has one where it has the word, unless that is a compound there."""
    pairs = {" ".join(pair) for pair in product(*word.parts[:PAIR])}
    return pairs | word.whole


def _neighbours(one: Word, other: Word) -> set[str]:
    """The same of two words of a term, one after the other."""
    ends, starts = one.whole | one.parts[-1], other.whole | other.parts[0]
    return {f"{end} {start}" for end in ends for start in starts}


def _handles(subject: Subject, group: str) -> set[str]:
    """The words, the pairs of neighbours and, as `-compound`, the compounds of a record."""
    handles: set[str] = set()
    for value in subject.values(group):
        words = value.text.words()
        handles.update(words, map(" ".join, pairwise(words)))
        handles.update(f"-{key}" for key in value.text.joined())
    return handles


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
