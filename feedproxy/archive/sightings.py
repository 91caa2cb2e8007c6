"""Reading and writing sightings; what they mean is decided in `derive`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from sys import intern
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    select,
    update,
)

from feedproxy.archive import derive, evidence, origins, versions
from feedproxy.archive.derive import Addition, Entry, Sighting
from feedproxy.archive.evidence import batches
from feedproxy.archive.keys import key
from feedproxy.archive.tables import aliases, entries, fields_of, readings, sightings
from feedproxy.models import Reading, Record


class Rows(NamedTuple):
    """Everything about some entries, fetched at once so that no lock is held while it is used."""

    entries: Sequence[Any]
    sightings: Sequence[Any]
    readings: Sequence[Any]
    joined: Sequence[Any]


def changed_after(conn: Connection, version: int) -> list[str]:
    """The ids of entries, in order."""
    changed = select(sightings.c.entry).where(sightings.c.version > version)
    return sorted(set(conn.execute(changed).scalars()))  # DISTINCT has SQLite scan the whole table


def entry_of(conn: Connection, identities: Sequence[str]) -> dict[str, str]:
    """The ids of the entries that have some of `identities`, or once had."""
    led = func.coalesce(aliases.c.entry, entries.c.id).label("entry")
    joined = entries.outerjoin(aliases, aliases.c.identity == entries.c.id)
    pairs = select(entries.c.id, led).select_from(joined).where(entries.c.id.in_(identities))
    return {row.id: row.entry for row in conn.execute(pairs)}


def fetch(conn: Connection, ids: Sequence[str], *, last: bool = False) -> Rows:
    """The entries `ids`, with every change of their numbers, or only the `last` ones."""
    papers = conn.execute(select(entries).where(entries.c.id.in_(ids))).all()
    said = conn.execute(select(sightings).where(sightings.c.entry.in_(ids))).all()
    numbers = (_last_of if last else _all_of)([row.id for row in said])
    others = (
        select(aliases, entries.c.updated.label("own_update"))
        .join(entries, entries.c.id == aliases.c.identity)
        .where(aliases.c.entry.in_(ids))
    )
    return Rows(papers, said, conn.execute(numbers).all(), conn.execute(others).all())


def _all_of(ids: Sequence[int]) -> Select[Any]:
    return select(readings).where(readings.c.sighting.in_(ids))


def _last_of(ids: Sequence[int]) -> Select[Any]:
    named = readings.c.sighting, readings.c.name
    newest = (
        select(*named, func.max(readings.c.seen).label("seen"))
        .where(readings.c.sighting.in_(ids))
        .group_by(*named)
        .subquery()
    )
    same = (readings.c[name] == newest.c[name] for name in ("sighting", "name", "seen"))
    return select(readings).join(newest, and_(*same))


def assembled(rows: Rows) -> list[Entry]:
    """The entries that some source still shows, ordered by id. Raises ArchiveDamaged."""
    numbers: dict[int, list[Any]] = defaultdict(list)
    for row in rows.readings:
        numbers[row[0]].append(row)
    said: dict[str, list[Sighting]] = defaultdict(list)
    for row in rows.sightings:
        said[row.entry].append(_sighting(row, numbers.get(row.id, ())))
    joined: dict[str, list[Any]] = defaultdict(list)
    for row in rows.joined:
        joined[row.entry].append(row)
    return [
        _entry(row, said[row.id], joined.get(row.id, ()))
        for row in sorted(rows.entries, key=attrgetter("id"))
        if row.id in said
    ]


def _entry(row: Row[Any], said: Sequence[Sighting], joined: Sequence[Any]) -> Entry:
    """It was updated when it changed itself, when another joined it, or when that one changed."""
    changed = (row.updated, *(moment for j in joined for moment in (j.updated, j.own_update)))
    updated = max(filter(None, changed), default=None)
    return Entry(row.id, row.published, updated, said, tuple(sorted(j.identity for j in joined)))


def _sighting(row: Row[Any], numbers: Iterable[Any]) -> Sighting:
    source = intern(row.source)
    history = [Reading(source, intern(name), value, seen) for _, name, seen, value in numbers]
    return Sighting(
        id=row.id,
        source=source,
        key=row.key,
        entry=row.entry,
        listed=row.listed,
        first_seen=row.first_seen,
        fields=fields_of(row),
        readings=tuple(sorted(history, key=attrgetter("seen"))),
    )


def additions(
    conn: Connection, source: str, records: Iterable[Record], now: datetime
) -> list[Addition]:
    """What `records` add to what is known; of several for one item, the first counts."""
    shown: dict[str, Record] = {}
    for record in records:
        shown.setdefault(derive.own_key(record), record)
    items = evidence.known(conn, source, shown)
    titles = {own: record.title for own, record in shown.items()}
    if origins.follow(conn, source, titles, items):
        items = evidence.known(conn, source, shown)
    found: list[Addition | None] = []
    for keys in batches(shown):
        homes = {own: items[own].home if own in items else key(shown[own].id) for own in keys}
        known = _known(conn, list(set(homes.values())))
        found += [
            derive.addition(source, shown[own], items.get(own), known.get(home), now)
            for own, home in homes.items()
        ]
    return [each for each in found if each]


def _known(conn: Connection, homes: Sequence[str]) -> dict[str, Entry]:
    """By home, the entries that they lead to, even those that no source shows any more."""
    known_as = entry_of(conn, homes)
    rows = fetch(conn, list(set(known_as.values())), last=True)
    by_id = {row.id: Entry(row.id, row.published, row.updated) for row in rows.entries}
    by_id.update({entry.id: entry for entry in assembled(rows)})
    return {home: by_id[entry] for home, entry in known_as.items()}


def write(conn: Connection, additions: Sequence[Addition]) -> int:
    """The new content version, under which all of `additions` stand."""
    version = versions.raise_content(conn)
    _write_entries(conn, additions, version)
    first = 1 + (conn.execute(select(func.max(sightings.c.id))).scalar() or 0)
    new = [each for each in additions if each.is_new]
    ids = {id(each): number for number, each in enumerate(new, first)}
    _many(conn, insert(sightings), [_row(each.sighting, ids[id(each)], version) for each in new])
    _many(
        conn,
        update(sightings)
        .where(sightings.c.id == bindparam("of"))
        .values(fields=bindparam("said"), version=version),
        [
            {"of": each.sighting.id, "said": json.dumps(each.sighting.fields)}
            for each in additions
            if not each.is_new
        ],
    )
    _many(
        conn,
        insert(readings),
        [
            {
                "sighting": ids.get(id(each), each.sighting.id),
                "name": reading.name,
                "value": reading.value,
                "seen": reading.seen,
            }
            for each in additions
            for reading in each.readings
        ],
    )
    return version


def _row(sighting: Sighting, number: int, version: int) -> dict[str, Any]:
    return {
        "id": number,
        "source": sighting.source,
        "key": sighting.key,
        "entry": sighting.entry,
        "listed": sighting.listed,
        "first_seen": sighting.first_seen,
        "version": version,
        "fields": json.dumps(sighting.fields),
    }


def _write_entries(conn: Connection, additions: Iterable[Addition], version: int) -> None:
    """A change of text or links is noted at the item's home, and moves to other entries with it."""
    new: dict[str, datetime] = {}
    for each in additions:
        if each.makes_entry:
            home, listed = each.item.home, each.sighting.listed
            new[home] = min(listed, new.get(home, listed))
    rows = [{"id": home, "published": listed, "made": version} for home, listed in new.items()]
    _many(conn, insert(entries), rows)
    _many(
        conn,
        update(entries).where(entries.c.id == bindparam("of")).values(updated=bindparam("now")),
        [{"of": each.item.home, "now": each.updated} for each in additions if each.updated],
    )


def _many(conn: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(statement, rows)
