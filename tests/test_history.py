"""What several sources show of one record: whatever comes later, no date moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feedproxy.models import Appearance, Reading
from feedproxy.rules.history import listed, values
from tests.compact import record

NOON, DAY = datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(days=1)
PAPER = record({"published": "2026-11-20"})
SHOWN = Appearance("hf", NOON, NOON + timedelta(hours=3))
VOTES = Reading("hf", "upvotes", 60, SHOWN.first_seen)
BOTH = ("arxiv", "hf")


def test_a_source_that_shows_it_later_but_dates_it_earlier_moves_nothing() -> None:
    later = Appearance("arxiv", NOON - 3 * DAY, NOON + DAY)
    alone = replace(PAPER, appearances=(SHOWN,), readings=(VOTES,))
    both = replace(alone, appearances=(later, SHOWN))
    assert listed(both, BOTH) == listed(alone, BOTH) == NOON
    assert values(both, BOTH, "upvotes") == values(alone, BOTH, "upvotes") == ((NOON, 60),)
    assert listed(both, ("arxiv",)) == NOON - 3 * DAY


def test_votes_count_from_the_day_that_their_own_source_listed_it() -> None:
    before = Appearance("arxiv", NOON - 3 * DAY, NOON - 3 * DAY)
    both = replace(PAPER, appearances=(before, SHOWN), readings=(VOTES,))
    assert listed(both, BOTH) == NOON - 3 * DAY
    assert values(both, BOTH, "upvotes") == ((NOON, 60),)


def test_votes_of_a_source_that_dates_it_earlier_count_from_when_it_was_listed() -> None:
    first = Appearance("arxiv", NOON + DAY, NOON + timedelta(hours=1))
    both = replace(PAPER, appearances=(first, SHOWN), readings=(VOTES,))
    assert values(both, BOTH, "upvotes") == ((NOON + DAY, 60),)


def test_of_two_that_show_it_at_the_same_moment_the_earlier_date_counts() -> None:
    other = Appearance("arxiv", NOON - DAY, SHOWN.first_seen)
    assert listed(replace(PAPER, appearances=(other, SHOWN)), BOTH) == NOON - DAY
