"""The archive's records in this process's memory, and which of them each topic chose. No I/O."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from feedproxy.conditions import RuleSet
from feedproxy.models import ARXIV_ABS, Record, arxiv_id
from feedproxy.rules import Decision, Subject, decide, in_order, subject

CLOCK_JUMP = timedelta(minutes=1)
"""A clock set back by more makes what was judged by it count no more."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The records of a topic's feed, in its order; the same object until one changes."""

    rule_set: RuleSet
    decisions: tuple[Decision, ...]


@dataclass(slots=True)
class _Topic:
    rule_set: RuleSet
    serial: int
    """Up to which change of the library it was judged."""
    judged: datetime
    valid_until: datetime | None
    """Until when what was `judged` then holds; None: for ever."""
    decisions: dict[str, Decision]
    chosen: Chosen
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Held(NamedTuple):
    """All that is held at one moment: read whole, replaced whole, never changed."""

    subjects: Mapping[str, Subject]
    changed: Mapping[str, int]
    """At which `serial` each was added last."""
    serial: int
    latest: datetime
    """The last moment at which anything was learnt of any record."""

    def joined_by(self, records: Iterable[Record]) -> _Held:
        serial, added = self.serial + 1, {record.id: subject(record) for record in records}
        return _Held(
            {**self.subjects, **added},
            {**self.changed, **dict.fromkeys(added, serial)},
            serial,
            max([self.latest, *map(_known, added.values())]),
        )

    def decide(self, rule_set: RuleSet, each: Subject, now: datetime) -> Decision:
        """A clock that was set back to before what is known of a record takes nothing away."""
        return decide(rule_set, each, now if now >= self.latest else max(now, _known(each)))


class Library:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = _Held({}, {}, 0, datetime.min.replace(tzinfo=UTC))
        self._topics: dict[str, _Topic] = {}

    def replace(self, records: Iterable[Record]) -> None:
        """These are all the records there are."""
        with self._lock:
            self._held = self._held._replace(subjects={}, changed={}).joined_by(records)
            self._topics = {}

    def update(self, records: Iterable[Record]) -> None:
        """These are new, or changed."""
        with self._lock:
            self._held = self._held.joined_by(records)

    def __len__(self) -> int:
        return len(self._held.subjects)

    def find(self, named: str) -> Record | None:
        """By id, by any form of its arXiv id, or by what stands in our own URLs."""
        subjects = self._held.subjects
        paper = arxiv_id(named, bare=True)
        for id_ in (named, ARXIV_ABS + (paper or named)):
            if found := subjects.get(id_):
                return found.record
        records = (each.record for each in subjects.values())
        return next((record for record in records if record.short_id == named), None)

    def subjects(self) -> tuple[Subject, ...]:
        return tuple(self._held.subjects.values())

    def judge(self, rule_set: RuleSet, now: datetime) -> Iterator[Decision]:
        """Every record's decision, chosen or not."""
        held = self._held
        return (held.decide(rule_set, each, now) for each in held.subjects.values())

    def chosen(self, rule_set: RuleSet, now: datetime) -> Chosen:
        """What the topic's feed holds at `now`; judges only what changed since the last call."""
        topic = self._topics.get(rule_set.topic)
        if topic is None or topic.rule_set != rule_set:
            topic = _Topic(rule_set, -1, now, None, {}, Chosen(rule_set, ()))
            self._topics[rule_set.topic] = topic
        with topic.lock:
            self._bring_up_to_date(topic, now)
            return topic.chosen

    def _bring_up_to_date(self, topic: _Topic, now: datetime) -> None:
        held = self._held
        expired = topic.valid_until is not None and now >= topic.valid_until
        expired |= now < topic.judged - CLOCK_JUMP
        if held.serial == topic.serial and not expired:
            return
        whole = topic.serial < 0 or expired
        again = [
            each
            for name, each in held.subjects.items()
            if whole or held.changed[name] > topic.serial
        ]
        decisions = {} if whole else dict(topic.decisions)
        limits = [] if whole or topic.valid_until is None else [topic.valid_until]
        for each in again:
            decision = held.decide(topic.rule_set, each, now)
            decisions.pop(each.record.id, None)
            if decision.included:
                decisions[each.record.id] = decision
            if decision.valid_until is not None:
                limits.append(decision.valid_until)
        ordered = tuple(in_order(decisions.values(), topic.rule_set.sort))
        if ordered != topic.chosen.decisions or topic.serial < 0:
            topic.chosen = Chosen(topic.rule_set, ordered)
        topic.decisions = decisions
        topic.serial, topic.valid_until = held.serial, min(limits, default=None)
        topic.judged = now


def _known(subject: Subject) -> datetime:
    """The last moment at which anything was learnt of it."""
    record = subject.record
    seen = [reading.seen for reading in record.readings]
    return max([record.published, *seen, *(shown.first_seen for shown in record.appearances)])
