"""One item of a feed, whatever format it came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedproxy.models import listed_at
from feedproxy.sources.dates import day_of

EARLIEST = date(1990, 1, 1)
"""A date from before the web is a program's zero, and no date."""
A_DAY = timedelta(days=1)
"""How much a day may differ between two time zones."""
LENGTH_OF_DAY = len("2026-11-21")
"""A date that is no longer than this has no time, whatever a parser makes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as the feed has it: `title`, `summary` and `content` are HTML, maybe hostile.

    Addresses are absolute http(s) ones, or empty.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    base: str = ""
    """What the links within these are relative to, where the feed says it; else it is `link`."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: datetime | None = None
    doi: str = ""
    """Or whatever else stands where a DOI may."""
    pdf: str = ""
    video: str = ""
    audio: str = ""
    thumbnail: str = ""
    discussion: str = ""
    comments: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    format: str
    """Such as `RSS 2.0`."""
    items: tuple[Item, ...]
    home: str = ""
    """The page that the feed belongs to."""
    is_ours: bool = False
    """Whether a feedproxy wrote the feed."""
    notes: tuple[str, ...] = ()


def published(written: str, parsed: datetime | None, now: datetime) -> datetime | None:
    """The moment that is meant, or None. `parsed` is what the format's parser made of it, which may
    have replaced what it did not understand by the current month and century.
    """
    moment = parsed if len(written) > LENGTH_OF_DAY else None
    day = day_of(written, now)
    if day is None and moment and str(moment.year) in written:
        day = moment.date()
    if day is None or day < EARLIEST:
        return None
    is_timed = moment and ":" in written and abs(moment.date() - day) <= A_DAY
    return moment if is_timed else listed_at(day, now)
