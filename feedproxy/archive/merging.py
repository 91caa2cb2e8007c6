"""Joins entries that turn out to be one paper, and parts them if they turn out not to be.

Nothing is overwritten: an entry that leads to another keeps its row and its date, in case they
part again. The oldest entry stays: the one made first, then published first, then by id; so
what readers know keeps its id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from feedproxy.archive import derive, evidence, identities, versions
from feedproxy.archive import sightings as stored
from feedproxy.archive.derive import Addition
from feedproxy.archive.evidence import batches
from feedproxy.archive.tables import aliases, entries, sightings
from feedproxy.archive.tables import evidence as evidence_rows
from feedproxy.models import Record


def settle(conn: Connection, additions: Sequence[Addition], version: int, now: datetime) -> None:
    """Keep what `additions`, written as `version`, say about identities; join or part entries."""
    moved = [each for each in additions if each.item != each.was]
    if not moved:
        return
    _open(conn, moved, version)
    evidence.keep(conn, [each.item for each in moved])
    ends = [item for each in moved for item in (each.item, each.was) if item]
    around = evidence.around(conn, ends)
    homes = {item.home for item in (*around, *ends)}
    leaders = _leaders(conn, identities.papers(around), homes)
    plan = _plan(conn, leaders)
    if plan.touched:
        fresh = {(each.item.source, each.item.key) for each in additions if each.is_new}
        _carry_out(conn, plan, fresh, version, now)


def _open(conn: Connection, moved: Iterable[Addition], version: int) -> None:
    """Make an entry for each item that turned out to be another paper than its home."""
    left = {
        each.item.home: each.sighting
        for each in moved
        if each.was and each.was.home != each.item.home
    }
    there = stored.entry_of(conn, list(left))
    rows = [
        {"id": home, "published": sighting.listed, "made": version}
        for home, sighting in left.items()
        if home not in there
    ]
    if rows:
        conn.execute(insert(entries), rows)


def _leaders(
    conn: Connection, papers: Iterable[frozenset[str]], homes: Collection[str]
) -> dict[str, str]:
    """Which entry each of `homes` leads to: itself if it is in none of `papers`."""
    ages = {
        row.id: (row.made, row.published, row.id)
        for some in batches(sorted(homes))
        for row in conn.execute(select(entries).where(entries.c.id.in_(some)))
    }
    leaders = {home: home for home in homes}
    for paper in papers:
        leaders.update(dict.fromkeys(paper, min(paper, key=ages.__getitem__)))
    return leaders


@dataclass(frozen=True, slots=True)
class _Plan:
    sightings: Sequence[Any]
    """All at the homes in question, as rows `id`, `source`, `key`, `entry` and `home`."""
    moves: Mapping[int, str]
    """To which entry a sighting goes, by its id."""
    ended: Collection[str]
    """The homes that lead elsewhere now."""
    joined: Mapping[str, str]
    """Where the ended homes lead from now on, unless to themselves."""
    touched: frozenset[str]
    """The entries that gain or lose sightings or aliases."""


def _plan(conn: Connection, leaders: Mapping[str, str]) -> _Plan:
    led, rows = _as_it_is(conn, leaders)
    wanted = {home: leader for home, leader in leaders.items() if home != leader}
    ended = {home for home in leaders if led.get(home) != wanted.get(home)}
    moves = {row.id: leaders[row.home] for row in rows if row.entry != leaders[row.home]}
    touched = {row.entry for row in rows if row.id in moves} | set(moves.values())
    touched |= {leads[home] for leads in (led, wanted) for home in ended if home in leads}
    joined = {home: wanted[home] for home in ended if home in wanted}
    return _Plan(rows, moves, ended, joined, frozenset(touched))


def _as_it_is(conn: Connection, homes: Iterable[str]) -> tuple[dict[str, str], list[Any]]:
    """Where the homes lead now, and the sightings of their items."""
    led: dict[str, str] = {}
    rows: list[Any] = []
    item = and_(
        sightings.c.source == evidence_rows.c.source, sightings.c.key == evidence_rows.c.key
    )
    at_home = select(
        sightings.c.id,
        sightings.c.source,
        sightings.c.key,
        sightings.c.entry,
        evidence_rows.c.home,
    ).join(evidence_rows, and_(item, evidence_rows.c.identity == evidence_rows.c.home))
    for some in batches(sorted(homes)):
        leading = select(aliases.c.identity, aliases.c.entry).where(aliases.c.identity.in_(some))
        led |= {row.identity: row.entry for row in conn.execute(leading)}
        rows += conn.execute(at_home.where(evidence_rows.c.home.in_(some)))
    return led, rows


def _carry_out(
    conn: Connection, plan: _Plan, fresh: Collection[tuple[str, str]], version: int, now: datetime
) -> None:
    """`fresh` are the items that nobody can have seen yet, as pairs of source and key."""
    seen = {row.entry for row in plan.sightings if (row.source, row.key) not in fresh}
    before = _records(conn, plan.touched)
    _move(conn, plan, version)
    after = _records(conn, plan.touched)
    changed = {
        entry
        for entry in seen & before.keys() & after.keys()
        if not derive.same_content(before[entry], after[entry])
    }
    rows = [
        {"identity": home, "entry": entry, "updated": now if entry in changed else None}
        for home, entry in plan.joined.items()
    ]
    if rows:
        conn.execute(insert(aliases), rows)
    if seen & before.keys() - after.keys():
        versions.put(conn, "epoch", version)


def _move(conn: Connection, plan: _Plan, version: int) -> None:
    for some in batches(sorted(plan.ended)):
        conn.execute(delete(aliases).where(aliases.c.identity.in_(some)))
    if plan.moves:
        moved = update(sightings).where(sightings.c.id == bindparam("of"))
        rows = [{"of": number, "to": entry} for number, entry in plan.moves.items()]
        conn.execute(moved.values(entry=bindparam("to")), rows)
    for some in batches(sorted(plan.touched)):
        conn.execute(update(sightings).where(sightings.c.entry.in_(some)).values(version=version))


def _records(conn: Connection, ids: Iterable[str]) -> dict[str, Record]:
    """The records of those entries that some source shows, without the history of numbers."""
    return {
        entry.id: derive.record(entry)
        for some in batches(sorted(ids))
        for entry in stored.assembled(stored.fetch(conn, some, last=True))
    }
