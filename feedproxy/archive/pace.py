"""Turns at a site that wants its requests apart: at most one per so many seconds.

This holds over all threads, processes and hosts; only the database's clock counts. A turn that
is not taken, because its holder was killed, delays the others once and is gone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from feedproxy.archive.database import upsert
from feedproxy.archive.leases import clock
from feedproxy.archive.tables import chores
from feedproxy.states import CLOCK_JUMP


def reserve(conn: Connection, kind: str, apart: float) -> float:
    """In how many seconds it is the caller's turn, `apart` seconds after the last that was given.

    A turn further ahead than CLOCK_JUMP was given before the database's clock was set back.
    """
    name = f"ask {kind}"
    now = datetime.fromtimestamp(conn.execute(select(clock())).scalar_one(), UTC)
    last = conn.execute(select(chores.c.done_at).where(chores.c.name == name)).scalar()
    turn = now if last is None or last > now + CLOCK_JUMP else last + timedelta(seconds=apart)
    turn = max(now, turn)
    upsert(conn, chores, {"name": name}, done_at=turn)
    return (turn - now).total_seconds()
