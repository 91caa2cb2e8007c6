"""Opening an archive: where it is, who may read it, in which mode, by how many at once."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from feedproxy.archive import Archive
from feedproxy.archive.sqlite import journal_mode
from feedproxy.errors import ArchiveBusy, ArchiveDamaged, ArchiveUnwritable, ConfigError
from tests.archive_fixtures import Opened, start
from tests.archive_programs import NOW, listing, record
from tests.test_archive_faults import mounted


def test_a_new_file_is_its_owners_alone(sqlite: Archive, file: Path) -> None:
    sqlite.check()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_missing_folder_is_named(tmp_path: Path, opened: Opened) -> None:
    with pytest.raises(ArchiveUnwritable, match=r"the folder .*/missing does not exist: create it"):
        opened(f"sqlite:///{tmp_path}/missing/archive.db").check()


def test_s_4_a_disk_without_inodes_is_said_and_recovered_from(
    tmp_path: Path, opened: Opened
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=3m,nr_inodes=5", "none"):
        archive = opened(f"sqlite:///{disk}/archive.db")
        archive.check()
        archive.close()
        with suppress(OSError):
            for each in range(5):
                (disk / f"ballast{each}").touch()
        with pytest.raises(ArchiveUnwritable, match=r"cannot be opened.*df -i"):
            archive.remember("hf", listing(record(1)), NOW)
        with pytest.raises(ArchiveUnwritable, match=r"cannot be created.*df -i"):
            opened(f"sqlite:///{disk}/other.db").check()
        for ballast in disk.glob("ballast*"):
            ballast.unlink()
        assert archive.remember("hf", listing(record(1)), NOW).new == 1


@pytest.mark.parametrize("new", [True, False])
def test_where_it_cannot_be_told_whether_there_is_one_that_is_said(
    new: bool, tmp_path: Path, opened: Opened
) -> None:
    archive = opened(f"sqlite:///{tmp_path}/{'x' * 300}/archive.db", new=new)
    for ask in (archive.exists, archive.check, archive.versions):
        with pytest.raises(ArchiveUnwritable, match=r"cannot be reached \(File name too long\)"):
            ask()


@pytest.mark.parametrize("written", ["archive.db", "archive.db?timeout=3", "an%20archive.db"])
def test_that_there_is_one_is_told_as_it_is_opened(
    written: str, tmp_path: Path, opened: Opened
) -> None:
    assert not opened(f"sqlite:///{tmp_path}/{written}").exists()
    opened(f"sqlite:///{tmp_path}/{written}").check()
    assert opened(f"sqlite:///{tmp_path}/{written}").exists()


def test_postgresql_keeps_any_title_where_it_takes_the_bytes_as_they_are(opened: Opened) -> None:
    from tests.postgres import server

    archive, title = opened(server().new_database("SQL_ASCII")), "強化学習 für Agenten"
    archive.remember("hf", listing(replace(record(1), title=title)), NOW)
    assert [each.title for each in archive.records()] == [title]


def test_postgresql_is_refused_where_it_has_not_the_letters_of_every_title(opened: Opened) -> None:
    from tests.postgres import server

    with pytest.raises(ConfigError, match=r"its encoding is LATIN1.*createdb -E UTF8"):
        opened(server().new_database("LATIN1")).check()


def test_a_folder_is_no_database(tmp_path: Path, opened: Opened) -> None:
    with pytest.raises(ArchiveUnwritable, match="it is a folder"):
        opened(f"sqlite:///{tmp_path}").check()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("archive.db", "sqlite:///PATH or postgresql://"),
        ("", "sqlite:///PATH"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite:////", "must be a file"),
        ("sqlite:///.", "must be a file"),
        ("mysql://user:secret@host/name", "mysql: only sqlite"),
        ("postgresql://user:secret@host:port/name", "PORT is a number"),
        ("postgresql://user:my@secret@host/name", "two @: the one of a password is written %40"),
        ("postgresql:///name?host=h&port=p&password=secret", "what follows its . cannot be used"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(
    given: str, said: str, opened: Opened
) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        opened(given).versions()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ("CREATE TABLE sources (theirs)", "another program's, with a table sources"),
        ("CREATE TABLE meta (name, value)", "it does not say its version"),
        ("CREATE TABLE meta AS SELECT 'schema' name, '3' value", "it does not say its version"),
    ],
)
def test_the_file_of_another_program_stays_as_it_is(
    theirs: str, said: str, tmp_path: Path, opened: Opened
) -> None:
    file = tmp_path / "theirs.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(theirs)
    before = file.read_bytes()
    with pytest.raises(ArchiveDamaged, match=said):
        opened(f"sqlite:///{file}").versions()
    with closing(sqlite3.connect(file)) as connection:
        [[count]] = connection.execute("SELECT count(*) FROM sqlite_schema")
    assert (count, len(file.read_bytes())) == (1, len(before))


@pytest.mark.parametrize("login", ["me:secret@/name?", "/name?user=me&password=secret&"])
def test_a_postgresql_that_does_not_answer_is_said_to_be_away(
    tmp_path: Path, opened: Opened, login: str
) -> None:
    pytest.importorskip("psycopg")
    away = opened(f"postgres://{login}host={tmp_path}&sslpassword=secret", wait=0.1)
    with pytest.raises(ArchiveBusy, match="cannot be reached: check that") as refused:
        away.versions()
    assert "secret" not in str(refused.value) + str(away)


def test_a_relative_path_is_the_one_at_the_start(tmp_path: Path, opened: Opened) -> None:
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        archive = opened("sqlite:///archive.db")
    finally:
        os.chdir(here)
    archive.check()
    assert (tmp_path / "archive.db").exists()


def test_two_processes_may_open_a_new_archive_at_once(url: str) -> None:
    openers = [start("hold", url, "60") for _ in range(3)]
    tokens = [opener.communicate(input="")[0].strip() for opener in openers]
    assert sorted(tokens) == ["1", "None", "None"]


@pytest.mark.parametrize(
    ("version", "mode"), [((3, 40, 1), "delete"), ((3, 51, 2), "delete"), ((3, 51, 3), "wal")]
)
def test_s_6_wal_is_used_only_where_sqlite_is_safe_with_it(
    version: tuple[int, ...], mode: str
) -> None:
    assert journal_mode(version) == mode


def test_s_6_a_file_in_another_journal_mode_is_put_right(
    sqlite: Archive, file: Path, opened: Opened
) -> None:
    other = {"delete": "wal", "wal": "delete"}[journal_mode()]
    sqlite.check()
    sqlite.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA journal_mode={other}")
    opened(f"sqlite:///{file}").check()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == (journal_mode(),)


def in_a_child(action: Callable[[], object]) -> bool:
    """Whether it went well."""
    if not (child := os.fork()):
        ended = 1
        try:
            action()
            ended = 0
        finally:
            os._exit(ended)
    return os.waitpid(child, 0)[1] == 0


def test_s_15_a_forked_child_opens_its_own_connections(archive: Archive) -> None:
    archive.remember("hf", listing(record(1)), NOW)
    assert in_a_child(lambda: archive.remember("hf", listing(record(2)), NOW))
    archive.remember("hf", listing(record(3)), NOW)
    assert len(archive.records()) == 3


def test_s_8_a_forked_child_does_not_begin_a_deleted_file_anew(sqlite: Archive, file: Path) -> None:
    sqlite.check()
    file.unlink()
    assert not in_a_child(sqlite.versions)
    assert not file.exists()
