"""The parts in which the listing is read, and which of them are due. Pure.

A part is a day, a week or a month, or all that a trending or search page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

DAY = timedelta(days=1)
API_LIMIT = 100
"""The most rows that a page of the API may be asked for."""
SEARCH_LIMIT = 120
DAYS_AT_ONCE = 50
"""Keeps the first reading of a long `lookback` far below 500 requests in 5 minutes."""

DAYS_AFTER = 7
"""How many days the last week or month is still read: lists grow after their last day, too."""
PAUSE = timedelta(hours=3)
"""How much longer a part is left alone for each day of its age."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    api: str
    """Path and query, without `p`."""
    page: str
    period: Literal["day", "week", "month", "trending", "search"]
    first: date | None = None
    last: date | None = None
    query: str = ""

    @property
    def day(self) -> date | None:
        """The day of all its records, if it is the listing of one day."""
        return self.first if self.period == "day" else None

    @property
    def paged(self) -> bool:
        """Whether the API has more of it beyond `p=0`."""
        return self.first is not None

    def covers(self, stated: str) -> bool:
        """Whether the site's `dateString` or `date` names this part.

        How the site writes a week or month has never been seen: any day within it is accepted.
        """
        if stated.partition("T")[0] == self.name:
            return True
        within = iso_day(stated) if self.period != "day" else None
        return bool(within and self.first and self.last and self.first <= within <= self.last)


def day(wanted: date) -> Part:
    name = wanted.isoformat()
    return Part(name, _daily(date=name), f"/papers/date/{name}", "day", wanted, wanted)


def week(wanted: date) -> Part:
    """The ISO week that holds the day."""
    year, number, weekday = wanted.isocalendar()
    name, monday = f"{year}-W{number:02}", wanted - (weekday - 1) * DAY
    return Part(name, _daily(week=name), f"/papers/week/{name}", "week", monday, monday + 6 * DAY)


def month(wanted: date) -> Part:
    name, first = f"{wanted:%Y-%m}", wanted.replace(day=1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return Part(name, _daily(month=name), f"/papers/month/{name}", "month", first, last)


def trending() -> Part:
    return Part("", _daily(sort="trending"), "/papers/trending", "trending")


def search(query: str) -> Part:
    api = f"/api/papers/search?{urlencode({'q': query, 'limit': SEARCH_LIMIT})}"
    return Part("", api, f"/papers?{urlencode({'q': query})}", "search", query=query)


def _daily(**wanted: str) -> str:
    return f"/api/daily_papers?{urlencode({**wanted, 'limit': API_LIMIT})}"


def due(
    options: Mapping[str, Any], now: datetime, history: Mapping[str, datetime]
) -> Iterator[Part]:
    """What to read now; `history` says when each part was last read."""
    match options.get("listing", "daily"):
        case "weekly":
            yield from _due_periods(week, now, history)
        case "monthly":
            yield from _due_periods(month, now, history)
        case "trending":
            yield trending()
        case "search":
            yield search(options["query"])
        case _:
            yield from map(day, due_days(options.get("lookback", 7 * DAY), now, history))


def _due_periods(
    period: Callable[[date], Part], now: datetime, history: Mapping[str, datetime]
) -> Iterator[Part]:
    """The current week or month, and in its first days the one before, less and less often."""
    current = period(now.date())
    yield current
    if current.first is None or (age := (now.date() - current.first).days) >= DAYS_AFTER:
        return
    before = period(current.first - DAY)
    if _is_over(history.get(before.name), PAUSE * (age + 1), now):
        yield before


def due_days(lookback: timedelta, now: datetime, history: Mapping[str, datetime]) -> list[date]:
    """The days to read, newest first; `lookback` is rounded up to whole days and includes today."""
    ages = range(max(1, -(-lookback // DAY)))
    days = [now.date() - age * DAY for age in ages if _is_due(age, now, history)]
    return days[:DAYS_AT_ONCE]


def _is_due(age: int, now: datetime, history: Mapping[str, datetime]) -> bool:
    return _is_over(history.get((now.date() - age * DAY).isoformat()), pause(age), now)


def _is_over(read: datetime | None, rest: timedelta, now: datetime) -> bool:
    return read is None or read > now or now - read >= rest


def pause(age: int) -> timedelta:
    """How long a day that is `age` days old is left alone: lists still grow after the day is over,
    and votes for weeks.

    Today and yesterday are read at every refresh, older days every 3, 6, 9, 12 ... hours. So a
    source with `refresh: 30m` and `lookback: 7d` makes 2 x 48 + 8 + 4 + 3 + 2 + 2, about 115
    requests a day. The site allows 500 in 5 minutes.
    """
    return PAUSE * max(0, age - 1)


def iso_day(written: object) -> date | None:
    """The day, in UTC, of an ISO date or instant; None for anything else."""
    if not isinstance(written, str):
        return None
    try:
        moment = datetime.fromisoformat(written)
        return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return None
