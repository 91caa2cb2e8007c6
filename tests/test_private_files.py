"""What feedproxy writes down is its owner's alone, however lax the system is."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from feedproxy.archive import Archive
from tests.archive_fixtures import Opened
from tests.archive_programs import NOW, listing, record


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where a new file is everybody's unless it says otherwise."""
    usual = os.umask(0)
    yield tmp_path
    os.umask(usual)


def readable_by_others(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if stat.S_IMODE(each.stat().st_mode) & 0o077]


@pytest.fixture
def archive(folder: Path, opened: Opened) -> Archive:
    archive = opened(f"sqlite:///{folder}/archive.db")
    archive.remember("hf", listing(record(1)), NOW)
    return archive


def test_the_archive_its_backups_and_copies_are_their_owners(
    archive: Archive, folder: Path, opened: Opened
) -> None:
    archive.backup(folder / "backup.db")
    archive.copy_to(opened(f"sqlite:///{folder}/copy.db"))
    assert {"archive.db", "backup.db", "copy.db"} <= {each.name for each in folder.iterdir()}
    assert readable_by_others(folder) == []


@pytest.mark.parametrize(("mode", "beside"), [("delete", "journal"), ("wal", "wal")])
def test_so_is_what_sqlite_writes_beside_it(
    archive: Archive, folder: Path, mode: str, beside: str
) -> None:
    archive.close()
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE written (what)")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO written VALUES (1)")
        assert (folder / f"archive.db-{beside}").exists()
        assert readable_by_others(folder) == []
        connection.rollback()
