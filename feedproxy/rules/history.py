"""A record's numbers over time, as a topic with its own sources sees them; no verdicts.

A record is listed when the source that showed it first says so; what other sources say later,
even of an earlier day, changes nothing. The very first reading of a number counts from the day
its source listed the record, so that a first start or a backfill dates nothing "now"; and so does
what other sources first say while these still run. Every later reading, the first one of another
source included, counts from when it was seen. So nothing that qualified gets a new date later on.
Of several sources' values the highest counts.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from operator import itemgetter

from feedproxy.models import Record
from feedproxy.rules.timeline import NEVER, Timeline, always, intersection, while_

A_START = timedelta(hours=1)
"""Within this, a first start has asked all its sources."""

Values = tuple[tuple[datetime, float], ...]
"""The values of a number and from when on it had them, in order of time."""


class Showing:
    """A record as `sources` show it; results are kept."""

    __slots__ = ("_record", "_sources", "_values", "_within", "always", "is_any", "origin")

    def __init__(self, record: Record, sources: Collection[str]) -> None:
        first = listed(record, sources)
        self._record = record
        self._sources = sources
        self._values: dict[str, Values] = {}
        self.is_any = first is not None
        """Whether any of the sources shows it."""
        self.origin = first or record.published
        self.always = always(self.origin)
        self._within: dict[tuple[str, float | None, float | None], Timeline] = {}

    def values(self, name: str) -> Values:
        """The values of the number `name` over time."""
        known = self._values.get(name)
        if known is None:
            known = self._values[name] = self._worked_out(name)
        return known

    def within(self, name: str, low: float | None, high: float | None) -> Timeline:
        """From the first moment at which the number reached `low`, while it is not above `high`."""
        known = self._within.get((name, low, high))
        if known is None:
            values = self.values(name)
            known = self._reached(values, low)
            if high is not None:
                known = intersection(known, while_(values, lambda value: value <= high))
            self._within[name, low, high] = known
        return known

    def _worked_out(self, name: str) -> Values:
        if name == "authors":
            count = self._record.numbers.get(name, len(self._record.authors))
            return ((self.origin, count),) if count else ()
        return values(self._record, self._sources, name)

    def _reached(self, values: Values, low: float | None) -> Timeline:
        first = next((at for at, value in values if low is None or value >= low), None)
        if first is None:
            return NEVER
        return self.always if first == self.origin else always(first)


def listed(record: Record, sources: Collection[str]) -> datetime | None:
    """When the record was listed by the one of `sources` that showed it first; None if none did.

    A record that is in no archive, such as one just parsed, counts as shown by every source.
    """
    if not record.appearances:
        return record.published
    shown = [seen for seen in record.appearances if seen.source in sources]
    first = min(shown, key=lambda seen: (seen.first_seen, seen.listed), default=None)
    return first.listed if first else None


def values(record: Record, sources: Collection[str], name: str) -> Values:
    """The highest of the sources' current values, at every moment at which one of them changed."""
    if not any(reading.name == name for reading in record.readings):
        known = listed(record, sources)
        number = record.numbers.get(name)
        return () if known is None or number is None else ((known, number),)
    latest: dict[str, int] = {}
    changes = []
    for at, source, value in _dated(record, sources, name):
        latest[source] = value
        changes.append((at, max(latest.values())))
    return tuple(changes)


def highest(record: Record, sources: Collection[str], name: str, at: datetime) -> int | None:
    """The highest value seen up to `at`; None if none was known by then."""
    seen = [value for moment, value in values(record, sources, name) if moment <= at]
    return int(max(seen)) if seen else None


def latest(record: Record, sources: Collection[str], name: str, at: datetime) -> int | None:
    """The value at the moment `at`; None if none was known by then."""
    changes = reversed(values(record, sources, name))
    return next((int(value) for moment, value in changes if moment <= at), None)


def _dated(record: Record, sources: Collection[str], name: str) -> list[tuple[datetime, str, int]]:
    """The readings of `name` by `sources`, in order of time."""
    origin = listed(record, sources) or record.published
    told = [each for each in record.readings if each.name == name and each.source in sources]
    known = set[str]()
    dated = []
    for each in told:
        moment = each.seen
        if each.source not in known and moment - told[0].seen <= A_START:
            moment = min(moment, listed(record, (each.source,)) or origin)
        known.add(each.source)
        dated.append((max(origin, moment), each.source, each.value))
    return sorted(dated, key=itemgetter(0))
