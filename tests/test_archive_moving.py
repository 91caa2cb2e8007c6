"""Backups, copies from one database to the other, and schemas older or newer than ours."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, inspect, text

from feedproxy.archive import Archive, Validators
from feedproxy.archive.schema import STEPS
from feedproxy.errors import (
    ArchiveDamaged,
    ArchiveError,
    ArchiveNewer,
    ArchiveUnwritable,
    ConfigError,
)
from feedproxy.states import StateChange
from tests.archive_fixtures import Opened
from tests.archive_programs import DAY, HOUR, NOON, NOW, listing, record, state


def used(archive: Archive) -> Archive:
    """An archive with something in every table."""
    lease = archive.take("hf", "me", 60, state(archive))
    assert lease
    archive.remember("hf", listing(*map(record, range(40)), part="2026-11-20"), NOW, lease)
    archive.remember(
        "hf", listing(record(1, numbers={"upvotes": 9}), part="2026-11-20"), NOW + HOUR
    )
    archive.remember("lab", listing(record(60, published=NOON - 90 * DAY)), NOW)
    archive.forget("lab", NOW)
    archive.succeeded(lease, NOW, NOW + HOUR, notes=["ü"])
    archive.kept.keep_rules({"a.yaml": "topics: {}"})
    archive.kept.keep_validators("https://example.org/", Validators('"1"'))
    archive.kept.first_served("spiking.atom", "etag", NOW)
    archive.note_change(StateChange("hf", NOW, "stale", "ü"), archive.states()["hf"])
    archive.kept.claim("trim", NOW, DAY)
    return archive


def everything(archive: Archive) -> tuple[object, ...]:
    return (
        archive.versions(),
        archive.records(),
        archive.states(),
        archive.refreshes(),
        archive.changes(),
        archive.kept.rules(),
        archive.kept.validators("https://example.org/"),
        archive.kept.first_served("spiking.atom", "etag", NOW + DAY),
    )


# Backups


def test_s_18_a_backup_is_the_whole_archive_for_its_owner_alone(
    sqlite: Archive, tmp_path: Path, opened: Opened
) -> None:
    saved = tmp_path / "it's saved.db"
    used(sqlite).backup(saved)
    restored = opened(f"sqlite:///{saved}")
    assert everything(restored) == everything(sqlite)
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    restored.check()


def test_s_18_backups_are_whole_while_others_write(opened: Opened, tmp_path: Path) -> None:
    busy = opened(f"sqlite:///{tmp_path}/archive.db")
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(
            lambda: [busy.remember("hf", listing(record(n), record(n + 1)), NOW) for n in range(80)]
        )
        for number in range(6):
            busy.backup(tmp_path / f"{number}.db")
        writing.result()
    for number in range(6):
        saved = opened(f"sqlite:///{tmp_path}/{number}.db")
        saved.check()
        ids = [found.id for found in saved.records()]
        assert ids == [record(n).id for n in range(len(ids))]
        assert saved.versions().content == max(0, len(ids) - 1)


def test_a_backup_overwrites_nothing(sqlite: Archive, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    saved.write_text("precious")
    with pytest.raises(ArchiveUnwritable, match="there is a file already"):
        sqlite.backup(saved)
    assert saved.read_text() == "precious"


def test_a_backup_that_fails_leaves_no_file(sqlite: Archive, file: Path, tmp_path: Path) -> None:
    used(sqlite).check()
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(ArchiveDamaged):
        sqlite.backup(tmp_path / "saved.db")
    assert not (tmp_path / "saved.db").exists()


def test_a_postgresql_archive_is_saved_by_its_own_tool(postgresql: Archive, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pg_dump"):
        postgresql.backup(tmp_path / "saved.db")


# Copies


def test_a_copy_that_fails_names_the_archive_that_is_damaged(
    sqlite: Archive, file: Path, url: str, opened: Opened
) -> None:
    target = opened(url.replace("/archive.db", "/copy.db"))
    sqlite.remember("hf", listing(*map(record, range(300))), NOW)
    sqlite.close()
    size = file.stat().st_size
    os.truncate(file, size // 2)
    os.truncate(file, size)
    with pytest.raises(ArchiveDamaged, match=f"cp BACKUP {file}"):
        sqlite.copy_to(target)
    assert target.records() == ()
    target.check()


def test_a_copy_equals_its_original_there_and_back(
    sqlite: Archive, url: str, opened: Opened, tmp_path: Path
) -> None:
    there = opened(url if url.startswith("postgresql") else f"{url}.copy")
    back = opened(f"sqlite:///{tmp_path}/back.db")
    counts = used(sqlite).copy_to(there)
    assert there.copy_to(back) == counts
    assert everything(back) == everything(there) == everything(sqlite)
    assert (counts["entries"], counts["sightings"], counts["readings"]) == (41, 40, 41)
    assert there.remember("hf", listing(record(99)), NOW).new == 1


def test_a_longer_id_of_an_older_version_holds_up_no_copy(
    sqlite: Archive, url: str, opened: Opened
) -> None:
    """It was cut after so many letters, however many bytes they have."""
    long = "urn:x:" + "".join(Random(7).choices("".join(map(chr, range(0x4E00, 0x9F00))), k=480))
    sqlite.remember("lab", listing(record(1), record(2, id="urn:x:old", link="")), NOW)
    back_to(
        sqlite,
        f"INSERT INTO entries SELECT '{long}', published, updated, made FROM entries "
        "WHERE id = 'urn:x:old'",
        f"UPDATE evidence SET key = '{long}', identity = '{long}', home = '{long}' "
        "WHERE key = 'urn:x:old'",
        f"UPDATE sightings SET key = '{long}', entry = '{long}' WHERE key = 'urn:x:old'",
        "DELETE FROM entries WHERE id = 'urn:x:old'",
    )
    there = opened(url if url.startswith("postgresql") else f"{url}.copy")
    sqlite.copy_to(there)
    assert there.records() == sqlite.records()
    assert long in [found.id for found in there.records()]
    assert there.remember("lab", listing(record(3)), NOW + HOUR).new == 1


def test_a_copy_is_refused_by_an_archive_in_use(
    sqlite: Archive, tmp_path: Path, opened: Opened
) -> None:
    other = opened(f"sqlite:///{tmp_path}/other.db")
    other.kept.keep_rules({"a.yaml": ""})
    with pytest.raises(ArchiveError, match=r"other.db: it is not empty: name a new database"):
        used(sqlite).copy_to(other)
    assert other.records() == ()


def test_a_copy_of_a_damaged_archive_blames_the_right_one(
    sqlite: Archive, file: Path, postgresql: Archive
) -> None:
    used(sqlite).check()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE readings")
    with pytest.raises(ArchiveDamaged, match=str(file)):
        sqlite.copy_to(postgresql)
    assert postgresql.records() == ()


# Schemas


def add_a_column(conn: Connection) -> None:
    conn.execute(text("ALTER TABLE entries ADD COLUMN pinned INTEGER NOT NULL DEFAULT 7"))


def fail(conn: Connection) -> None:
    conn.execute(text("DELETE FROM readings"))
    raise ArchiveError("the step failed")


def test_s_18_an_older_schema_is_led_forward_and_keeps_everything(
    archive: Archive, url: str, opened: Opened
) -> None:
    before = everything(used(archive))
    newer = opened(url, steps=[*STEPS, add_a_column])
    assert everything(newer) == before
    with newer._database.read() as conn:
        assert conn.execute(text("SELECT min(pinned), count(*) FROM entries")).one() == (7, 41)
    again = opened(url, steps=[*STEPS, add_a_column])
    assert everything(again) == before


def test_s_18_a_newer_schema_is_refused(archive: Archive, url: str, opened: Opened) -> None:
    archive.check()
    newer = opened(url, steps=[*STEPS, add_a_column])
    newer.check()
    with pytest.raises(ArchiveNewer, match=f"newer feedproxy .{NEWER}"):
        opened(url).records()


def test_s_18_an_upgrade_that_fails_changes_nothing(
    archive: Archive, url: str, opened: Opened
) -> None:
    before = everything(used(archive))
    with pytest.raises(ArchiveError, match="the step failed"):
        opened(url, steps=[*STEPS, add_a_column, fail]).check()
    same = opened(url)
    assert everything(same) == before


def back_to(archive: Archive, *statements: str) -> None:
    """Make its tables those of an older version, as an older feedproxy would have filled them."""
    with archive._database.write() as conn:
        moment = "TEXT" if conn.dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
        for statement in statements:
            conn.execute(text(statement.replace("MOMENT", moment)))


NEWER = f"schema {len(STEPS) + 2}, this one knows {len(STEPS) + 1}"
VERSION_3 = (
    "ALTER TABLE sources DROP COLUMN left_alone",
    "UPDATE meta SET value = 3 WHERE name = 'schema'",
)
VERSION_2 = (
    *VERSION_3,
    "DROP TABLE evidence",
    "DROP TABLE aliases",
    "CREATE TABLE aliases (identity TEXT NOT NULL PRIMARY KEY, "
    "entry TEXT NOT NULL REFERENCES entries (id))",
    "INSERT INTO aliases SELECT id, id FROM entries",
    "ALTER TABLE entries DROP COLUMN made",
    "UPDATE meta SET value = 2 WHERE name = 'schema'",
)
VERSION_1 = (
    *VERSION_2,
    "DROP TABLE changes",
    "DROP TABLE chores",
    *(f"ALTER TABLE parts DROP COLUMN {name}" for name in ("usual", "usual_at", "renewed")),
    *(f"ALTER TABLE sources DROP COLUMN read_{how}" for how in ("whole", "doubted", "failed")),
    "UPDATE meta SET value = 1 WHERE name = 'schema'",
)


def columns(archive: Archive) -> dict[str, set[str]]:
    with archive._database.read() as conn:
        tables = inspect(conn)
        return {
            name: {c["name"] for c in tables.get_columns(name)} for name in tables.get_table_names()
        }


def test_s_18_version_1_is_led_forward_and_watches_its_sources_from_then_on(
    archive: Archive, url: str, opened: Opened
) -> None:
    shape = columns(used(archive))
    records, states = archive.records(), archive.states()
    back_to(archive, *VERSION_1)
    led = opened(url)
    assert (led.records(), led.states()) == (records, states)
    assert columns(led) == shape
    assert led.changes() == ()
    assert led.refreshes() == {"hf": (0, 0, 0), "lab": (0, 0, 0)}
    for shown in (list(range(40)), [1]):
        last = led.remember("hf", listing(*map(record, shown), part="2026-11-20"), NOW)
    assert last.doubt == "suspicious: 1 record where 40 were usual (2026-11-20)"
    used_again = led.take("hf", "me", 60, state(led))
    assert used_again
    led.succeeded(used_again, NOW, NOW, doubted=True)
    assert led.refreshes()["hf"] == (0, 1, 0)
    assert led.kept.claim("trim", NOW, DAY)


def test_s_18_version_2_is_led_to_3_and_joins_its_papers_from_then_on(
    archive: Archive, url: str, opened: Opened
) -> None:
    shape = columns(used(archive))
    archive.remember("old", listing(record(50, published=NOON - 9 * DAY)), NOW)
    assert archive.forget("old", NOON) == 1
    before = everything(archive)
    back_to(archive, *VERSION_2)
    led = opened(url)
    assert everything(led) == before
    assert columns(led) == shape
    shown = record(1, own_id="tag:blog.example/1", pdf=record(1).link, link="https://blog.example/")
    joined = led.remember("blog", listing(replace(shown, id="tag:blog.example/1")), NOW)
    assert (joined.new, led.versions().epoch) == (1, archive.versions().epoch)
    assert led.records(led.versions().content - 1)[0].aliases == ("tag:blog.example/1",)
    assert {found.id for found in led.records()} == {record(n).id for n in range(40)}
    led.remember("old", listing(record(50)), NOW)
    assert led.records()[-1].published == NOON - 9 * DAY


def test_s_18_version_3_is_led_to_4_and_leaves_sites_alone_from_then_on(
    archive: Archive, url: str, opened: Opened
) -> None:
    shape, before = columns(used(archive)), everything(archive)
    back_to(archive, *VERSION_3)
    led = opened(url)
    assert (everything(led), columns(led)) == (before, shape)
    lease = led.take("hf", "me", 60, state(led))
    assert lease
    led.failed(lease, NOW, NOW, "429", left_alone=NOW + DAY, failures=1)
    assert state(led).left_alone == NOW + DAY


def test_s_18_who_has_it_open_while_it_becomes_newer_neither_reads_nor_writes_it_any_more(
    archive: Archive, url: str, opened: Opened
) -> None:
    archive.remember("hf", listing(record(1)), NOW)
    newer = opened(url, steps=[*STEPS, add_a_column])
    led = newer.versions()
    uses: list[Callable[[], object]] = [
        archive.versions,
        archive.records,
        lambda: archive.remember("hf", listing(record(2)), NOW),
        lambda: archive.take("hf", "me", 60, state(newer)),
    ]
    for use in uses:
        with pytest.raises(ArchiveNewer, match=NEWER):
            use()
    assert (newer.versions(), len(newer.records())) == (led, 1)


def test_a_new_archive_is_created_at_the_latest_version(url: str, opened: Opened) -> None:
    opened(url, steps=[*STEPS, add_a_column]).check()
    with pytest.raises(ArchiveNewer):
        opened(url).check()
