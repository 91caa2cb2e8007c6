"""What people look at beside the feeds: topics, what each includes and excludes, single records."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from feedproxy.clock import Clock
from feedproxy.entries import page_count
from feedproxy.errors import NoSuchPage, UnknownRecord
from feedproxy.explain.near import near_miss
from feedproxy.library.choosing import Chosen
from feedproxy.models import Record
from feedproxy.pasted import ids_in
from feedproxy.rules import Decision
from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.decisions import in_order
from feedproxy.rules.subjects import Subject
from feedproxy.search import search
from feedproxy.text import fold, readable
from feedproxy.view import View

T = TypeVar("T")

DAY, WEEK = timedelta(days=1), timedelta(days=7)
NEAR_MISSES = 50
DAYS = 28
"""How many days the chart of a topic shows."""
NEWEST = 5
"""How many records are shown of a source."""


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """One page of a list; pages count from 1, and an empty list has one."""

    items: tuple[T, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Topic:
    rule_set: RuleSet
    count: int
    this_week: int
    newest: Decision | None
    days: tuple[int, ...]
    """How many records came to satisfy it on each of the last DAYS days, UTC, today last."""


@dataclass(frozen=True, slots=True)
class Look:
    """One page of one view of a topic, and how many records each of its views has."""

    rule_set: RuleSet
    window: Window[Decision]
    counts: dict[str, int]
    elsewhere: dict[str, int]
    """How many records a search that finds nothing here finds in the other views."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Every record of the topic's sources, with its decision; the newest first."""

    included: tuple[Decision, ...]
    """In the feed's order."""
    near: tuple[Decision, ...]
    excluded: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class _Dated:
    newest: Decision | None
    moments: list[datetime]
    """When each chosen record came to satisfy the topic, rising."""


class Catalogue:
    def __init__(self, view: View, clock: Clock) -> None:
        self._view = view
        self._clock = clock
        self._dated: WeakKeyDictionary[Chosen, _Dated] = WeakKeyDictionary()

    def topics(self, page: int, size: int) -> Window[Topic]:
        """Raises NoSuchPage."""
        rule_sets, now = self._view.current_rules().topics.values(), self._clock.now()
        shown = window(tuple(rule_sets), page, size)
        topics = tuple(self._topic(rule_set, now) for rule_set in shown.items)
        return Window(topics, shown.page, shown.pages, shown.total)

    def _topic(self, rule_set: RuleSet, now: datetime) -> Topic:
        chosen = self._view.library.chosen(rule_set, now)
        dated = self._dated.get(chosen)
        if dated is None:
            decisions = chosen.decisions
            newest = max(decisions, key=_since, default=None)
            dated = self._dated[chosen] = _Dated(newest, sorted(map(_since, decisions)))
        moments = dated.moments
        week = len(moments) - bisect_right(moments, now - WEEK)
        return Topic(rule_set, len(moments), week, dated.newest, per_day(moments, now))

    def look(self, topic: str, view: str, query: str, page: int, size: int) -> Look:
        """`view` is included (in the feed's order), near or excluded (the newest first).

        Raises UnknownTopic and NoSuchPage.
        """
        rule_set, library, now = self._view.rule_set(topic), self._view.library, self._clock.now()
        chosen = library.chosen(rule_set, now)
        left_out = library.left_out(rule_set, now)
        ids = {
            "included": [each.record.id for each in chosen.subjects],
            "near": left_out.near,
            "excluded": left_out.ids,
        }
        found = self._found(query, ids[view]) if query else ids[view]
        elsewhere = self._elsewhere(query, ids, view) if query and not found else {}
        shown = window(found, page, size)
        verdicts = tuple(
            library.decide(rule_set, each, now) for each in library.having(shown.items)
        )
        counts = {name: len(each) for name, each in ids.items()}
        decided = Window(verdicts, shown.page, shown.pages, shown.total)
        return Look(rule_set, decided, counts, elsewhere)

    def _found(self, query: str, ids: Iterable[str]) -> list[str]:
        subjects = self._view.library.having(ids)
        return [each.record.id for each in search(query, subjects)]

    def _elsewhere(self, query: str, ids: Mapping[str, Sequence[str]], view: str) -> dict[str, int]:
        """How many `query` finds in each other view, if any; near misses are among the excluded."""
        others = {"included", "excluded"} - {view}
        found = set(self._found(query, chain.from_iterable(ids[name] for name in others)))
        counts = {name: len(found.intersection(each)) for name, each in ids.items()}
        return {name: count for name, count in counts.items() if count}

    def preview(self, topic: str) -> Preview:
        """Raises UnknownTopic."""
        rule_set = self._view.rule_set(topic)
        decisions = [
            decision
            for decision in self._view.library.decisions(rule_set, self._clock.now())
            if decision.shown
        ]
        decisions.sort(key=lambda decision: (_since(decision), decision.record.id), reverse=True)
        out = [decision for decision in decisions if not decision.included]
        return Preview(
            tuple(in_order((each for each in decisions if each.included), rule_set.sort)),
            tuple(islice(filter(near_miss, out), NEAR_MISSES)),
            tuple(out),
        )

    def decision(self, topic: str, named: str) -> Decision:
        """On one record, in any form that names it. Raises UnknownTopic and UnknownRecord."""
        rule_set, library = self._view.rule_set(topic), self._view.library
        record = library.find(named, *ids_in(named)) or self._titled(named)
        if record is None:
            among = f"none of its {len(library):,} records has this id" if len(library) else "empty"
            raise UnknownRecord(
                f"no record {named!r} in the archive ({among})",
                "give an arXiv id, a DOI, a link or the whole title, "
                f"or an id as feedproxy preview {topic} --json shows it",
            )
        return library.decide(rule_set, Subject(record), self._clock.now())

    def _titled(self, title: str) -> Record | None:
        """The record with that title, as shown or as a site writes it: what is shown may look like
        markup. Raises UnknownRecord if there are several.
        """
        known: defaultdict[str, list[Record]] = defaultdict(list)
        shown, wanted = fold(title), fold(readable(title))
        for each in self._view.library.subjects():
            if (folded := fold(each.record.title)) in (shown, wanted):
                known[folded].append(each.record)
        found = known[shown] or known[wanted]
        if len(found) > 1:
            ids = ", ".join(record.short_id for record in found[:NEWEST])
            told = f"{len(found)} records have the title {title!r}"
            raise UnknownRecord(told, f"give an id, {ids}")
        return next(iter(found), None)

    def newest(self) -> dict[str, tuple[Record, ...]]:
        """What each source listed last, the newest first."""
        listed: defaultdict[str, list[tuple[datetime, str, Record]]] = defaultdict(list)
        for each in self._view.library.subjects():
            record = each.record
            for seen in record.appearances:
                listed[seen.source].append((seen.listed, record.id, record))
        return {
            name: tuple(record for _, _, record in heapq.nlargest(NEWEST, rows))
            for name, rows in listed.items()
        }


def window(items: Sequence[T], page: int, size: int) -> Window[T]:
    """Raises NoSuchPage beyond the last."""
    pages = page_count(len(items), size)
    if page > pages:
        raise NoSuchPage(f"there is no page {page}: the last is {pages}")
    return Window(tuple(items[(page - 1) * size : page * size]), page, pages, len(items))


def per_day(moments: Sequence[datetime], now: datetime) -> tuple[int, ...]:
    """How many of the rising `moments` lie in each of the last DAYS days, UTC, today last."""
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    bounds = [bisect_left(moments, tomorrow - DAY * back) for back in range(DAYS, -1, -1)]
    return tuple(end - start for start, end in pairwise(bounds))


def _since(decision: Decision) -> datetime:
    return decision.since or decision.listed
