"""What people look at beside the feeds: topics and previews, decisions on single records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from feedproxy.clock import Clock
from feedproxy.conditions import RuleSet
from feedproxy.errors import UnknownRecord
from feedproxy.near import near_miss
from feedproxy.rules import Decision, decide
from feedproxy.view import View

WEEK = timedelta(days=7)
NEAR_MISSES = 50


@dataclass(frozen=True, slots=True)
class Topic:
    rule_set: RuleSet
    count: int
    this_week: int
    newest: Decision | None


@dataclass(frozen=True, slots=True)
class Preview:
    """Every record of the topic's sources, the newest first, with its decision."""

    rule_set: RuleSet
    included: tuple[Decision, ...]
    near: tuple[Decision, ...]
    excluded: tuple[Decision, ...]


class Catalogue:
    def __init__(self, view: View, clock: Clock) -> None:
        self._view = view
        self._clock = clock

    def topics(self) -> list[Topic]:
        now, found = self._clock.now(), []
        for rule_set in self._view.current_rules().topics.values():
            decisions = self._view.library.chosen(rule_set, now).decisions
            week = sum(_since(decision) > now - WEEK for decision in decisions)
            newest = max(decisions, key=_since, default=None)
            found.append(Topic(rule_set, len(decisions), week, newest))
        return found

    def preview(self, topic: str) -> Preview:
        """Raises UnknownTopic."""
        rule_set = self._view.rule_set(topic)
        decisions = [
            decision
            for decision in self._view.library.judge(rule_set, self._clock.now())
            if decision.shown
        ]
        decisions.sort(key=lambda decision: (_since(decision), decision.record.id), reverse=True)
        out = [decision for decision in decisions if not decision.included]
        return Preview(
            rule_set,
            tuple(decision for decision in decisions if decision.included),
            tuple(islice(filter(near_miss, out), NEAR_MISSES)),
            tuple(out),
        )

    def decision(self, topic: str, named: str) -> Decision:
        """On one record, in any form that names it. Raises UnknownTopic and UnknownRecord."""
        rule_set, library = self._view.rule_set(topic), self._view.library
        record = library.find(named)
        if record is None:
            known = f"none of its {len(library):,} records has this id" if len(library) else "empty"
            raise UnknownRecord(
                f"no record {named!r} in the archive ({known}): give an arXiv id or link, "
                f"or an id as feedproxy preview {topic} --json shows it"
            )
        return decide(rule_set, record, self._clock.now())


def _since(decision: Decision) -> datetime:
    return decision.since or decision.listed
