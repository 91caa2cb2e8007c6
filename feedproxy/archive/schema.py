"""The version of the tables: creating them, upgrading old ones, refusing newer ones.

A step upgrades the tables by one version; all steps run in one transaction. A new archive is
created at the latest version at once, which is the one in `tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from sqlalchemy import Connection, insert, inspect

from feedproxy.archive import versions
from feedproxy.archive.tables import meta, metadata
from feedproxy.errors import ArchiveDamaged, ArchiveNewer

Step = Callable[[Connection], None]

_VERSION = "SELECT value FROM meta WHERE name = 'schema'"
"""Asked in every transaction: plain text takes a seventh of the time of a built query."""


def _moment(conn: Connection) -> str:
    """The type of a `tables.Moment` there."""
    return "TEXT" if conn.dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"


def watch_sources(conn: Connection) -> None:
    """To version 2: what readings are like, how they ended, how sources changed."""
    moment = _moment(conn)
    for statement in (
        "ALTER TABLE sources ADD COLUMN read_whole BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE sources ADD COLUMN read_doubted BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE sources ADD COLUMN read_failed BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE parts ADD COLUMN usual BIGINT",
        f"ALTER TABLE parts ADD COLUMN usual_at {moment}",
        "ALTER TABLE parts ADD COLUMN renewed INTEGER NOT NULL DEFAULT 0",
        f"CREATE TABLE changes (source TEXT NOT NULL, at {moment} NOT NULL, word TEXT NOT NULL, "
        "why TEXT NOT NULL, PRIMARY KEY (source, at))",
        f"CREATE TABLE chores (name TEXT NOT NULL PRIMARY KEY, done_at {moment} NOT NULL)",
    ):
        conn.exec_driver_sql(statement)


def join_papers(conn: Connection) -> None:
    """To version 3: items tell which papers they are; every entry was its items' only one."""
    moment = _moment(conn)
    for statement in (
        "ALTER TABLE entries ADD COLUMN made BIGINT NOT NULL DEFAULT 0",
        "CREATE TABLE evidence (source TEXT NOT NULL, key TEXT NOT NULL, identity TEXT NOT NULL, "
        "home TEXT NOT NULL REFERENCES entries (id), PRIMARY KEY (source, key, identity))",
        "CREATE INDEX ix_evidence_identity ON evidence (identity)",
        "CREATE INDEX ix_evidence_home ON evidence (home)",
        "INSERT INTO evidence SELECT source, key, entry, entry FROM sightings",
        "DROP TABLE aliases",
        "CREATE TABLE aliases (identity TEXT NOT NULL PRIMARY KEY REFERENCES entries (id), "
        f"entry TEXT NOT NULL REFERENCES entries (id), updated {moment})",
        "CREATE INDEX ix_aliases_entry ON aliases (entry)",
    ):
        conn.exec_driver_sql(statement)


def leave_alone(conn: Connection) -> None:
    """To version 4: until when a site asked to be left alone."""
    conn.exec_driver_sql(f"ALTER TABLE sources ADD COLUMN left_alone {_moment(conn)}")


STEPS: Sequence[Step] = (watch_sources, join_papers, leave_alone)
"""`STEPS[0]` upgrades version 1 to version 2. A step is never edited once it was released."""


class Where(Protocol):
    """The database, as messages name it."""

    def damaged(self, what: str) -> ArchiveDamaged: ...


def known_version(conn: Connection, steps: Sequence[Step], where: Where) -> int:
    """Of the tables, which must be there. Raises ArchiveNewer and ArchiveDamaged."""
    found, ours = conn.exec_driver_sql(_VERSION).scalar(), 1 + len(steps)
    if not isinstance(found, int):
        raise where.damaged("it does not say its version")
    if found > ours:
        raise ArchiveNewer(
            f"{where} was written by a newer feedproxy (schema {found}, this one knows {ours}): "
            "install that feedproxy again, or restore a backup from before the upgrade"
        )
    return found


def is_current(conn: Connection, steps: Sequence[Step], where: Where) -> bool:
    """Whether the tables are there and can be used as they are. Raises as `known_version`."""
    return _are_there(conn, where) and known_version(conn, steps, where) == 1 + len(steps)


def upgrade(conn: Connection, steps: Sequence[Step], where: Where) -> None:
    """Create or upgrade the tables; two processes may try at once."""
    if not _are_there(conn, where):
        metadata.create_all(conn)
        conn.execute(insert(meta).values(name="schema", value=1 + len(steps)))
        versions.create(conn)
        return
    for step in steps[known_version(conn, steps, where) - 1 :]:
        step(conn)
    versions.put(conn, "schema", 1 + len(steps))


def _are_there(conn: Connection, where: Where) -> bool:
    """Raises ArchiveDamaged if some are, but not the one that says the version."""
    found = inspect(conn)
    if found.has_table(meta.name):
        return True
    if other := next(filter(found.has_table, metadata.tables), None):
        raise where.damaged(f"it looks like another program's, with a table {other} but no meta")
    return False
