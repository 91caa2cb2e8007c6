"""Transactions for reading or writing, whichever database it is. No table is known here.

The one place where the errors of sqlalchemy and of the drivers become ours.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Table,
    exc,
    func,
    insert,
    make_url,
    select,
    update,
)

from feedproxy.archive import schema
from feedproxy.archive.postgresql import PostgreSQL
from feedproxy.archive.sqlite import SQLite
from feedproxy.errors import ArchiveBusy, ArchiveDamaged, ConfigError

CHUNK = 5000
"""How many rows are read at a time where all of a table are."""


def backend(url: str, wait: float, read_wait: float) -> SQLite | PostgreSQL:
    """What `url` leads to. Raises ConfigError."""
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError) as error:  # the second of a port that is no number
        raise ConfigError(
            "the database must be given as sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/"
            "NAME, and PORT is a number"
        ) from error
    if "@" in (parsed.host or ""):
        raise ConfigError("the database's address has two @: the one of a password is written %40")
    if parsed.drivername == "sqlite":
        return SQLite(parsed.database, wait, read_wait)
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return PostgreSQL(parsed, wait, read_wait)
    raise ConfigError(f"{parsed.drivername}: only sqlite:///... and postgresql://... are supported")


class Database:
    """Opened lazily, once for each process: no connection outlives a fork."""

    def __init__(
        self,
        backend: SQLite | PostgreSQL,
        steps: Sequence[schema.Step] = schema.STEPS,
        *,
        new: bool = True,
    ) -> None:
        self.backend = backend
        self._steps = steps
        self._new = new
        self._engines: dict[int, Engine] = {}
        self._opening: dict[int, Lock] = {}

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that sees the database as of one moment. Raises ArchiveError."""
        return self._transaction(writes=False)

    def write(self, *, hurried: bool = False) -> AbstractContextManager[Connection]:
        """A transaction that writes everything or nothing, one at a time. Raises ArchiveError.

        `hurried`: a request is waiting, so other writers are waited for only shortly.
        """
        return self._transaction(writes=True, hurried=hurried)

    @contextmanager
    def _transaction(self, **how: bool) -> Iterator[Connection]:
        with self._explained(), self._connection(self._engine(), **how) as conn:
            # another host may have upgraded it since it was opened here
            schema.known_version(conn, self._steps, self.backend)
            yield conn

    def check(self) -> None:
        with self.read() as conn:
            self.backend.check(conn)

    def backup(self, path: Path) -> None:
        with self._explained():
            self._engine()
            self.backend.backup(path)

    def rows(self, conn: Connection, table: Table) -> Iterator[Sequence[RowMapping]]:
        """All of the table, some rows at a time. Raises ArchiveError of this database's own errors,
        also amid a transaction of another one.
        """
        with self._explained():
            found = conn.execute(select(table), execution_options={"yield_per": CHUNK})
            yield from found.mappings().partitions()

    def close(self) -> None:
        """Close this process's connections; the next use opens them again."""
        if engine := self._engines.get(os.getpid()):
            engine.dispose()
            self.backend.close()

    def _engine(self) -> Engine:
        process = os.getpid()
        with self._opening.setdefault(process, Lock()):  # at a fork the parent's may be held
            if process not in self._engines:
                self._engines[process] = self._open()
        return self._engines[process]

    def _open(self) -> Engine:
        if self._new and not self._engines:  # a file that vanished is not created again
            self.backend.create()
        engine = self.backend.engine()
        try:
            self._prepare(engine)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _prepare(self, engine: Engine) -> None:
        """See to it that the tables have the right version; nothing is written if they have."""
        self.backend.prepare(engine)
        with self._connection(engine, writes=False) as conn:
            current = schema.is_current(conn, self._steps, self.backend)
        if not current:
            with self._connection(engine, writes=True) as conn:
                schema.upgrade(conn, self._steps, self.backend)

    @contextmanager
    def _connection(
        self, engine: Engine, *, writes: bool, hurried: bool = False
    ) -> Iterator[Connection]:
        with engine.connect() as conn, conn.begin():
            self.backend.begin(conn, writes=writes, hurried=hurried)
            yield conn

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except exc.TimeoutError as error:
            raise ArchiveBusy(f"{self.backend}: every connection is in use: try again") from error
        except (exc.DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, exc.DBAPIError) else error
            explained = self.backend.explain(cause or error)
            if isinstance(explained, ArchiveDamaged):
                self.close()  # if the file is restored in place, what they cached is wrong
            raise explained from error


def upsert(conn: Connection, table: Table, key: Mapping[str, Any], **values: Any) -> None:
    """Update the row with this key, or insert it: safe, since there is one writer at a time."""
    same = [table.c[name] == value for name, value in key.items()]
    if not conn.execute(update(table).where(*same).values(**values)).rowcount:
        conn.execute(insert(table).values(**key, **values))


def begins(text: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Whether `text` begins so, in the same case: SQLite's LIKE ignores it."""
    return func.substr(text, 1, len(prefix)) == prefix
