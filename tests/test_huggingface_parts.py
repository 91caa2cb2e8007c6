"""Which parts are due, and what they are called at the site."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from feedproxy.sources.huggingface import parts
from feedproxy.sources.huggingface.parts import DAY, due_days, iso_day, pause

NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)
TODAY = date(2026, 3, 4)


def read_ago(*hours: float) -> dict[str, datetime]:
    """When each day was last read, today's first."""
    return {
        (TODAY - age * DAY).isoformat(): NOW - timedelta(hours=ago) for age, ago in enumerate(hours)
    }


def test_seven_days_are_today_and_the_six_before() -> None:
    assert due_days(7 * DAY, NOW, {}) == [TODAY - age * DAY for age in range(7)]


@pytest.mark.parametrize(("lookback", "days"), [(0.1, 1), (1, 1), (1.5, 2), (2, 2)])
def test_a_part_of_a_day_counts_as_a_day(lookback: float, days: int) -> None:
    assert len(due_days(lookback * DAY, NOW, {})) == days


def test_today_and_yesterday_are_always_due_and_older_days_less_and_less_often() -> None:
    assert pause(0) == pause(1) == timedelta(0)
    pauses = [pause(age) for age in range(1, 60)]
    assert pauses == sorted(set(pauses))


def test_a_day_is_due_when_its_pause_is_over() -> None:
    history = read_ago(0, 0, 3, 5.9, 9.1, 11.9, 15)
    ages = [(TODAY - due).days for due in due_days(7 * DAY, NOW, history)]
    assert ages == [0, 1, 2, 4, 6]


def test_a_clock_set_back_makes_a_day_due_not_stuck() -> None:
    assert due_days(3 * DAY, NOW, read_ago(0, 0, -48)) == [TODAY - age * DAY for age in range(3)]


def test_a_long_lookback_is_read_in_portions_that_all_come_in_the_end() -> None:
    history: dict[str, datetime] = {}
    most = 0
    for refresh in range(12):
        now = NOW + refresh * timedelta(minutes=30)
        due = due_days(365 * DAY, now, history)
        history |= {day.isoformat(): now for day in due}
        most = max(most, len(due))
    assert most <= 50
    assert set(history) == {(TODAY - age * DAY).isoformat() for age in range(365)}


def test_a_week_of_refreshing_stays_far_below_the_quota() -> None:
    history: dict[str, datetime] = {}
    requests = 0
    for refresh in range(7 * 48):
        now = NOW + refresh * timedelta(minutes=30)
        due = due_days(7 * DAY, now, history)
        history |= {day.isoformat(): now for day in due}
        requests += len(due)
    assert 7 * 48 * 2 < requests < 7 * 120


@pytest.mark.parametrize(
    ("listing", "day", "names"),
    [
        ("monthly", date(2026, 3, 1), ["2026-03", "2026-02"]),
        ("monthly", date(2026, 3, 7), ["2026-03", "2026-02"]),
        ("monthly", date(2026, 3, 8), ["2026-03"]),
        ("monthly", date(2027, 1, 1), ["2027-01", "2026-12"]),
        ("weekly", date(2026, 3, 2), ["2026-W10", "2026-W09"]),
        ("weekly", date(2026, 3, 8), ["2026-W10", "2026-W09"]),
        ("weekly", date(2027, 1, 3), ["2026-W53", "2026-W52"]),
    ],
)
def test_the_week_or_month_before_is_due_for_a_week(
    listing: str, day: date, names: list[str]
) -> None:
    now = datetime.combine(day, NOW.time(), UTC)
    assert [part.name for part in parts.due({"listing": listing}, now, {})] == names


@pytest.mark.parametrize(
    ("day", "hours", "is_due"),
    [(1, 2.9, False), (1, 3, True), (3, 8.9, False), (3, 9, True), (7, 20, False), (7, -1, True)],
)
def test_the_month_before_is_left_alone_longer_and_longer(
    day: int, hours: float, is_due: bool
) -> None:
    now = NOW.replace(day=day)
    history = {"2026-03": now, "2026-02": now - timedelta(hours=hours)}
    names = [part.name for part in parts.due({"listing": "monthly"}, now, history)]
    assert names == ["2026-03", "2026-02"][: 1 + is_due]


@pytest.mark.parametrize(
    ("day", "week", "first"),
    [
        (date(2026, 3, 4), "2026-W10", date(2026, 3, 2)),
        (date(2027, 1, 3), "2026-W53", date(2026, 12, 28)),
        (date(2024, 12, 30), "2025-W01", date(2024, 12, 30)),
    ],
)
def test_weeks_are_iso_weeks(day: date, week: str, first: date) -> None:
    part = parts.week(day)
    assert (part.name, part.first, part.last) == (week, first, first + 6 * DAY)
    assert part.api == f"/api/daily_papers?week={week}&limit=100"
    assert part.page == f"/papers/week/{week}"


@pytest.mark.parametrize("last", [date(2026, 2, 28), date(2024, 2, 29), date(2026, 12, 31)])
def test_months_end_with_their_last_day(last: date) -> None:
    part = parts.month(last)
    assert (part.first, part.last) == (last.replace(day=1), last)
    assert part.api == f"/api/daily_papers?month={last:%Y-%m}&limit=100"
    assert part.page == f"/papers/month/{last:%Y-%m}"


@pytest.mark.parametrize(
    ("part", "stated", "is_it"),
    [
        (parts.day(TODAY), "2026-03-04", True),
        (parts.day(TODAY), "2026-03-04T00:00:00.000Z", True),
        (parts.day(TODAY), "2026-03-05", False),
        (parts.day(date(2026, 3, 2)), "2026-W10", False),
        (parts.week(TODAY), "2026-W10", True),
        (parts.week(TODAY), "2026-W09", False),
        (parts.week(TODAY), "2026-03-08", True),
        (parts.week(TODAY), "2026-03-09", False),
        (parts.month(TODAY), "2026-03", True),
        (parts.month(TODAY), "2026-03-31", True),
        (parts.month(TODAY), "2026-04", False),
        (parts.month(TODAY), "next month", False),
    ],
)
def test_a_page_of_another_part_is_told_by_what_it_states(
    part: parts.Part, stated: str, is_it: bool
) -> None:
    assert part.covers(stated) is is_it


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-04", TODAY),
        ("2026-03-04T23:59:59.999Z", TODAY),
        ("2026-03-03T23:00:00-05:00", TODAY),
        ("2026-03-04T12:00:00", TODAY),
        ("04.03.26", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
        (20260304, None),
        (None, None),
    ],
)
def test_days_are_those_of_utc(written: object, day: date | None) -> None:
    assert iso_day(written) == day
