"""What a digest holds and when it is due, as pure data; the whole program is in test_mailing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedproxy.digest import (
    AT_MOST,
    NEAR_AT_MOST,
    NEW_AT_MOST,
    Marks,
    Section,
    Span,
    bounded,
    last_due,
    may_begin,
    section,
    span,
    span_of,
)
from feedproxy.models import Appearance
from feedproxy.rules import decide
from feedproxy.rules.subjects import Subject
from tests.compact import record, topic

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MINUTE = timedelta(minutes=1)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """In November 2026, which began with a Sunday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("often", "now", "due"),
    [
        ("daily", at(20, 6), at(20, 6)),
        ("daily", at(20, 5, 59), at(19, 6)),
        ("daily", at(21), at(20, 6)),
        ("weekly", at(16, 6), at(16, 6)),
        ("weekly", at(16, 5, 59), at(9, 6)),
        ("weekly", at(22, 23), at(16, 6)),
    ],
)
def test_daily_is_due_at_six_and_weekly_on_mondays(
    often: str, now: datetime, due: datetime
) -> None:
    assert last_due(often, now) == due


DUE = at(20, 6)


@pytest.mark.parametrize(
    ("marks", "now", "may"),
    [
        (Marks(), DUE, True),
        (Marks(begun=DUE - DAY), DUE, True),
        (Marks(begun=DUE), DUE, False),
        (Marks(begun=DUE), DUE + 23 * HOUR, False),
        (Marks(begun=DUE + 300 * DAY), DUE, True),
        (Marks(failed=DUE - HOUR), DUE, True),
        (Marks(failed=DUE), DUE + MINUTE / 2, False),
        (Marks(failed=DUE), DUE + MINUTE, True),
        (Marks(failed=DUE + 10 * MINUTE), DUE + 19 * MINUTE, False),
        (Marks(failed=DUE + 10 * MINUTE), DUE + 20 * MINUTE, True),
        (Marks(failed=DUE + 5 * HOUR), DUE + 6 * HOUR, True),
        (Marks(failed=DUE + 300 * DAY), DUE, True),
    ],
)
def test_it_is_begun_once_and_again_where_it_failed(marks: Marks, now: datetime, may: bool) -> None:
    """A clock that ran ahead and was set back silences nothing."""
    assert may_begin(marks, DUE, now) == may


def test_a_span_is_a_whole_day_or_week_at_first_and_then_joins_the_last() -> None:
    now = at(20, 12)
    assert span("daily", None, now) == Span(now - DAY, now)
    assert span("weekly", None, now) == Span(now - WEEK, now)
    told, by_another_host = at(17, 6), now + MINUTE
    assert span("daily", told, now) == Span(told, now, WEEK)
    assert span("daily", by_another_host, now) == Span(by_another_host, by_another_host, WEEK)
    assert span("daily", now + DAY, now) == Span(now - DAY, now)
    noted = frozenset({"x"})
    assert span("daily", now + DAY, now, noted) == Span(now - DAY, now, held=noted)


def test_until_one_went_out_it_goes_on_from_where_the_first_was_to_begin() -> None:
    now = at(20, 12)
    assert span_of("daily", Marks(first=at(17)), now) == Span(at(17), now)
    assert span_of("daily", Marks(first=at(20)), now) == Span(now - DAY, now)
    assert span_of("daily", Marks(told=at(19), first=at(17)), now) == Span(at(19), now, WEEK)


def test_a_number_that_became_known_late_makes_the_entry_new_then() -> None:
    """A first reading counts from the listed day on, which may have been told before."""
    rules = topic({"include": ["a"], "where": {"upvotes": {"min": "10"}}})
    paper = record(
        {
            "title": "A",
            "listed": {"hf": "2026-11-17"},
            "readings": {"hf": {"upvotes": {"2026-11-19": "12"}}},
            "numbers": {"upvotes": "12"},
        }
    )
    decision = decide(rules, paper, at(20))
    assert decision.since == at(17, 12)
    for begin, new in ((at(17, 12), 1), (at(18, 12), 1), (at(19, 12), 0)):
        assert section(rules, [decision], [], Span(begin, at(20), WEEK)).count == new


def test_near_misses_are_those_that_came_within_the_span_newest_first() -> None:
    rules = topic({"include": ["a"], "where": {"upvotes": {"min": "10"}}, "from": ["hf"]})
    papers = [
        record({"id": f"x{day}", "title": title, "listed": {"hf": f"2026-11-{day}"}} | more)
        for day, title, more in (
            (16, "A", {"numbers": {"upvotes": "9"}}),
            (18, "A", {"numbers": {"upvotes": "8"}}),
            (19, "A", {"numbers": {"upvotes": "7"}}),
            (20, "B", {"numbers": {"upvotes": "9"}}),
        )
    ]
    for late in (timedelta(0), WEEK):
        found = section(rules, [], map(Subject, papers), Span(at(17), at(20, 12), late))
        assert [decision.record.id for decision in found.near] == ["x19", "x18"]


def test_a_mail_is_bounded_and_what_is_beyond_is_counted() -> None:
    rules = topic({"include": ["a"]})
    decision = decide(rules, record({"title": "A"}), at(20))
    full = Section(rules, Span(at(19), at(20)), (decision,) * 60, (decision,) * 60)
    digest = bounded([full] * 10)
    first, last = digest.sections[0], digest.sections[-1]
    assert (len(first.new), first.more_new) == (NEW_AT_MOST, 60 - NEW_AT_MOST)
    assert (len(first.near), first.more_near) == (NEAR_AT_MOST, 60 - NEAR_AT_MOST)
    assert sum(len(each.new) for each in digest.sections) == AT_MOST
    assert (len(last.new), last.more_new) == (0, 60)
    assert digest.count == 600


def test_a_near_miss_of_long_ago_that_is_only_known_now_is_no_news() -> None:
    """As after a backfill."""
    rules = topic({"include": ["a"], "where": {"upvotes": {"min": "10"}}, "from": ["hf"]})
    paper = record({"title": "A", "numbers": {"upvotes": "9"}, "published": "2026-10-01"})
    known = replace(paper, appearances=(Appearance("hf", paper.published, at(20)),))
    for late, told in ((WEEK, 0), (60 * DAY, 1)):
        found = section(rules, [], [Subject(known)], Span(at(19), at(20, 12), late))
        assert len(found.near) == told
    met = section(rules, [], [Subject(known)], Span(at(20), at(21), 60 * DAY))
    assert met.near == (), "it was told when the last span ended"


def test_an_entry_is_mailed_up_to_a_week_late() -> None:
    """As the README says."""
    rules = topic({"include": ["a"], "from": ["hf"]})
    for last_mail, seen, cases in (
        (span("daily", at(19), at(20)), at(20), ((11, 0), (13, 1))),
        (span("weekly", at(16), at(23)), at(17), ((8, 0), (10, 1), (15, 1))),
    ):
        for day, told in cases:
            paper = record({"title": "A", "published": f"2026-11-{day:02}"})
            known = replace(paper, appearances=(Appearance("hf", paper.published, seen),))
            decision = decide(rules, known, last_mail.until)
            assert section(rules, [decision], [], last_mail).count == told
