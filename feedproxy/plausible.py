"""Whether a listing can be all that the site has, judged by what the same part had before. Pure.

Its records are remembered in any case: a doubt only keeps the source from counting as read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from feedproxy.explain.wording import quantity
from feedproxy.models import Listing

FEW = 4
"""Fewer than the usual number divided by this is suspicious. Where fewer than this were usual, all
may go: a feed of a quiet field is often empty.
"""
BELIEVED_AFTER = timedelta(days=3)
"""After so long a time, few records are the new usual."""
UNSTABLE_AFTER = 3
"""After so many listings in a row, each more than four fifths new, ids cannot be right."""
WESTERNMOST = timedelta(hours=-12)
"""Where the weekend ends last."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What the refreshes of one part of a listing have been like."""

    records: int
    """How many records the last listing that was not doubted had."""
    seen: datetime
    """When that was."""
    renewed: int = 0
    """How many listings in a row brought hardly anything but new records."""


@dataclass(frozen=True, slots=True)
class Judgement:
    usual: Usual
    doubt: str = ""
    """Why the listing cannot be whole; empty if it can."""
    alarm: str = ""
    """Why its ids cannot be right; empty if they can."""


def judge(listing: Listing, new: int, before: Usual | None, now: datetime) -> Judgement:
    """`new`: how many of its records the source had never shown; `before`: None the first time."""
    shown = len(listing.records)
    if before is None:
        return Judgement(Usual(shown, now))
    if doubt := _doubt(listing.part, shown, before, now):
        return Judgement(before, doubt)
    renewed = before.renewed + 1 if not listing.part and 5 * new > 4 * shown else 0
    alarm = ""
    if renewed >= UNSTABLE_AFTER:
        alarm = (
            f"ids unstable: nearly all of {quantity(shown, 'records')} were new, "
            f"{renewed} readings in a row"
        )
    return Judgement(replace(before, records=shown, seen=now, renewed=renewed), alarm=alarm)


def _doubt(part: str, shown: int, before: Usual, now: datetime) -> str:
    if before.records < FEW or FEW * shown >= before.records:
        return ""
    if abs(now - before.seen) > BELIEVED_AFTER:
        return ""
    if shown == 0 and _may_be_weekend(part, now):
        return ""
    where = f" ({part})" if part else ""
    return f"suspicious: {quantity(shown, 'records')} where {before.records} were usual{where}"


def _may_be_weekend(part: str, now: datetime) -> bool:
    """Whether the part's day, or today somewhere on earth if it has none, is a weekend day."""
    if not part:
        return any(day.weekday() >= 5 for day in (now, now + WESTERNMOST))
    try:
        return date.fromisoformat(part).weekday() >= 5
    except ValueError:
        return False
