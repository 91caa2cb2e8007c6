"""A PostgreSQL server of Debian's packages in a temporary folder, for as long as the tests run."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

DEBIAN = Path("/usr/lib/postgresql")
_names = count()


class Server:
    """Listens on a socket in `folder`, not on the network."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        self.data = folder / "data"
        self._run("initdb", "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def new_database(self, encoding: str = "UTF8") -> str:
        """The URL of an empty one."""
        name = f"feedproxy{next(_names)}"
        how = f"ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} STRATEGY FILE_COPY {how}")
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*_as_somebody(), self.programs / program, "-D", self.data, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )


def _as_somebody() -> Sequence[str]:
    """PostgreSQL refuses to be run by root."""
    return (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if _is_root() else []
    )


def _is_root() -> bool:
    return os.geteuid() == 0


@cache
def server() -> Server:
    """The one of this test run; skips the test where PostgreSQL is not installed."""
    installed = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not installed:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="feedproxy-postgresql-"))
    if _is_root():
        shutil.chown(folder, "postgres")
    started = Server(installed[-1].parent, folder)

    def remove() -> None:
        started.stop()
        shutil.rmtree(folder)

    atexit.register(remove)
    return started
