"""Which digests were begun and sent, in rows of `chores`: one of all workers and hosts sends each.

Beside these marks, a sent digest notes what its topics held then, for the next ones to compare.

No clock is asked: whoever begins a mail shows the marks that it judged by, and if another worker
has moved them since, the mail is that worker's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from feedproxy.archive.database import Database, upsert
from feedproxy.archive.tables import chores
from feedproxy.digest import LATE, Marks, Turn


class Mails:
    """The caller gives each kind of digest, with its recipients, a name."""

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

    def held(self, name: str, told: datetime | None) -> frozenset[str] | None:
        """What mails noted; None unless the mail that `told` everything up to then did so, too."""
        with self._database.read() as conn:
            noted = _noted(conn, name)
        if noted.pop("", None) != told or told is None:
            return None
        return frozenset(noted)

    def sent(self, turns: Mapping[Turn, Iterable[str]]) -> None:
        """The mail of these turns went out; note what their topics held at the end of the spans."""
        with self._database.write() as conn:
            for turn, held in turns.items():
                _put(conn, turn, "told", turn.span.until)
                _note(conn, turn, held)

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


def _note(conn: Connection, turn: Turn, held: Iterable[str]) -> None:
    """Note what the topics held. What was last noted long ago goes: no digest asks for it."""
    until = turn.span.until
    recent = {each: at for each, at in _noted(conn, turn.name).items() if at > until - LATE}
    noted = recent | dict.fromkeys(["", *held], until)
    conn.execute(delete(chores).where(_begins(_prefix(turn.name))))
    rows = [{"name": _prefix(turn.name) + each, "done_at": at} for each, at in noted.items()]
    conn.execute(insert(chores), rows)


def _noted(conn: Connection, name: str) -> dict[str, datetime]:
    """What mails noted, and when last; the empty name says when any mail noted anything."""
    prefix = _prefix(name)
    rows = conn.execute(select(chores).where(_begins(prefix)))
    return {row.name.removeprefix(prefix): row.done_at for row in rows}


def _prefix(name: str) -> str:
    return f"{name} held "


def _begins(prefix: str) -> ColumnElement[bool]:
    return func.substr(chores.c.name, 1, len(prefix)) == prefix
