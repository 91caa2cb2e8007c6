from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedproxy.models import Source, SourceState
from feedproxy.states import due_at, left_alone_until, max_age, state_of, worst
from tests.clocks import NOON

SOURCE = Source("listing", "huggingface", refresh=timedelta(minutes=30))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def read(ago: timedelta, news: timedelta = timedelta(), failures: int = 0) -> SourceState:
    return SourceState(
        "listing",
        last_success=NOON - ago,
        next_attempt=NOON - ago + SOURCE.refresh,
        last_news=NOON - news,
        failures=failures,
        error="answered 500" if failures else "",
    )


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (read(10 * MINUTE, news=HOUR), "fresh"),
        (read(10 * MINUTE, news=25 * HOUR), "quiet"),
        (SourceState("listing", last_success=NOON), "quiet"),
        (read(40 * MINUTE, news=HOUR, failures=1), "fresh"),
        (read(2 * HOUR, news=2 * HOUR), "stale"),
        (read(2 * HOUR, news=2 * DAY, failures=3), "stale"),
        (read(25 * HOUR, news=2 * DAY, failures=30), "broken"),
        (read(25 * HOUR, news=2 * DAY), "stale"),
        (read(-3 * DAY, news=-3 * DAY, failures=40), "broken"),
        (read(-3 * DAY, news=-3 * DAY), "stale"),
        (read(-MINUTE, news=HOUR), "fresh"),
        (SourceState("listing"), "stale"),
        (SourceState("listing", failures=1, error="no route"), "broken"),
    ],
)
def test_the_state_in_one_word(state: SourceState, word: str) -> None:
    assert state_of(SOURCE, state, NOON) == word


@pytest.mark.parametrize(
    ("ago", "failures", "word"),
    [
        (3 * DAY, 1, "quiet"),
        (3 * DAY, 9, "quiet"),
        (3 * DAY, 10, "stale"),
        (7 * DAY + HOUR, 1, "quiet"),
        (7 * DAY + 12 * HOUR, 20, "stale"),
        (8 * DAY + HOUR, 1, "broken"),
        (8 * DAY + HOUR, 0, "quiet"),
        (15 * DAY, 0, "stale"),
    ],
)
def test_a_source_that_is_read_weekly_is_broken_when_it_is_a_day_late_and_fails(
    ago: timedelta, failures: int, word: str
) -> None:
    weekly = Source("listing", "huggingface", refresh=7 * DAY)
    assert state_of(weekly, read(ago, news=ago, failures=failures), NOON) == word


def test_a_topic_is_as_well_as_its_worst_source() -> None:
    assert worst(["fresh", "stale", "quiet"]) == "stale"
    assert worst([]) == "quiet"


def test_a_source_never_tried_is_due_now() -> None:
    assert due_at(SOURCE, SourceState("listing"), NOON) == NOON


def test_an_edited_refresh_counts_at_once() -> None:
    often = Source("listing", "huggingface", refresh=5 * MINUTE)
    assert due_at(SOURCE, read(10 * MINUTE), NOON) == NOON + 20 * MINUTE
    assert due_at(often, read(10 * MINUTE), NOON) == NOON - 5 * MINUTE


def test_a_site_that_asked_to_be_left_alone_is() -> None:
    tried, again = NOON - HOUR, NOON + 4 * HOUR
    waiting = SourceState(
        "listing", last_attempt=tried, next_attempt=again, failures=1, error="429"
    )
    assert due_at(SOURCE, waiting, NOON) == again


def test_what_a_clock_said_that_was_ahead_leaves_nobody_alone() -> None:
    asked = replace(read(10 * MINUTE), left_alone=NOON + 3 * HOUR)
    assert left_alone_until(asked, NOON) == due_at(SOURCE, asked, NOON) == NOON + 3 * HOUR
    assert left_alone_until(replace(asked, left_alone=NOON + 300 * DAY), NOON) is None
    assert left_alone_until(replace(asked, left_alone=NOON), NOON) is None


def test_a_clock_that_was_set_back_makes_a_source_due_once() -> None:
    assert due_at(SOURCE, read(-DAY), NOON) == NOON


@pytest.mark.parametrize(
    ("due", "seconds"), [(MINUTE, 300), (17 * MINUTE, 1020), (DAY, 3600), (-HOUR, 300)]
)
def test_max_age_is_the_time_to_the_next_news_within_bounds(due: timedelta, seconds: int) -> None:
    assert max_age([NOON + due, NOON + 2 * DAY], NOON) == seconds
