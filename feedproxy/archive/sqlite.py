"""What is particular to SQLite: opening the file, transactions, errors, backup."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, exc

from feedproxy.archive.hosts import Hosts, this_host
from feedproxy.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveError,
    ArchiveUnwritable,
    ConfigError,
)

SAFE_WAL = (3, 51, 3)
"""Before this version, several processes that write and checkpoint can corrupt a WAL database:
https://sqlite.org/wal.html#walresetbug"""

PRAGMAS = (
    "PRAGMA synchronous=EXTRA",  # also syncs the folder when the journal is deleted
    "PRAGMA foreign_keys=ON",
    "PRAGMA cell_size_check=ON",
    "PRAGMA mmap_size=0",
)

BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
UNWRITABLE = {
    sqlite3.SQLITE_READONLY: "it is read-only: make the file and its folder writable",
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_PERM: "permission denied: make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "it, or its journal, cannot be opened: check its permissions and its "
    "folder's, and that the disk has inodes left (df -i)",
    sqlite3.SQLITE_IOERR: "the disk reports an error: look into the system's log, "
    "or for a quota or a limit on the size of files (ulimit -f)",
}
NOT_WRITTEN = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_CLOSE,
}
"""Errors of VACUUM INTO that the copy has, which is all that it writes."""
BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite's own files end in: beside one that is left over, a copy would be damaged."""
DAMAGED = {sqlite3.SQLITE_CORRUPT: "it is damaged", sqlite3.SQLITE_NOTADB: "it is not a database"}


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    return "wal" if version >= SAFE_WAL else "delete"


class SQLite:
    """The file at `path`; a connection waits `wait` seconds for a lock.

    `read_wait`: to read, or to write in a hurry.
    """

    def __init__(self, path: str | None, wait: float, read_wait: float) -> None:
        if not path or not Path(path).name or path == ":memory:":
            raise ConfigError(
                "the database must be a file, such as sqlite:///feedproxy.db: "
                "no folder, and none in memory, which several processes cannot share"
            )
        self.path = _whole(Path(path))
        self._hosts = Hosts(self.path, this_host())
        self.wait, self.read_wait = wait, read_wait

    def __str__(self) -> str:
        return str(self.path)

    def exists(self) -> bool:
        """Raises ArchiveUnwritable if that cannot be told."""
        try:
            self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise ArchiveUnwritable(
                f"{self.path}: it cannot be reached ({error.strerror}): "
                "open the folders on the way to it to the user that feedproxy runs as (chmod +x), "
                "or set FEEDPROXY_DATABASE"
            ) from error
        return True

    def create(self) -> None:
        """An empty file that is its owner's alone, unless there is a file."""
        if self.exists():
            if self.path.is_dir():
                raise ArchiveUnwritable(
                    f"{self.path}: it is a folder: set FEEDPROXY_DATABASE to a file"
                )
            return
        if not self.path.parent.is_dir():
            raise ArchiveUnwritable(
                f"{self.path}: the folder {self.path.parent} does not exist: "
                "create it, or set FEEDPROXY_DATABASE"
            )
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise ArchiveUnwritable(
                f"{self.path}: it cannot be created ({error.strerror}): "
                "make the folder writable, or make room on its disk (df, df -i), "
                "or set FEEDPROXY_DATABASE"
            ) from error

    def connect(self) -> sqlite3.Connection:
        if not self._hosts.enter():
            raise ArchiveError(
                f"{self.path}: another host uses it over the network, and SQLite is for one host: "
                "stop one of the two, or move both to PostgreSQL with feedproxy copy-to"
            )
        # mode=rw: a file that was deleted meanwhile is missed, not silently begun anew
        return sqlite3.connect(
            f"file:{quote(str(self.path))}?mode=rw",
            uri=True,
            timeout=self.read_wait,
            isolation_level=None,  # `begin` says which BEGIN is meant
            check_same_thread=False,
        )

    def engine(self) -> Engine:
        engine = create_engine(
            "sqlite+pysqlite://",
            creator=self.connect,
            poolclass=QueuePool,
            pool_timeout=self.wait,
            max_overflow=59,  # as many as there are threads: a connection is cheap here
        )
        event.listen(engine, "connect", self._remember_file)
        event.listen(engine, "checkout", self._same_file)
        return engine

    def _remember_file(self, _connection: Any, pooled: Any) -> None:
        pooled.info["file"] = self._file()

    def _same_file(self, _connection: Any, pooled: Any, _proxy: Any) -> None:
        """Reopen a file that was replaced, or has become writable, under the connection: what is
        written to a deleted file is lost, and a file that was opened read-only stays so.
        """
        if pooled.info["file"] != self._file():
            raise exc.InvalidatePoolError("the file is another one")

    def _file(self) -> tuple[int, int, bool] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, os.access(self.path, os.W_OK)

    def begin(self, conn: Connection, *, writes: bool, hurried: bool) -> None:
        """Writers queue here: a transaction that has begun to read could not wait for a lock."""
        wait = self.wait if writes and not hurried else self.read_wait
        conn.exec_driver_sql(_waiting(wait))
        if not conn.info.get("set"):
            for pragma in PRAGMAS:  # they wait for a lock, too
                conn.exec_driver_sql(pragma)
            conn.info["set"] = True
        conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    def prepare(self, engine: Engine) -> None:
        """Set the journal mode, which the file keeps."""
        wanted = journal_mode()
        with closing(engine.raw_connection()) as raw:
            cursor = raw.cursor()
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != wanted:
                cursor.execute(f"PRAGMA journal_mode={wanted}")

    def close(self) -> None:
        """No connection is open any more."""
        self._hosts.leave()

    def explain(self, error: BaseException) -> ArchiveError:
        """What the driver's error says of the file, as an error of ours: returned, or raised."""
        code = _extended_code(error) & 0xFF
        if code in BUSY:
            return ArchiveBusy(
                f"{self.path}: it is locked: another worker or command of feedproxy is writing, or "
                "another program holds it: it is tried again; if that goes on, look for a slow "
                "disk, an open sqlite3 shell or a running backup"
            )
        if code == sqlite3.SQLITE_CANTOPEN and not self.exists():
            return self.damaged("it is gone")
        if code in UNWRITABLE:
            return ArchiveUnwritable(f"{self.path}: {UNWRITABLE[code]} ({error})")
        if code in DAMAGED or "decode" in str(error) or "no such" in str(error):
            return self.damaged(DAMAGED.get(code, "it is damaged"), str(error))
        return ArchiveError(f"{self.path}: {error}")

    def damaged(self, what: str, detail: str = "") -> ArchiveDamaged:
        """Nothing is ever rebuilt unasked: it would hide the loss."""
        return ArchiveDamaged(
            f"{self.path}: {what}{f' ({detail})' if detail else ''}: stop feedproxy, move the file "
            f"aside, and {', '.join(self.path.name + end for end in BESIDE)}, where there are any, "
            f"and restore a backup: cp BACKUP {self.path}"
        )

    def check(self, conn: Connection) -> None:
        """Read the whole file: about a second for each GB."""
        found = conn.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise self.damaged("it is damaged", str(found))

    def backup(self, path: Path) -> None:
        """A whole copy of this moment, while others go on reading and writing."""
        copy = str(_whole(path))
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        except FileExistsError as error:
            raise ArchiveUnwritable(f"{path}: there is a file already: name another") from error
        except OSError as error:
            raise ArchiveUnwritable(f"{path}: it cannot be created: {error.strerror}") from error
        try:
            self._copy_into(copy)
        except BaseException as error:
            path.unlink()
            if isinstance(error, OSError) or _extended_code(error) in NOT_WRITTEN:
                raise ArchiveUnwritable(
                    f"{path}: it cannot be written ({error}): "
                    "make room on its disk (df, quota, ulimit -f), or name a file on another"
                ) from error
            raise

    def _copy_into(self, path: str) -> None:
        with closing(self.connect()) as connection:
            connection.execute(_waiting(self.wait))
            connection.execute("VACUUM INTO ?", (path,))
        with Path(path).open("rb+") as file:
            os.fsync(file)


def _extended_code(error: BaseException) -> int:
    """SQLite's own, which says more than its last eight bits alone; 0 if the error has none."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code


def _waiting(seconds: float) -> str:
    """The statement that limits how long to wait for a lock."""
    return f"PRAGMA busy_timeout={int(seconds * 1000)}"


def _whole(path: Path) -> Path:
    """The absolute path. Raises ConfigError unless it is UTF-8, the only encoding SQLite takes."""
    whole = path.absolute()
    try:
        str(whole).encode()
    except UnicodeEncodeError as error:
        raise ConfigError(f"{whole}: the path of a database must be UTF-8: name another") from error
    return whole
