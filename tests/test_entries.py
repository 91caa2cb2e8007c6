"""What a feed says of itself and its entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from feedproxy.entries import compose
from feedproxy.models import Source
from feedproxy.rules import decide
from tests.clocks import NOON
from tests.compact import record, topic

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_feed_is_to_be_asked_for_as_often_as_its_fastest_source_is_read() -> None:
    paces = {"fast": HOUR, "slow": DAY}
    sources = {name: Source(name, "feed", refresh=refresh) for name, refresh in paces.items()}
    feed = compose(topic({"from": ["fast", "slow"]}), [], sources, "h", "b")
    assert feed.ttl == HOUR


def test_an_entry_whose_paper_was_changed_after_it_entered_was_updated_then() -> None:
    rules, paper = topic({}), record({"published": "2026-11-18"})
    sources = {"hf": Source("hf", "feed", refresh=HOUR)}
    entered = paper.published
    for updated, shown in ((None, entered), (NOON, NOON), (entered - DAY, entered)):
        decision = decide(rules, replace(paper, updated=updated), NOON + DAY)
        feed = compose(rules, [decision], sources, "h", "b")
        assert feed.updated == feed.entries[0].updated == shown


def test_an_entry_tells_the_votes_it_had_when_it_entered() -> None:
    """Were it those of now, every vote would change the bytes of the feed."""
    votes = {"2026-11-18": "3", "2026-11-19": "10", "2026-11-20": "40"}
    paper = record({"listed": {"hf": "2026-11-18"}, "readings": {"hf": {"upvotes": votes}}})
    asked = topic({"where": {"upvotes": {"min": "10"}}})
    sources = {"hf": Source("hf", "feed", refresh=HOUR)}
    feed = compose(asked, [decide(asked, paper, NOON + DAY)], sources, "h", "b")
    assert [entry.votes for entry in feed.entries] == [10]


def test_a_feed_was_updated_when_the_last_of_its_entries_was() -> None:
    rules, days = topic({}), ("2026-11-17", "2026-11-19", "2026-11-18")
    papers = [record({"id": day, "published": day}) for day in days]
    sources = {"hf": Source("hf", "feed", refresh=HOUR)}
    decisions = [decide(rules, paper, NOON + DAY) for paper in papers]
    assert compose(rules, decisions, sources, "h", "b").updated == papers[1].published
