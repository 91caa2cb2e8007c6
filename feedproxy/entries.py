"""Decisions to a feed: which page of them, in which order, dated how. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from feedproxy.explain import reasons
from feedproxy.models import Entry, Feed, Record, Source
from feedproxy.rules import Decision
from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.history import highest

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TAG = "tag:feedproxy.invalid,2026:"
"""What ids of our own begin with, for ever."""


def compose(
    rule_set: RuleSet,
    chosen: Sequence[Decision],
    sources: Mapping[str, Source],
    home: str,
    base: str,
    page: int = 1,
    make_entry: Callable[[Decision], Entry] | None = None,
) -> Feed:
    """The `page`th window of the chosen records, which come in the feed's order.

    `make_entry` stands in for `entry`: one that remembers those it has made.
    """
    start = (page - 1) * rule_set.limit
    entries = tuple(map(make_entry or entry, chosen[start : start + rule_set.limit]))
    return Feed(
        topic=rule_set.topic,
        title=rule_set.title,
        description=rule_set.description,
        id=f"{TAG}{rule_set.topic}",
        updated=max((entry.updated for entry in entries), default=EPOCH),
        home=home,
        base=base,
        ttl=min(sources[name].refresh for name in rule_set.sources),
        entries=entries,
        page=page,
        pages=pages(rule_set, chosen),
    )


def pages(rule_set: RuleSet, chosen: Sequence[object]) -> int:
    """How many windows of `limit` entries there are; an empty feed has one."""
    return max(1, -(-len(chosen) // rule_set.limit))


def entry(decision: Decision) -> Entry:
    rule_set, record = decision.rule_set, decision.record
    since = decision.since or record.published
    return Entry(
        id=entry_id(rule_set, record),
        record=record,
        since=since,
        updated=max(since, record.updated or since),
        reasons=reasons(decision),
        votes=highest(record, rule_set.sources, "upvotes", since),
    )


def entry_id(rule_set: RuleSet, record: Record) -> str:
    if rule_set.ids == "per-topic":
        return f"{TAG}{rule_set.topic}/{record.id}"
    return record.id
