"""The archive's tables, the same for SQLite and PostgreSQL. No query is made here.

A *sighting* is what one source said of one of its own items; an *entry* is the
paper that one or more sightings are about, and keeps its id and date for ever;
*evidence* is what an item says of which paper it is; an *alias* leads from an
entry to the one that it turned out to be; a *reading* is one change of one number.
Row ids are given out by the writer, of which there is one at a time.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from feedproxy.errors import ArchiveDamaged


@lru_cache(maxsize=4096)
def _moment(stored: str | datetime) -> datetime:
    """One refresh gives many rows the same date: they share one object."""
    if isinstance(stored, datetime):
        return stored.astimezone(UTC)
    try:
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    except ValueError as error:
        raise unreadable("a date", error) from error


def unreadable(what: str, error: Exception) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"the archive is damaged, {what} cannot be read ({error}): restore a backup"
    )


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC; in SQLite, text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - its signature
        return None if value is None else _moment(value)


metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""`schema`, and the counters of `versions.Versions`."""

entries = Table(
    "entries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("published", Moment, nullable=False),
    Column("updated", Moment),
    Column("made", BigInteger, nullable=False, default=0),
)
"""`made` is the content version that first held it; 0: it is from before that was noted."""

aliases = Table(
    "aliases",
    metadata,
    Column("identity", Text, ForeignKey("entries.id"), primary_key=True),
    Column("entry", Text, ForeignKey("entries.id"), nullable=False, index=True),
    Column("updated", Moment),
)
"""`updated` is when this one joined the entry, if its text or links changed by that."""

evidence = Table(
    "evidence",
    metadata,
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("identity", Text, primary_key=True, index=True),
    Column("home", Text, ForeignKey("entries.id"), nullable=False, index=True),
)
"""An `identities.Item` for each source and key; its home is one of its identities."""

sightings = Table(
    "sightings",
    metadata,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    ),
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("entry", Text, ForeignKey("entries.id"), nullable=False, index=True),
    Column("listed", Moment, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("version", BigInteger, nullable=False, index=True),
    Column("fields", Text, nullable=False),
    UniqueConstraint("source", "key"),
)
"""`version` is the content version of its last change; `fields` a JSON object."""

readings = Table(
    "readings",
    metadata,
    Column("sighting", ForeignKey("sightings.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("seen", Moment, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_success", Moment),
    Column("last_attempt", Moment),
    Column("next_attempt", Moment),
    Column("last_news", Moment),
    Column("failures", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
    Column("served_by", Text, nullable=False, default=""),
    Column("notes", Text, nullable=False, default="[]"),
    Column("owner", Text),
    Column("lease_until", Double),
    Column("token", BigInteger, nullable=False, default=0),
    Column("read_whole", BigInteger, nullable=False, default=0),
    Column("read_doubted", BigInteger, nullable=False, default=0),
    Column("read_failed", BigInteger, nullable=False, default=0),
    Column("left_alone", Moment),
)
"""`lease_until` is in seconds since 1970 by the database's clock; `token` fences."""

parts = Table(
    "parts",
    metadata,
    Column("source", Text, ForeignKey("sources.name"), primary_key=True),
    Column("part", Text, primary_key=True),
    Column("read_at", Moment, nullable=False),
    Column("usual", BigInteger),
    Column("usual_at", Moment),
    Column("renewed", Integer, nullable=False, default=0),
)
"""The last three are a `plausible.Usual`."""

changes = Table(
    "changes",
    metadata,
    Column("source", Text, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("word", Text, nullable=False),
    Column("why", Text, nullable=False),
)
"""Each a `states.StateChange`."""

chores = Table(
    "chores",
    metadata,
    Column("name", Text, primary_key=True),
    Column("done_at", Moment, nullable=False),
)
"""Moments by name: `trim`, `forget SOURCE` (`kept`), `kept since SOURCE` (`forgetting`), `ask KIND`
(`pace`), and those of `mails`."""

validators = Table(
    "validators",
    metadata,
    Column("url", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
)
"""What makes a request conditional. Despite its name, `url` holds a key made by `revalidation`."""

rules_files = Table(
    "rules_files",
    metadata,
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
)
"""The last good text of each rules file."""

served = Table(
    "served",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("since", Moment, nullable=False),
)
"""The last version of each answer, and when it was first served: its Last-Modified."""

Index("sightings_by_age", sightings.c.source, sightings.c.listed)


def fields_of(row: Any) -> dict[str, Any]:
    """What a row of `sightings` says of its item. Raises ArchiveDamaged."""
    try:
        said: dict[str, Any] = json.loads(row.fields)
    except ValueError as error:
        raise unreadable(row.key, error) from error
    return said
