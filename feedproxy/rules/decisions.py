"""What was decided on a record, and the order of a topic's records. Nothing judges here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from feedproxy.models import Record
from feedproxy.rules import history
from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.subjects import Subject
from feedproxy.text import fold


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Verdict:
    """What was decided, without on which record and when: many topics and records share one."""

    included: bool
    asked_for: bool
    """Whether `include` holds, or there is none, whatever the other gates say."""
    shown: bool
    """Whether any of the topic's own sources shows it; if none does, nothing else counts."""
    listed: datetime
    """When the first of the topic's sources showed it."""
    since: datetime | None
    """When it came to satisfy the topic for the first time; None: it never did."""
    valid_until: datetime | None
    """When a condition next begins or ends to hold; None: not by time alone."""
    score: float


class DatedVerdict(NamedTuple):
    """A verdict, and the moment that it was made for."""

    verdict: Verdict
    at: datetime

    def holds_at(self, moment: datetime) -> bool:
        until = self.verdict.valid_until
        return self.at <= moment and (until is None or moment < until)


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict of `rule_set` on a record; `rules.examine` says what it rests on."""

    rule_set: RuleSet
    subject: Subject
    verdict: Verdict
    at: datetime = field(compare=False)

    @property
    def topic(self) -> str:
        return self.rule_set.topic

    @property
    def record(self) -> Record:
        return self.subject.record

    @property
    def included(self) -> bool:
        return self.verdict.included

    @property
    def asked_for(self) -> bool:
        return self.verdict.asked_for

    @property
    def shown(self) -> bool:
        return self.verdict.shown

    @property
    def listed(self) -> datetime:
        return self.verdict.listed

    @property
    def since(self) -> datetime | None:
        return self.verdict.since

    @property
    def valid_until(self) -> datetime | None:
        return self.verdict.valid_until

    @property
    def score(self) -> float:
        return self.verdict.score


def _upvotes(decision: Decision) -> int:
    sources = decision.rule_set.sources
    votes = history.highest(decision.record, sources, "upvotes", decision.at)
    return -1 if votes is None else votes


_SORT: dict[str, Callable[[Decision], Any]] = {
    "newest": lambda decision: decision.since or decision.listed,
    "upvotes": _upvotes,
    "score": lambda decision: decision.score,
    "published": lambda decision: decision.record.published,
    "title": lambda decision: fold(decision.record.title),
}


def in_order(decisions: Iterable[Decision], sort: str) -> list[Decision]:
    """As one of `conditions.SORTS`; ties by date, the newest first, then by id."""
    by_id = sorted(decisions, key=lambda decision: decision.record.id)
    by_date = sorted(by_id, key=lambda decision: decision.record.published, reverse=True)
    return sorted(by_date, key=_SORT[sort], reverse=sort != "title")
