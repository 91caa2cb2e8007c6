"""The records of one moment, split into words and looked up by them, and what topics make of them.

Pure, but for a concordance that grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    """All that is held at one moment: read whole, replaced whole, never changed."""

    subjects: Mapping[str, Subject]
    changed: Mapping[str, int]
    """At which `serial` each was added last."""
    serial: int
    latest: datetime
    """The last moment at which anything was learnt of any record."""

    concordance: Concordance
    """Of these subjects, and of those that are added later."""

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

    def subjects_of(self, records: Iterable[Record]) -> dict[str, Subject]:
        """What is known of their texts is not split again."""
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
        return (self.subjects[name] for name in ids if name in self.subjects)

    def decide(self, rule_set: RuleSet, each: Subject, now: datetime) -> Decision:
        """A clock that was set back to before what is known of a record takes nothing away."""
        return decide(rule_set, each, now if now >= self.latest else max(now, _last_learnt(each)))

    def sieve(self, rule_set: RuleSet, now: datetime) -> Sieve:
        return Sieve(rule_set, partial(self.decide, now=now))

    def included(self, rule_set: RuleSet, now: datetime) -> Iterator[Decision]:
        """Those on all records that it may include, at whatever moment."""
        likely = self.having(self.concordance.candidates(rule_set))
        return filter(None, map(self.sieve(rule_set, now).included, likely))

    def decided(
        self,
        rule_set: RuleSet,
        ids: Iterable[str],
        known: Mapping[str, DatedVerdict | None],
        now: datetime,
    ) -> Iterator[Decision]:
        """Those on the records of these ids, as they are known or made anew."""
        for each in self.having(ids):
            told = known.get(each.record.id)
            if told and told.holds_at(now):
                yield Decision(rule_set, each, *told)
            else:
                yield self.decide(rule_set, each, now)

    def nearly(
        self, rule_set: RuleSet, ids: Iterable[str], now: datetime
    ) -> Iterator[tuple[Record, Decision | None]]:
        """Of these records, see `Sieve.nearly`."""
        candidates, sieve = self.concordance.candidates(rule_set), self.sieve(rule_set, now)
        likely = self.subjects.keys() if candidates is None else set(candidates)
        for each in self.having(ids):
            yield each.record, sieve.nearly(each) if each.record.id in likely else None


def _last_learnt(subject: Subject) -> datetime:
    """The last moment at which anything was learnt of it."""
    record = subject.record
    seen = [reading.seen for reading in record.readings]
    return max([record.published, *seen, *(shown.first_seen for shown in record.appearances)])
