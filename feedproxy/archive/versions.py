"""The archive's counters: what a reader compares to learn whether anything is new."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from feedproxy.archive.tables import meta


class Versions(NamedTuple):
    content: int
    """Raised by every change that a feed may show, and by nothing else."""
    epoch: int
    """The content version at which records last disappeared, since they were removed or joined to
    others: a reader that knows only an older version must ask which ones are still there."""
    states: int
    """Raised by every change of a source's state."""


def create(conn: Connection) -> None:
    conn.execute(insert(meta), [{"name": name, "value": 0} for name in Versions._fields])


def read(conn: Connection) -> Versions:
    found = {row.name: row.value for row in conn.execute(select(meta))}
    return Versions(*(found[name] for name in Versions._fields))


def put(conn: Connection, name: str, value: int) -> None:
    conn.execute(update(meta).where(meta.c.name == name).values(value=value))


def raise_content(conn: Connection) -> int:
    """The new content version; what changes with it is stamped with it."""
    version = read(conn).content + 1
    put(conn, "content", version)
    return version


def raise_states(conn: Connection) -> None:
    conn.execute(update(meta).where(meta.c.name == "states").values(value=meta.c.value + 1))
