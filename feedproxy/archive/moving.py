"""Copying a whole archive into another, as from SQLite to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection, RowMapping, Table, delete, func, insert, select

from feedproxy.archive.keys import KEY_BYTES
from feedproxy.archive.tables import entries, evidence, meta, metadata, rules_files, sources
from feedproxy.errors import ArchiveError

Rows = Callable[[Table], Iterable[Sequence[RowMapping]]]
"""All of a table, some rows at a time."""

STARTED = (entries, sources, rules_files)
"""An archive in which one of these has a row has been used."""
INDEXED = 2 * KEY_BYTES + 64
"""Bytes of an item's key and one of its identities, with their hashes: more was kept in SQLite by
older versions. The item has a shorter key by now, so nobody looks for what is left out of a copy.
"""


def count(conn: Connection, table: Table) -> int:
    return conn.execute(select(func.count()).select_from(table)).scalar_one()


def copy(origin: Rows, target: Connection, where: str) -> dict[str, int]:
    """How many rows of each table there were to copy, and are there now. Raises ArchiveError."""
    if any(count(target, table) for table in STARTED):
        raise ArchiveError(f"{where}: it is not empty: name a new database")
    target.execute(delete(meta))
    return {table.name: _copy(origin, target, table) for table in metadata.sorted_tables}


def _copy(origin: Rows, target: Connection, table: Table) -> int:
    here = 0
    for some in origin(table):
        if fitting := [dict(row) for row in some if table is not evidence or _fits(row)]:
            target.execute(insert(table), fitting)
            here += len(fitting)
    there = count(target, table)
    if here != there:
        raise ArchiveError(f"{table.name}: {there} of {here} rows arrived: nothing was copied")
    return here


def _fits(said: RowMapping) -> bool:
    return len(said["key"].encode()) + len(said["identity"].encode()) <= INDEXED
