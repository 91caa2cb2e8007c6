"""Who may read a source: a row with an expiry and a fencing token.

There is at most one holder at a time, over all threads, processes and hosts; only the
database's clock counts. A holder that was paused for longer than its lease and finds the
token raised has lost the lease, and changes nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Double, insert, not_, or_, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from feedproxy.archive import versions
from feedproxy.archive.tables import sources
from feedproxy.errors import LeaseLost
from feedproxy.models import SourceState

LONGEST = 3600.0
"""Seconds. No lease is that long: one that seems to be was given before the clock was set back."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of `owner` to read `source`, until it ends or `token` is raised."""

    source: str
    owner: str
    token: int


class clock(FunctionElement[float]):  # noqa: N801 - reads like the SQL function it is
    """Seconds since 1970 by the database's own clock, at this very moment."""

    type = Double()
    inherit_cache = True


@compiles(clock, "sqlite")
def _sqlite_clock(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(clock, "postgresql")
def _postgresql_clock(*_: Any, **__: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def ensure_row(conn: Connection, source: str) -> None:
    """See to it that `source` has a row."""
    if not conn.execute(select(sources.c.name).where(sources.c.name == source)).scalar():
        conn.execute(insert(sources).values(name=source))


def take(
    conn: Connection, source: str, owner: str, ttl: float, judged: SourceState
) -> Lease | None:
    ensure_row(conn, source)
    until = sources.c.lease_until
    token = conn.execute(
        update(sources)
        .where(
            sources.c.name == source,
            or_(until.is_(None), not_(until.between(clock(), clock() + LONGEST))),
            sources.c.last_attempt.is_not_distinct_from(judged.last_attempt),
        )
        .values(owner=owner, lease_until=clock() + ttl, token=sources.c.token + 1)
        .returning(sources.c.token)
    ).scalar()
    return None if token is None else Lease(source, owner, token)


def _held(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (
        sources.c.name == lease.source,
        sources.c.owner == lease.owner,
        sources.c.token == lease.token,
    )


def check(conn: Connection, lease: Lease) -> None:
    """Raises LeaseLost unless `lease` is still its owner's."""
    if not conn.execute(select(sources.c.token).where(*_held(lease))).scalar():
        raise _lost(lease)


def renew(conn: Connection, lease: Lease, ttl: float) -> None:
    """`ttl` seconds from now on. Raises LeaseLost."""
    _change(conn, lease, lease_until=clock() + ttl)


def finish(conn: Connection, lease: Lease, **state: Any) -> None:
    """Write the source's state and let go of it. Raises LeaseLost."""
    _change(conn, lease, owner=None, lease_until=None, **state)
    versions.raise_states(conn)


def _change(conn: Connection, lease: Lease, **values: Any) -> None:
    if not conn.execute(update(sources).where(*_held(lease)).values(**values)).rowcount:
        raise _lost(lease)


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(
        f"{lease.source}: {lease.owner} held it for too long and another worker has taken over: "
        "what it read is left out"
    )
