"""Small things kept beside the records: states, rules files, validators, when feeds changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from feedproxy.archive.derive import storable
from feedproxy.archive.tables import parts, rules_files, served, sightings, sources, validators
from feedproxy.models import SourceState


class Validators(NamedTuple):
    """What makes the next request for a URL conditional."""

    etag: str | None = None
    last_modified: str | None = None


def upsert(conn: Connection, table: Table, key: Mapping[str, Any], **values: Any) -> None:
    """There is one writer at a time, so looking first is safe."""
    same = [table.c[name] == value for name, value in key.items()]
    if not conn.execute(update(table).where(*same).values(**values)).rowcount:
        conn.execute(insert(table).values(**key, **values))


def states(conn: Connection) -> dict[str, SourceState]:
    counts = select(sightings.c.source, func.count().label("records")).group_by(sightings.c.source)
    records = {row.source: row.records for row in conn.execute(counts)}
    read_at: dict[str, dict[str, datetime]] = defaultdict(dict)
    for row in conn.execute(select(parts)):
        read_at[row.source][row.part] = row.read_at
    return {
        row.name: SourceState(
            name=row.name,
            last_success=row.last_success,
            last_attempt=row.last_attempt,
            next_attempt=row.next_attempt,
            last_news=row.last_news,
            failures=row.failures,
            error=row.error,
            served_by=row.served_by,
            notes=tuple(json.loads(row.notes)),
            records=records.get(row.name, 0),
            parts=read_at[row.name],
        )
        for row in conn.execute(select(sources).order_by(sources.c.name))
    }


def success(
    now: datetime, next_attempt: datetime, served_by: str, notes: Iterable[str]
) -> dict[str, Any]:
    """The columns of a source's state after a whole refresh."""
    return {
        "last_success": now,
        "last_attempt": now,
        "next_attempt": next_attempt,
        "failures": 0,
        "error": "",
        "served_by": storable(served_by),
        "notes": json.dumps(list(notes)),
    }


def failure(now: datetime, next_attempt: datetime, error: str) -> dict[str, Any]:
    """The columns of a source's state after a refresh that failed; what was good is kept."""
    return {
        "last_attempt": now,
        "next_attempt": next_attempt,
        "failures": sources.c.failures + 1,
        "error": storable(error),
    }


def rules(conn: Connection) -> dict[str, str]:
    found = conn.execute(select(rules_files).order_by(rules_files.c.name))
    return {row.name: row.text for row in found}


def keep_rules(conn: Connection, files: Mapping[str, str]) -> None:
    conn.execute(delete(rules_files))
    if files:
        conn.execute(
            insert(rules_files), [{"name": name, "text": text} for name, text in files.items()]
        )


def served_since(conn: Connection, feed: str, etag: str) -> datetime | None:
    """When `etag` was first served, if it is what was served last."""
    same = served.c.feed == feed, served.c.etag == etag
    return conn.execute(select(served.c.since).where(*same)).scalar()


def validators_of(conn: Connection, url: str) -> Validators:
    found = conn.execute(
        select(validators.c.etag, validators.c.last_modified).where(validators.c.url == url)
    ).first()
    return Validators(*found) if found else Validators()
