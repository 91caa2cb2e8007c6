"""Dates as pages and APIs write them -> days, in UTC. Pure: the moment of reading is passed in.

Names of months are understood in English, German, French, Spanish, Portuguese and Italian,
whatever the machine's locale.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

EARLIEST = date(1900, 1, 1)
NEVER = date(1970, 1, 1)
"""The date that programs write if they know none."""
_LONGEST = 200
_MOST_YEARS = 9
"""How many are tried: before 29 February 1904 the last one was in 1896."""

_CALLED = (
    "jan january januar januari janvier janv janeiro enero gennaio",
    "feb february februar februari février fevrier febrero fevereiro febbraio",
    "mar march märz maerz mars marzo mart marts março",
    "apr april avril abril aprile",
    "may mai mayo maio maggio",
    "jun june juni juin junio junho giugno",
    "jul july juli juillet julio julho luglio",
    "aug august augusti augustus août aout agosto",
    "sep sept september septembre septiembre setembro settembre",
    "oct october okt oktober octobre octubre outubro ottobre",
    "nov november novembre noviembre novembro",
    "dec december dez dezember décembre decembre diciembre dezembro dicembre",
)
"""Whole words only, since names of people begin like months: Martin, Julia, Mayer."""
_MONTHS = {name: month for month, names in enumerate(_CALLED, 1) for name in names.split()}
_MONTH = rf"(?:{'|'.join(_MONTHS)})(?![^\W\d])"
_NAMED = re.compile(
    rf"""(?<!\w)
    (?:(?P<first>(?:19|20)\d\d)[ ,.-]{{1,2}})?
    (?:(?<!\d:)(?P<before>\d{{1,2}})(?:st|nd|rd|th)?
      (?:\.?[ -](?:(?:of|de)[ ])?|\.|(?P<slash>/(?=[^\W\d]+/\d))))?
    (?P<month>{_MONTH})\.?
    (?(before)|(?:[ -](?P<after>\d{{1,2}})(?:st|nd|rd|th)?(?!\w|[ ]{_MONTH}))?)
    (?:(?:(?(slash)/|,?[ -]?)|[ ]del?[ ])(?:(?P<year>\d{{4}})(?!\w)
      |(?(first)(?!))(?(before)(?<!,[ ]))(?(after)(?<!-))
       (?P<sign>['’])?(?P<short>\d\d)(?!\w|[ ]{_MONTH})))?""",
    re.VERBOSE | re.IGNORECASE,
)
"""`short` may be the year, unlike the 12 of `5 Mar, 12 votes` and of `Mar 5-12`. `before` is
neither the minutes of `10:30 Nov 21` nor the issue of `11/November 2024`."""
_HOUR = re.compile(r"[:.]\d| ?(?:[ap]\.?m|h|uhr)\b", re.IGNORECASE)
"""What follows two digits that are an hour: `5 Mar 12:30`, `Mar 5, 10 am`."""
_DONE = re.compile(r"\W*(?:\Z|\d\d?[:.]\d\d)| ?[^\w\s,&+/–-]| ?[,–-] ?[^\W\d]")
"""What follows two digits that are a year, not a count or another day: the end, or something else
than a word or number right away; but a time may follow."""
_OLDEST = 1970
"""The earliest year that is written with two digits."""
_NO_YEAR = re.compile(r"[A-Z][a-z]{2,8}\.?[ -](?:\d{1,2},? )?-?00\d\d(?!\d)")
"""Year 0 behind a month, as in `01 Jan 0001` and `30 Nov -0001`: programs write that if they know
no date, and others take it for a year of this century."""
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})(?P<sep>[-/.]|\. )(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?!\d)"
)
_EAST_ASIAN = re.compile(
    r"(?<!\d)(?P<year>\d{4}) ?[年년] ?(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日일号]"
)
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.]|\. )(\d{1,2})\2(\d{4})(?!\d)")
_YEAR = re.compile(r"\A(?P<year>\d{4})(?:[-/](?P<month>(?!00)\d{1,2}))?(?:[-/]00){0,2}\Z")
"""Programs write a month or day that they do not know as 00: `2024-11-00`, `2024-00-00`."""
_MONTH_OF_YEAR = re.compile(r"\A(?P<month>\d{1,2})/(?P<year>\d{4})\Z")
_YEAR_BEFORE = re.compile(r"\b(?:19|20)\d\d\W{1,3}\Z")
_NUMBER_NEAR = re.compile(r"\W{0,2}\d{1,2}(?!\d)")
_YEAR_NEAR = re.compile(r".{0,15}?\b(?:19|20)\d\d\b")
_EPOCH = re.compile(r"(\d{9,10})(\d{3})?(?:\.\d+)?")
_UNITS = {
    "min": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "h": timedelta(hours=1),
    "day": timedelta(days=1),
    "d": timedelta(days=1),
    "week": timedelta(weeks=1),
    "w": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
_AGO = re.compile(rf"(?i)(?<!\w)(\d{{1,4}}|an?) ?({'|'.join(_UNITS)})(?:ute)?s? ago")
_PROBE = datetime(2021, 11, 23, 14, 5, 6, tzinfo=UTC)


def day_of(written: str, seen: datetime) -> date | None:
    """The day that is meant; None if there is none, or if it could be either of two.

    Understood are ISO dates and instants, RFC 822, seconds and milliseconds since 1970, and
    within a text `21 November 2026`, `2026 Nov 21`, `Nov 21`, `21.11.2026`, `2026年11月21日`,
    `2 days ago`, `yesterday`. A day without a year is the last such day up to `seen`; two digits
    behind a month may be its year: `5-Mar-24`, `Mar 5, 24`, `Mar '24`. A text that is only
    `2026-11`, `2026-11-00`, `11/2026` or `2026` means the first day of that.
    """
    text = " ".join(written.split())[:_LONGEST]
    found = None if _NO_YEAR.search(text) else next(_readings(text, seen), None)
    return found if found and found >= EARLIEST and found != NEVER else None


def day_in(written: str, form: str, seen: datetime) -> date | None:
    """The day in a text of the strptime format `form`; None if the text has another format."""
    text, dated = " ".join(written.split()), re.search("%[YyGcxD]", form)
    with suppress(ValueError, OverflowError):
        if dated:
            return _utc(datetime.strptime(text, form))
        return _last(lambda year: datetime.strptime(f"{text} {year}", f"{form} %Y").date(), seen)
    return None


def problem_of_format(form: str) -> str | None:
    """What is wrong with a strptime format, or None."""
    try:
        found = day_in(_PROBE.strftime(form), form, _PROBE)
    except ValueError:
        found = None
    if found is None or (found.year, found.month) != (_PROBE.year, _PROBE.month):
        return f"{form!r} is no format of a date: write one such as %d %B %Y or %Y-%m-%d"
    return None


def _readings(text: str, seen: datetime) -> Iterator[date]:
    """The days that the text may mean, the likeliest first."""
    for read_all in (_epoch, _instant, _mail):
        with suppress(ValueError, OverflowError):
            yield read_all(text)
    for pattern, read in _WITHIN:
        for found in pattern.finditer(text):
            with suppress(ValueError, OverflowError):
                yield read(found, seen)


def _epoch(text: str) -> date:
    found = _EPOCH.fullmatch(text)
    if not found:
        raise ValueError(text)
    return datetime.fromtimestamp(int(found[1]), UTC).date()


def _instant(text: str) -> date:
    return _utc(datetime.fromisoformat(text))


def _mail(text: str) -> date:
    if ":" not in text:
        raise ValueError(text)
    return _utc(parsedate_to_datetime(text))


def _year_first(found: re.Match[str], _: datetime) -> date:
    return date(int(found["year"]), int(found["month"]), int(found["day"]))


def _year_last(found: re.Match[str], _: datetime) -> date:
    """The day comes first. With slashes only if it cannot be the month, or is equal to it."""
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if second > 12:
        first, second = second, first
    elif found[2] == "/" and first <= 12 and first != second:
        raise ValueError("the day or the month may come first")
    return date(year, second, first)


def _named(found: re.Match[str], seen: datetime) -> date:
    month = _MONTHS[found["month"].lower()]
    day = found["before"] or found["after"]
    if year := found["year"] or found["first"]:
        if found["first"] and not day and _NUMBER_NEAR.match(found.string, found.end()):
            raise ValueError("the day stands apart, and may be one or not")
        return date(int(year), month, int(day or 1))
    if (day or found["sign"]) and (short := _short_year(found, seen)):
        return date(short, month, int(day or 1))
    if not day:
        raise ValueError("a month alone")
    text, (start, end) = found.string, found.span()
    if _YEAR_BEFORE.search(text, 0, start) or _YEAR_NEAR.match(text, end):
        raise ValueError("the year stands apart, and may be its own or not")
    return _last(lambda year: date(year, month, int(day)), seen)


def _short_year(found: re.Match[str], seen: datetime) -> int | None:
    """The year in two digits; None if there are none, or if they are an hour or a count."""
    if not found["short"] or _HOUR.match(found.string, found.end()):
        return None
    year = 2000 + int(found["short"])
    year -= 100 if year > seen.year + 1 else 0
    if year < _OLDEST:
        return None
    if not found["sign"] and not _DONE.match(found.string, found.end()):
        raise ValueError("may be the year, or how many of something")
    return year


def _whole(found: re.Match[str], seen: datetime) -> date:
    """The first day of a month or year that is written alone."""
    day = date(int(found["year"]), int(found["month"] or 1), 1)
    if day.year > seen.year + 1:
        raise ValueError("may be any number")
    return day


def _ago(found: re.Match[str], seen: datetime) -> date:
    count = int(found[1]) if found[1].isdigit() else 1
    return (seen - count * _UNITS[found[2].lower()]).date()


_WITHIN = (
    (_YEAR_FIRST, _year_first),
    (_EAST_ASIAN, _year_first),
    (_NAMED, _named),
    (_YEAR_LAST, _year_last),
    (_YEAR, _whole),
    (_MONTH_OF_YEAR, _whole),
    (_AGO, _ago),
    (re.compile(r"(?i)\byesterday\b"), lambda _, seen: seen.date() - timedelta(days=1)),
    (re.compile(r"(?i)\b(?:today|just now)\b"), lambda _, seen: seen.date()),
)


def _last(of_year: Callable[[int], date], seen: datetime) -> date:
    """The last such day; tomorrow counts, since elsewhere it may be today.

    `of_year` raises ValueError for a year without such a day.
    """
    tomorrow = seen.date() + timedelta(days=1)
    for year in range(seen.year, seen.year - _MOST_YEARS, -1):
        with suppress(ValueError):
            if (day := of_year(year)) <= tomorrow:
                return day
    raise ValueError("no year has such a day")


def _utc(moment: datetime) -> date:
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
