"""Removing what is too old, or beyond the size that is kept: whole entries only.

If an entry lost only some of its sightings, the others would date it later and know of fewer
votes, and readers would get as new what they know already. Ids and dates are never removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, literal, or_, select

from feedproxy.archive import versions
from feedproxy.archive.database import begins, upsert
from feedproxy.archive.tables import chores, sightings

OVERHEAD = 1000
"""About how many bytes a sighting takes beside its fields: ids, dates, indexes, readings."""

KEPT_SINCE = "kept since "
"""With a source's name, the chore whose moment says what is too old there."""


def keep_longer(conn: Connection, oldest: Mapping[str, datetime]) -> None:
    """What was too old by former rules is not: see `Archive.keep_longer`."""
    marks = select(chores).where(begins(chores.c.name, KEPT_SINCE))
    for mark in conn.execute(marks).all():
        before = oldest.get(mark.name.removeprefix(KEPT_SINCE))
        if before is None:
            conn.execute(delete(chores).where(chores.c.name == mark.name))
        elif before < mark.done_at:
            upsert(conn, chores, {"name": mark.name}, done_at=before)


def forget(conn: Connection, source: str, before: datetime) -> int:
    """Remove the entries that `source` listed before, and that no source listed too lately."""
    upsert(conn, chores, {"name": KEPT_SINCE + source}, done_at=before)
    old = select(sightings.c.entry).where(sightings.c.source == source, sightings.c.listed < before)
    return _remove(conn, sightings.c.entry.in_(old), ~_kept().exists())


def _kept() -> Select[Any]:
    """Those of an entry's sightings that are not too old for their own source."""
    each, since = sightings.alias(), chores.alias()
    bounded = each.outerjoin(since, since.c.name == literal(KEPT_SINCE) + each.c.source)
    young = or_(since.c.done_at.is_(None), each.c.listed >= since.c.done_at)
    return select(each.c.id).select_from(bounded).where(each.c.entry == sightings.c.entry, young)


def trim(conn: Connection, size: int) -> int:
    """Remove the entries that were listed longest ago, until about `size` bytes are left."""
    newest_first = func.max(sightings.c.listed).desc(), func.max(sightings.c.id).desc()
    cost = func.sum(func.sum(func.length(sightings.c.fields) + OVERHEAD))
    running = (
        select(sightings.c.entry, cost.over(order_by=newest_first).label("bytes"))
        .group_by(sightings.c.entry)
        .subquery()
    )
    beyond = select(running.c.entry).where(running.c.bytes > size)
    return _remove(conn, sightings.c.entry.in_(beyond))


def _remove(conn: Connection, *which: Any) -> int:
    """How many sightings these were."""
    count = conn.execute(delete(sightings).where(*which)).rowcount
    if count:
        versions.put(conn, "epoch", versions.raise_content(conn))
        versions.raise_states(conn)
    return count
