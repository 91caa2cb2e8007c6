"""What must not break the archive: kills, disks, locks, damage. See FAULTS (iv)."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from feedproxy.archive import Archive
from feedproxy.errors import ArchiveBusy, ArchiveDamaged, ArchiveUnwritable
from tests.archive_fixtures import Opened, start
from tests.archive_programs import DAY, NOW, listing, record
from tests.faults import files_no_longer_than
from tests.running import BOUND


@contextmanager
def mounted(folder: Path, *how: str) -> Iterator[None]:
    """Something mounted at `folder`; skips the test where that may not be done."""
    tried = subprocess.run(["mount", *how, folder], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"mount does not work here: {tried.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


# Kills


def test_s_3_nothing_acknowledged_is_lost_when_writers_are_killed(
    archive: Archive, url: str
) -> None:
    rng = random.Random(3)
    safe: set[int] = set()
    for kill in range(6):
        writer = start("write", url, str(kill * 1000))
        assert writer.stdout
        for _ in range(rng.randrange(1, 12)):
            safe.add(int(writer.stdout.readline()))
        writer.send_signal(signal.SIGKILL)
        safe.update(int(line) for line in writer.communicate()[0].splitlines())
        archive.check()
    found = {int(r.short_id.removeprefix("2611.")): r for r in archive.records()}
    assert safe <= found.keys()
    assert all(found[n].numbers == {"upvotes": n} for n in safe)
    assert archive.states()["hf"].records == len(found)


# Disks


def fill(file: Path) -> None:
    """Take whatever room there is."""
    with file.open("wb", buffering=0) as opened, suppress(OSError):
        while True:
            opened.write(b"x" * 4096)


def test_s_4_a_full_disk_is_said_read_from_and_recovered_from(
    tmp_path: Path, opened: Opened
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=3m", "none"):
        archive = opened(f"sqlite:///{disk}/archive.db")
        archive.remember("hf", listing(record(0)), NOW)
        fill(disk / "ballast")
        with pytest.raises(ArchiveUnwritable, match="the disk is full: free some space"):
            archive.remember("hf", listing(*(record(n) for n in range(1, 900))), NOW)
        assert [found.id for found in archive.records()] == [record(0).id]
        (disk / "ballast").unlink()
        assert archive.remember("hf", listing(record(1)), NOW).new == 1
        archive.check()


def refuses_to_back_up_to(copy: Path, archive: Archive) -> None:
    with pytest.raises(ArchiveUnwritable) as refused:
        archive.backup(copy)
    assert str(refused.value).startswith(f"{copy}: it cannot be written (")
    assert "make room on its disk" in str(refused.value)
    assert not copy.exists()


def test_s_4_a_backup_to_a_full_disk_names_the_copy(sqlite: Archive, tmp_path: Path) -> None:
    sqlite.remember("hf", listing(record(1)), NOW)
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=3m", "none"):
        fill(disk / "ballast")
        refuses_to_back_up_to(disk / "saved.db", sqlite)


def test_s_4_a_backup_larger_than_a_file_may_be_names_the_copy(
    sqlite: Archive, tmp_path: Path
) -> None:
    sqlite.remember("hf", listing(record(1)), NOW)
    with files_no_longer_than(20_000):
        refuses_to_back_up_to(tmp_path / "saved.db", sqlite)


@pytest.mark.parametrize("opened_before", [True, False])
def test_s_5_a_read_only_disk_is_read_and_recovered_from(
    sqlite: Archive, file: Path, opened: Opened, *, opened_before: bool
) -> None:
    sqlite.remember("hf", listing(record(1)), NOW)
    sqlite.kept.first_served("spiking.atom", "etag", NOW)
    if not opened_before:
        sqlite.close()
    with mounted(file.parent, "--bind", str(file.parent)):
        subprocess.run(["mount", "-o", "remount,bind,ro", file.parent], check=True)
        archive = sqlite if opened_before else opened(f"sqlite:///{file}")
        assert len(archive.records()) == 1
        with pytest.raises(ArchiveUnwritable, match=r"read-only|cannot be opened"):
            archive.remember("hf", listing(record(2)), NOW)
        assert archive.kept.first_served("spiking.atom", "etag", NOW + DAY) == NOW
        assert len(archive.records()) == 1
        subprocess.run(["mount", "-o", "remount,bind,rw", file.parent], check=True)
        assert archive.remember("hf", listing(record(2)), NOW).new == 1


def test_s_5_a_new_file_in_a_read_only_folder_is_refused(tmp_path: Path, opened: Opened) -> None:
    folder = mounted(tmp_path, "-t", "tmpfs", "-o", "size=1m,ro", "none")
    with folder, pytest.raises(ArchiveUnwritable, match="cannot be created"):
        opened(f"sqlite:///{tmp_path}/archive.db").check()


# Locks


def test_s_7_a_locked_file_is_busy_and_nothing_else(sqlite: Archive, file: Path) -> None:
    sqlite.remember("hf", listing(record(1)), NOW)
    with closing(sqlite3.connect(file, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        for action in (
            sqlite.versions,
            sqlite.records,
            lambda: sqlite.remember("hf", listing(record(2)), NOW),
        ):
            with pytest.raises(ArchiveBusy, match="locked"):
                action()
        shell.execute("ROLLBACK")
    assert sqlite.remember("hf", listing(record(2)), NOW).new == 1
    assert len(sqlite.records()) == 2


def test_s_7_a_new_connection_to_a_locked_file_waits_no_longer_than_a_reader(
    sqlite: Archive, file: Path, opened: Opened
) -> None:
    sqlite.remember("hf", listing(record(1)), NOW)
    with (
        ThreadPoolExecutor(1) as pool,
        closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as shell,
    ):
        shell.execute("BEGIN EXCLUSIVE")
        try:
            reading = pool.submit(
                opened(f"sqlite:///{file}", wait=10 * BOUND, read_wait=0.05).versions
            )
            with pytest.raises(ArchiveBusy, match="locked"):
                reading.result(BOUND)
        finally:
            shell.execute("ROLLBACK")


def test_s_7_a_reader_does_not_wait_for_a_writer_that_has_not_committed(
    sqlite: Archive, file: Path
) -> None:
    sqlite.remember("hf", listing(record(1)), NOW)
    with closing(sqlite3.connect(file, isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        assert len(sqlite.records()) == 1


def test_s_7_a_request_waits_for_a_writer_no_longer_than_a_reader(
    archive: Archive, url: str, opened: Opened
) -> None:
    archive.kept.first_served("spiking.atom", "one", NOW)
    with ThreadPoolExecutor(1) as pool, archive._database.write():
        request = opened(url, wait=10 * BOUND, read_wait=0.05).kept
        writing = pool.submit(request.first_served, "spiking.atom", "two", NOW)
        with pytest.raises(ArchiveBusy, match="tried again"):
            writing.result(BOUND)
    assert request.first_served("spiking.atom", "two", NOW + DAY) == NOW + DAY


# Damage


def garbage(file: Path) -> None:
    file.write_bytes(b"This is no database. " * 500)


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def page_overwritten(file: Path) -> None:
    """Some page in the middle, as a failing disk would leave it."""
    with file.open("rb+") as opened:
        opened.seek(4096 * (file.stat().st_size // 4096 // 2))
        opened.write(b"\xa5" * 4096)


def header_overwritten(file: Path) -> None:
    with file.open("rb+") as opened:
        opened.write(b"\0" * 100)


def tables_dropped(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE readings")


def fields_garbled(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE sightings SET fields = '{'")


def dates_garbled(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE sightings SET listed = 'yesterday'")


def read_all(archive: Archive) -> None:
    archive.check()
    archive.records()


@pytest.mark.parametrize(
    "damage",
    [
        garbage,
        cut,
        page_overwritten,
        header_overwritten,
        tables_dropped,
        fields_garbled,
        dates_garbled,
    ],
)
def test_s_8_a_damaged_file_is_refused_and_left_as_it_is(
    sqlite: Archive, file: Path, damage: Callable[[Path], None], opened: Opened
) -> None:
    sqlite.remember("hf", listing(*map(record, range(300))), NOW)
    sqlite.close()
    damage(file)
    before = file.read_bytes()
    with pytest.raises(ArchiveDamaged, match="restore a backup"):
        read_all(opened(f"sqlite:///{file}"))
    assert file.read_bytes() == before


def test_s_8_a_running_archive_notices_damage(sqlite: Archive, file: Path) -> None:
    sqlite.remember("hf", listing(*map(record, range(300))), NOW)
    garbage(file)
    with pytest.raises(ArchiveDamaged, match=f"cp BACKUP {file}"):
        sqlite.records()


def test_s_8_a_file_deleted_under_a_running_archive_is_not_begun_anew(
    sqlite: Archive, file: Path
) -> None:
    sqlite.remember("hf", listing(record(1)), NOW)
    file.unlink()
    for action in (sqlite.versions, lambda: sqlite.remember("hf", listing(record(2)), NOW)):
        with pytest.raises(ArchiveDamaged, match="it is gone"):
            action()
    assert not file.exists()


def test_s_8_a_restored_backup_is_taken_up_without_a_restart(
    sqlite: Archive, file: Path, tmp_path: Path
) -> None:
    sqlite.remember("hf", listing(record(1)), NOW)
    sqlite.backup(tmp_path / "saved.db")
    file.unlink()
    with pytest.raises(ArchiveDamaged):
        sqlite.versions()
    (tmp_path / "saved.db").rename(file)
    assert sqlite.remember("hf", listing(record(2)), NOW).new == 1
