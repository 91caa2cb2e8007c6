"""Which digests were begun and sent, in rows of `chores`: one of all workers and hosts sends each.

Beside these marks, a sent digest notes up to when it told of each of its topics and what these
held then: the next ones, of whatever kind, go on from there.

No clock is asked: whoever begins a mail shows the marks that it judged by, and if another worker
has moved them since, the mail is that worker's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from feedproxy.archive.database import Database, begins, upsert
from feedproxy.archive.tables import chores
from feedproxy.digest import LATE, Marks, Turn

NOTED_FOR = 2 * LATE
"""A weekly mail may fail once, and the daily ones between must leave it what it needs."""


class Mails:
    """The caller gives each kind of digest, with its recipients, a name, and each notes' name."""

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
                if turn.judged.told is None:
                    _put(conn, turn, "first", turn.span.after)
            return True

    def noted(self, notes: str) -> dict[str, datetime]:
        """What mails noted under this name, as in `Digest.noted`, and up to when they told."""
        with self._database.read() as conn:
            return _noted(conn, notes)

    def sent(self, turns: Iterable[Turn], notes: str, noted: Mapping[str, datetime]) -> None:
        """The mail of these turns went out; `noted` is to be noted under the name `notes`."""
        with self._database.write() as conn:
            for turn in turns:
                _put(conn, turn, "told", turn.span.until)
            if noted:  # an edit may have removed the topics meanwhile
                _note(conn, notes, noted)

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


def _note(conn: Connection, notes: str, noted: Mapping[str, datetime]) -> None:
    """What was last noted long ago goes: no digest asks for it."""
    oldest = max(noted.values()) - NOTED_FOR
    kept = {each: at for each, at in _noted(conn, notes).items() if at > oldest} | dict(noted)
    conn.execute(delete(chores).where(begins(chores.c.name, _prefix(notes))))
    rows = [{"name": _prefix(notes) + each, "done_at": at} for each, at in kept.items()]
    conn.execute(insert(chores), rows)


def _noted(conn: Connection, notes: str) -> dict[str, datetime]:
    prefix = _prefix(notes)
    rows = conn.execute(select(chores).where(begins(chores.c.name, prefix)))
    return {row.name.removeprefix(prefix): row.done_at for row in rows}


def _prefix(notes: str) -> str:
    return f"{notes} held "
