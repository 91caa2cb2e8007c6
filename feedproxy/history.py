"""What a record's numbers were and when, as a topic with its own sources sees them; no verdicts.

The first reading of all counts from the day the record was listed, so that a first start
or a backfill dates nothing "now"; every later one, another source's first among them, from
when it was seen, so that nothing that qualified is ever dated anew. Of several sources the
highest counts.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from feedproxy.models import Record

Steps = tuple[tuple[datetime, float], ...]
"""From when on a number had which value, in order of time."""


def listed(record: Record, sources: Collection[str]) -> datetime | None:
    """When the first of `sources` listed it; None: none of them shows it.

    A record that no archive has seen, such as one just parsed, is shown by every source.
    """
    if not record.appearances:
        return record.published
    return min((seen.listed for seen in record.appearances if seen.source in sources), default=None)


def steps(record: Record, sources: Collection[str], name: str) -> Steps:
    """The highest of the sources' latest values, at every moment that one of them changed."""
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
    """The highest value seen up to `at`; None: not known by then."""
    seen = [value for moment, value in steps(record, sources, name) if moment <= at]
    return int(max(seen)) if seen else None


def _dated(record: Record, sources: Collection[str], name: str) -> list[tuple[datetime, str, int]]:
    """The readings of `name` by `sources`; the very first counts from the listing on."""
    origin = listed(record, sources) or record.published
    told = [each for each in record.readings if each.name == name and each.source in sources]
    return [
        (max(origin, each.seen) if place else origin, each.source, each.value)
        for place, each in enumerate(told)
    ]
