"""What PostgreSQL's own ways must not do to an archive: restarts, sessions, settings, poolers."""

from __future__ import annotations

import psycopg
import pytest

from feedproxy.archive import Archive
from feedproxy.errors import ArchiveBusy, ArchiveDamaged, ArchiveUnwritable
from tests.archive_fixtures import Opened
from tests.archive_programs import NOW, listing, record
from tests.postgres import server


def new_database() -> tuple[str, str]:
    """Its URL and its name."""
    url = server().new_database()
    return url, url.partition("@/")[2].partition("?")[0]


def test_s_9_a_postgresql_that_restarts_is_found_again(postgresql: Archive) -> None:
    postgresql.remember("hf", listing(record(1)), NOW)
    server().stop()
    try:
        with pytest.raises(ArchiveBusy, match="tries again by itself"):
            postgresql.versions()
    finally:
        server().start()
    assert postgresql.remember("hf", listing(record(2)), NOW).new == 1
    server().stop()
    server().start()
    assert len(postgresql.records()) == 2


def test_s_5_a_postgresql_that_was_read_only_for_a_while_is_written_to_again(
    opened: Opened,
) -> None:
    url, name = new_database()
    settings, postgresql = opened(url)._database, opened(url)
    with settings.write() as conn:
        conn.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert not postgresql.records(), "its session is a read-only one from now on"
    with pytest.raises(ArchiveUnwritable, match="it is read-only"):
        postgresql.remember("hf", listing(record(1)), NOW)
    with settings.write() as conn:
        conn.exec_driver_sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert postgresql.remember("hf", listing(record(1)), NOW).new == 1


def test_a_postgresql_that_writes_dates_in_another_way_is_understood(opened: Opened) -> None:
    url, name = new_database()
    with opened(url)._database.write() as conn:
        conn.exec_driver_sql(f"ALTER DATABASE {name} SET datestyle = 'German, DMY'")
    postgresql = opened(url)
    postgresql.remember("hf", listing(record(1)), NOW)
    assert [each.published for each in postgresql.records()] == [record(1).published]


def test_a_postgresql_session_has_nothing_that_a_pooler_would_lose(postgresql: Archive) -> None:
    for _ in range(10):  # the driver prepares what it is asked for five times
        postgresql.versions()
    with postgresql._database.read() as conn:
        prepared = "SELECT count(*) FROM pg_prepared_statements"
        assert conn.exec_driver_sql(prepared).scalar() == 0


def test_a_postgresql_writer_sees_what_was_written_while_it_waited(opened: Opened) -> None:
    url, name = new_database()
    usual = f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'"
    with opened(url)._database.write() as conn:
        conn.exec_driver_sql(usual)
    with opened(url)._database.write() as conn:
        assert conn.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"


@pytest.mark.parametrize(
    "theirs",
    [
        "CREATE TABLE meta (theirs int)",
        "CREATE TABLE meta (name text, value text)",
        "CREATE TABLE meta (name text, value text); INSERT INTO meta VALUES ('schema', '3')",
        "CREATE TABLE served (dish text)",
    ],
)
def test_the_tables_of_another_program_are_not_called_damage_alone_and_get_none_beside_them(
    theirs: str, opened: Opened
) -> None:
    url = server().new_database()
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    with psycopg.connect(url) as connection:
        connection.execute(theirs)
    with pytest.raises(ArchiveDamaged, match=r"another program's.*a database of its own"):
        opened(url).versions()
    with psycopg.connect(url) as connection:
        assert connection.execute(tables).fetchall() == [(1,)]


def overtake(paused: Archive, other: Archive) -> None:
    with paused._database.write() as conn:
        other.remember("hf", listing(record(2)), NOW)
        conn.exec_driver_sql("DELETE FROM readings")


def test_s_16_a_postgresql_writer_paused_in_mid_write_gives_way(opened: Opened) -> None:
    url = server().new_database()
    postgresql = opened(url)
    postgresql.remember("hf", listing(record(1)), NOW)
    with pytest.raises(ArchiveBusy):
        overtake(opened(url, wait=0.1), opened(url, wait=30))
    assert [len(found.readings) for found in postgresql.records()] == [1, 1]
