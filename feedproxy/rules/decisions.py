"""What was decided about a record, and the order of a topic's records. Nothing is judged here."""

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
    """What was decided, but not about which record and when, so that topics may share one."""

    included: bool
    asked_for: bool
    """Whether `include` holds, or there is none, whatever the other gates say."""
    shown: bool
    """Whether any of the topic's own sources shows the record; if none does, it is left out."""
    listed: datetime
    """When the first of the topic's sources showed it."""
    since: datetime | None
    """When the record first satisfied the topic; None if it never did."""
    valid_until: datetime | None
    """When time alone next makes a condition begin or cease to hold; None if it never does."""
    score: float


class DatedVerdict(NamedTuple):
    """A verdict and the moment for which it was made."""

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
    votes = history.latest(decision.record, sources, "upvotes", decision.at)
    return -1 if votes is None else votes


_SORT: dict[str, Callable[[Decision], Any]] = {
    "newest": lambda decision: decision.since,
    "upvotes": _upvotes,
    "score": lambda decision: decision.score,
    "published": lambda decision: decision.record.published,
    "title": lambda decision: fold(decision.record.title),
}


def in_order(decisions: Iterable[Decision], sort: str) -> list[Decision]:
    """The included ones by one of `conditions.SORTS`; ties by date, newest first, then by id."""
    by_id = sorted(decisions, key=lambda decision: decision.record.id)
    by_date = sorted(by_id, key=lambda decision: decision.record.published, reverse=True)
    return sorted(by_date, key=_SORT[sort], reverse=sort != "title")
