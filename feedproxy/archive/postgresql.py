"""What is particular to PostgreSQL: connecting, transactions, errors."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, exc

from feedproxy.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveError,
    ArchiveUnwritable,
    ConfigError,
)

WRITERS = 4_021_977_266
"""The advisory lock that writers take: one at a time, as in SQLite."""

READ_ONLY = "25006"
BUSY = {"55P03", "57014", "40P01", "40001", "53300", "57P03", "25P03"}
ENCODINGS = {"UTF8", "SQL_ASCII"}
"""Those that can store any text: the second takes the bytes as they are."""
UNWRITABLE = {
    READ_ONLY: "it is read-only (a standby?): connect to the primary",
    "42501": "this user may not do that: grant the rights on the schema and its tables",
    "53100": "its disk is full: free some space",
}
DAMAGED = {"XX001", "XX002", "42P01", "42703"}


class PostgreSQL:
    """The database at `url`; a connection waits `wait` seconds for a lock or an answer.

    `hurried_wait`: for a lock, to write in a hurry.
    """

    def __init__(self, url: URL, wait: float, hurried_wait: float) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        self.wait, self.hurried_wait = wait, hurried_wait

    def __str__(self) -> str:
        """Without its query, where a password may stand, too."""
        return self.url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)

    def exists(self) -> bool:
        """As far as can be told without asking it."""
        return True

    def create(self) -> None:
        """The database itself is its administrator's matter."""

    def engine(self) -> Engine:
        try:
            engine = create_engine(
                self.url,
                pool_pre_ping=True,  # a restarted server is not the next request's error
                pool_timeout=self.wait,
                connect_args={
                    "client_encoding": "utf8",
                    "connect_timeout": max(2, math.ceil(self.wait)),
                    "tcp_user_timeout": int(self.wait * 1000),
                    # a pooler may give the next transaction another session, which has none
                    "prepare_threshold": None,
                },
            )
        except ModuleNotFoundError as error:
            raise ConfigError(
                "PostgreSQL needs another package: run pip install -c constraints.txt "
                "'psycopg[binary]' in feedproxy's clone, by the pip of the environment that it "
                "runs in"
            ) from error
        except exc.ArgumentError as error:
            raise ConfigError(f"{self}: what follows its ? cannot be used: {error}") from error
        event.listen(engine, "connect", self._refuse_narrow_encoding)
        event.listen(engine, "handle_error", _part_with_read_only_sessions)
        return engine

    def _refuse_narrow_encoding(self, connection: Any, _pooled: Any) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding not in ENCODINGS:
            raise ConfigError(
                f"{self}: its encoding is {encoding}, which has not the letters of every title: "
                "make another, createdb -E UTF8 -T template0 NAME, and pg_dump this one into it"
            )

    def begin(self, conn: Connection, *, writes: bool, hurried: bool) -> None:
        """One writer at a time; a reader sees one moment, as in SQLite."""
        wait = int(1000 * (self.hurried_wait if hurried else self.wait))
        reading = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        writing = (
            # what others wrote while it waited for its turn counts
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;"
            # a writer that was paused, or whose host is gone, must not hold up the others
            f"SET LOCAL idle_in_transaction_session_timeout = {2 * wait};"
            f"SELECT pg_advisory_xact_lock({WRITERS})"
        )
        # the driver reads no other dates
        always = f"SET LOCAL datestyle = ISO; SET LOCAL lock_timeout = {wait};"
        conn.exec_driver_sql(always + (writing if writes else reading))

    def prepare(self, engine: Engine) -> None:
        """Nothing to set."""

    def close(self) -> None:
        """Nothing beside the connections is held."""

    def explain(self, error: BaseException) -> ArchiveError:
        """What the driver's error says of the database, as an error of ours."""
        from psycopg import OperationalError  # an extra, but whoever gets here has it

        state = getattr(error, "sqlstate", None)
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if state in BUSY:
            return ArchiveBusy(f"{self}: it is busy: it is tried again ({said})")
        if state in UNWRITABLE:
            return ArchiveUnwritable(f"{self}: {UNWRITABLE[state]} ({said})")
        if state in DAMAGED:
            return self.damaged(said)
        if (state or "08").startswith(("08", "57P")) and isinstance(error, OperationalError):
            return ArchiveBusy(
                f"{self}: it cannot be reached: check that the server runs and that DATABASE_URL "
                f"is right; a running feedproxy tries again by itself ({said})"
            )
        return ArchiveError(f"{self}: {said}")

    def damaged(self, what: str) -> ArchiveDamaged:
        return ArchiveDamaged(
            f"{self}: it is damaged, or its tables are another program's ({what}): restore a "
            "backup with pg_restore, or give feedproxy a database of its own"
        )

    def check(self, conn: Connection) -> None:
        """The server looks after its own files."""

    def backup(self, path: Path) -> None:
        raise ConfigError(
            f"a PostgreSQL archive is saved by: pg_dump --format=custom -f {path} URL"
        )


def _part_with_read_only_sessions(context: ExceptionContext) -> None:
    """A session keeps the setting with which it began: a new one asks whether it still holds."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True
