"""The records of one moment, an index of their words, and how topics decide on them.

Pure, except that the index grows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

from feedproxy.index.concordance import Concordance
from feedproxy.index.sieve import Sieve
from feedproxy.models import Record
from feedproxy.rules import decide
from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.decisions import DatedVerdict, Decision
from feedproxy.rules.subjects import Subject


class Held(NamedTuple):
    """All that is held at one moment. Never changed, only replaced, so readers need no lock."""

    subjects: Mapping[str, Subject]
    changed: Mapping[str, int]
    """The `serial` at which each was added last, by id."""
    serial: int
    latest: datetime
    """When anything was last learnt about any record, be it gone since."""

    concordance: Concordance
    """Of these subjects; those that are added later join it."""

    def joined_by(self, added: Mapping[str, Subject]) -> Held:
        serial = self.serial + 1
        self.concordance.add(added.values())
        return Held(
            {**self.subjects, **added},
            {**self.changed, **dict.fromkeys(added, serial)},
            serial,
            max([self.latest, *map(_last_learnt, added.values())]),
            self.concordance,
        )

    def without(self, gone: Collection[str]) -> Held:
        """Its index still has those that are `gone`: to take them out is the caller's."""
        return self._replace(
            subjects={id_: each for id_, each in self.subjects.items() if id_ not in gone},
            changed={id_: serial for id_, serial in self.changed.items() if id_ not in gone},
        )

    def subjects_of(self, records: Iterable[Record]) -> dict[str, Subject]:
        """By id. Texts that are known already are not split again."""
        return {record.id: self._subject_of(record) for record in records}

    def _subject_of(self, record: Record) -> Subject:
        known = self.subjects.get(record.id)
        if known is None:
            return Subject(record)
        return known if known.record == record else known.followed_by(record)

    def having(self, ids: Iterable[str] | None) -> Iterator[Subject]:
        """Those of `ids` that are here; None: all."""
        if ids is None:
            return iter(self.subjects.values())
        return (self.subjects[id_] for id_ in ids if id_ in self.subjects)

    def decide(self, rule_set: RuleSet, each: Subject, now: datetime) -> Decision:
        """At `now`, or when the record was last learnt about if the clock was set back since."""
        return decide(rule_set, each, now if now >= self.latest else max(now, _last_learnt(each)))

    def sieve(self, rule_set: RuleSet, now: datetime) -> Sieve:
        return Sieve(rule_set, partial(self.decide, now=now))

    def included(self, rule_set: RuleSet, now: datetime) -> Iterator[Decision]:
        """The decisions on all records that it may include, now or later."""
        likely = self.having(self.concordance.candidates(rule_set))
        return filter(None, map(self.sieve(rule_set, now).included, likely))

    def decided(
        self,
        rule_set: RuleSet,
        ids: Iterable[str],
        known: Mapping[str, DatedVerdict | None],
        now: datetime,
    ) -> Iterator[Decision]:
        """The decisions on the records of these ids: as `known`, where that still holds."""
        for each in self.having(ids):
            verdict = known.get(each.record.id)
            if verdict and verdict.holds_at(now):
                yield Decision(rule_set, each, *verdict)
            else:
                yield self.decide(rule_set, each, now)

    def nearly(
        self, rule_set: RuleSet, ids: Iterable[str], now: datetime
    ) -> Iterator[tuple[Record, Decision | None]]:
        """These records with what `Sieve.nearly` says of each."""
        candidates, sieve = self.concordance.candidates(rule_set), self.sieve(rule_set, now)
        likely = self.subjects.keys() if candidates is None else set(candidates)
        for each in self.having(ids):
            yield each.record, sieve.nearly(each) if each.record.id in likely else None


def _last_learnt(subject: Subject) -> datetime:
    """When anything was last learnt about it."""
    record = subject.record
    seen = [reading.seen for reading in record.readings]
    return max([record.published, *seen, *(shown.first_seen for shown in record.appearances)])
