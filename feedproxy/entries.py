"""From decisions to a feed: which of them are on a page, and how they are dated. Pure."""

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
"""What our own ids begin with, for ever."""


def compose(
    rule_set: RuleSet,
    chosen: Sequence[Decision],
    sources: Mapping[str, Source],
    home: str,
    base: str,
    page: int = 1,
    make_entry: Callable[[Decision], Entry] | None = None,
) -> Feed:
    """The feed with the `page`th window of `chosen`, which is in the feed's order.

    `make_entry` stands in for `entry`, to remember the entries it has made.
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
        pages=page_count(len(chosen), rule_set.limit),
    )


def page_count(total: int, size: int) -> int:
    """How many pages of `size` hold `total` things; nothing at all is one empty page."""
    return max(1, -(-total // size))


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
