"""Copying a whole archive into another, as from SQLite to PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, func, insert, select

from feedproxy.archive.tables import entries, meta, metadata, rules_files, sources
from feedproxy.errors import ArchiveError

CHUNK = 5000
STARTED = (entries, sources, rules_files)
"""An archive in which one of these has a row has been used."""


def count(conn: Connection, table: Table) -> int:
    return conn.execute(select(func.count()).select_from(table)).scalar_one()


def copy(origin: Connection, target: Connection, where: str) -> dict[str, int]:
    """How many rows each table has, on both sides. Raises ArchiveError."""
    if any(count(target, table) for table in STARTED):
        raise ArchiveError(f"{where}: it is not empty: name a new database")
    target.execute(delete(meta))
    return {table.name: _copy(origin, target, table) for table in metadata.sorted_tables}


def _copy(origin: Connection, target: Connection, table: Table) -> int:
    rows = origin.execute(select(table), execution_options={"yield_per": CHUNK})
    for some in rows.mappings().partitions():
        target.execute(insert(table), [dict(row) for row in some])
    here, there = count(origin, table), count(target, table)
    if here != there:
        raise ArchiveError(f"{table.name}: {there} of {here} rows arrived: nothing was copied")
    return here
