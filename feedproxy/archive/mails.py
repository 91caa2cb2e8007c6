"""Which digests were begun and sent, in rows of `chores`: of all workers and hosts, one sends each.

No clock is asked: who begins a mail shows the marks that it judged by, and if another has
moved them since, the mail is that other's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, select

from feedproxy.archive.database import Database
from feedproxy.archive.kept import upsert
from feedproxy.archive.tables import chores
from feedproxy.digest import Marks, Turn


class Mails:
    """Each kind of digest, with its recipients, goes by a name of the caller's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def marks(self, name: str) -> Marks:
        with self._database.read() as conn:
            return _marks(conn, name)

    def begin(self, turns: Collection[Turn]) -> bool:
        """Whether the mail of these turns is the caller's to send, and nobody else's."""
        with self._database.write() as conn:
            if any(_marks(conn, turn.name) != turn.judged for turn in turns):
                return False
            for turn in turns:
                _put(conn, turn, "begun", turn.due)
            return True

    def sent(self, turns: Iterable[Turn]) -> None:
        """Everything of their spans is told."""
        with self._database.write() as conn:
            for turn in turns:
                _put(conn, turn, "told", turn.span.until)

    def give_back(self, turns: Iterable[Turn], now: datetime) -> None:
        """The mail was certainly not sent, and may be begun again."""
        with self._database.write() as conn:
            for turn in turns:
                conn.execute(delete(chores).where(chores.c.name == f"{turn.name} begun"))
                _put(conn, turn, "failed", now)


def _marks(conn: Connection, name: str) -> Marks:
    names = [f"{name} {mark}" for mark in Marks._fields]
    rows = conn.execute(select(chores).where(chores.c.name.in_(names)))
    found = {row.name: row.done_at for row in rows}
    return Marks(*map(found.get, names))


def _put(conn: Connection, turn: Turn, mark: str, moment: datetime) -> None:
    upsert(conn, chores, {"name": f"{turn.name} {mark}"}, done_at=moment)
