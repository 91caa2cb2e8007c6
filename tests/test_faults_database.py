"""A full, read-only, locked, damaged or dead database below the whole program: FAULTS (iv).

What the archive itself does then stands in `test_archive_faults`.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from feedproxy.archive import Archive
from feedproxy.archive.hosts import Hosts, this_host
from feedproxy.archive.schema import STEPS
from feedproxy.assemble import assemble
from feedproxy.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveError,
    ArchiveNewer,
    ArchiveUnwritable,
)
from feedproxy.pipeline import Pipeline
from tests.archive_fixtures import Opened
from tests.conftest import Installation
from tests.faults import FEED
from tests.invented import Paper
from tests.running import eventually
from tests.test_archive_faults import fill, garbage, mounted


@dataclass
class Process:
    """One process of an installation, which refreshes only when told to."""

    home: Installation
    pipeline: Pipeline
    client: FlaskClient

    def refresh(self) -> None:
        self.home.time.pass_by(seconds=2)
        for name in self.pipeline.due():
            self.pipeline.refresh(name)

    def feed(self) -> str:
        self.home.time.pass_by(seconds=2)
        answer = self.client.get(FEED)
        assert answer.status_code == 200
        return answer.text

    def health(self) -> dict[str, Any]:
        self.home.time.pass_by(seconds=2)
        found: dict[str, Any] = self.client.get("/healthz").json or {}
        return found

    def trouble(self) -> str:
        return self.health()["archive"]["error"] or ""


@pytest.fixture
def home(installation: Installation) -> Installation:
    installation.site.now = lambda: installation.time.moment
    return installation


def begun(home: Installation, **settings: Any) -> Process:
    pipeline = home.start(**settings)
    return Process(home, pipeline, home.client(pipeline, **settings))


def publish(home: Installation) -> str:
    """A new paper at the site, whose hour has come; its title."""
    home.time.pass_by(hours=1)
    title = f"Spiking Neural Networks, Part {len(home.site.papers)}"
    number = 9000 + len(home.site.papers)
    home.site.papers.append(Paper(f"2611.{number:05}", title, home.time.moment.date()))
    return title


@pytest.fixture
def file(home: Installation) -> Path:
    return home.folder / "archive.db"


@pytest.fixture
def process(home: Installation, file: Path) -> Process:
    """Has read its source."""
    process = begun(home)
    process.refresh()
    return process


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=3m", "none"):
        yield disk


def make_read_only(disk: Path) -> None:
    subprocess.run(["mount", "--bind", disk, disk], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)


def make_writable(disk: Path) -> None:
    subprocess.run(["umount", "--lazy", disk], check=True)


DISKS: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "full": (lambda disk: fill(disk / "ballast"), lambda disk: (disk / "ballast").unlink()),
    "read-only": (make_read_only, make_writable),
}


def feeds_go_on_and_recover(home: Installation, disk: Path, what: str) -> None:
    spoil, mend = DISKS[what]
    process = begun(home, database=f"sqlite:///{disk}/archive.db")
    process.refresh()
    before = process.feed()
    spoil(disk)
    title = publish(home)
    with pytest.raises(ArchiveUnwritable):
        process.refresh()
    assert process.feed() == before
    assert process.health()["status"] == "degraded"
    assert what in process.trouble()
    assert begun(home, database=f"sqlite:///{disk}/archive.db").feed() == before
    mend(disk)
    process.refresh()
    assert title in process.feed()
    assert not process.trouble()


def test_s_4_feeds_go_on_while_the_disk_is_full_and_health_says_so(
    home: Installation, disk: Path
) -> None:
    feeds_go_on_and_recover(home, disk, "full")


def test_s_5_feeds_go_on_while_the_disk_is_read_only_and_health_says_so(
    home: Installation, disk: Path
) -> None:
    feeds_go_on_and_recover(home, disk, "read-only")


def test_s_7_feeds_are_answered_from_memory_while_the_file_is_locked(
    home: Installation, process: Process, file: Path
) -> None:
    before, title = process.feed(), publish(home)
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as shell,
        ThreadPoolExecutor() as pool,
    ):
        shell.execute("BEGIN EXCLUSIVE")
        refresh = pool.submit(process.refresh)
        answers = {process.feed()}

        def skipped() -> bool:
            answers.add(process.feed())
            return refresh.done()

        eventually("the refresh is skipped", skipped)
        assert answers == {before}
        assert isinstance(refresh.exception(), ArchiveBusy)
        assert "locked" in process.trouble()
        shell.execute("ROLLBACK")
    process.refresh()
    eventually("it recovers", lambda: title in process.feed() and not process.trouble())


def test_s_7_feeds_are_answered_from_memory_while_postgresql_hangs(home: Installation) -> None:
    from tests.postgres import server

    database = server().new_database()
    process = begun(home, database=database)
    process.refresh()
    before = process.feed()
    with psycopg.connect(database) as shell:
        shell.execute("LOCK TABLE meta IN ACCESS EXCLUSIVE MODE")
        eventually("it is told", lambda: "does not answer" in process.trouble())
        assert process.feed() == before
        assert process.client.get("/feeds/unknown.atom").status_code == 404
        eventually("the look ends, too", lambda: "it is busy" in process.trouble())
    eventually("it recovers", lambda: not process.trouble())


@pytest.mark.parametrize("damage", [garbage, Path.unlink])
def test_s_8_a_running_server_goes_on_from_memory_when_its_file_is_lost(
    home: Installation, process: Process, file: Path, damage: Callable[[Path], None]
) -> None:
    before = process.feed()
    damage(file)
    left = file.read_bytes() if file.exists() else None
    assert process.feed() == before
    eventually("it says so", lambda: "restore a backup" in process.trouble())
    home.rules.write_text(home.rules.read_text().replace("Spiking papers", "Renamed in the dark"))
    eventually("rules still follow the editor", lambda: "Renamed in the dark" in process.feed())
    with pytest.raises(ArchiveDamaged):
        assemble(home.config(), home.site, home.time.clock, new=False)
    assert (file.read_bytes() if file.exists() else None) == left


def test_s_8_a_backup_put_in_place_is_taken_up(
    home: Installation, process: Process, file: Path, tmp_path: Path
) -> None:
    Archive(f"sqlite:///{file}").backup(tmp_path / "saved.db")
    known, lost = process.feed(), publish(home)
    process.refresh()
    assert lost in process.feed()
    file.write_bytes(b"")
    eventually("it is noticed", lambda: bool(process.trouble()))
    (tmp_path / "saved.db").replace(file)
    eventually("it is taken up", lambda: not process.trouble())
    assert entries(process.feed()) == entries(known)
    home.time.pass_by(hours=1)
    process.refresh()
    assert lost in process.feed()


def test_s_18_a_running_server_goes_on_from_memory_when_its_archive_becomes_newer(
    home: Installation, url: str, opened: Opened
) -> None:
    process = begun(home, database=url)
    process.refresh()
    before, asked = process.feed(), len(home.site.requests)
    newer = opened(url, steps=[*STEPS, lambda conn: None])
    held = newer.records()
    missed = publish(home)
    assert process.feed() == before
    assert "written by a newer feedproxy" in process.trouble()
    assert process.pipeline.look_for_work() == []
    with pytest.raises(ArchiveNewer):
        process.refresh()
    assert (newer.records(), len(home.site.requests)) == (held, asked)
    assert missed not in process.feed()


def test_s_10_a_second_host_is_refused_for_as_long_as_the_first_is_there(file: Path) -> None:
    hold = (
        "import sys; from pathlib import Path; from feedproxy.archive.hosts import Hosts\n"
        "print(Hosts(Path(sys.argv[1]), 'another kernel').enter(), flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "True\n"
        with pytest.raises(ArchiveError, match=r"another host uses it.*PostgreSQL"):
            Archive(f"sqlite:///{file}").check()
        in_a_sandbox = this_host(boot_id=file.parent / "hidden")
        assert Hosts(file, in_a_sandbox).enter(), "it may be the same host"
        other.kill()
    archive = Archive(f"sqlite:///{file}")
    archive.check()
    command = [sys.executable, "-c", hold, str(file)]
    refused = subprocess.run(command, input="\n", capture_output=True, text=True, check=True)
    assert refused.stdout == "False\n"
    archive.close()
    entered = subprocess.run(command, input="\n", capture_output=True, text=True, check=True)
    assert entered.stdout == "True\n"


def test_s_12_a_start_while_the_site_is_down_serves_what_the_archive_has(
    home: Installation, process: Process
) -> None:
    before = process.feed()
    home.site.broken = 503
    home.time.pass_by(hours=6)
    started = begun(home)
    started.refresh()
    answer = started.client.get(FEED)
    assert (answer.status_code, answer.text) == (200, before)
    assert answer.headers["X-Feedproxy-State"] == "stale"


def test_s_13_only_before_the_very_first_reading_is_there_nothing_to_show(
    home: Installation,
) -> None:
    home.site.broken = 503
    process = begun(home)
    process.refresh()
    answer = process.client.get(FEED)
    assert answer.status_code == 503
    assert 5 <= int(answer.headers["Retry-After"]) <= 120
    assert "answered 503" in answer.text
    home.site.broken = None
    home.time.pass_by(hours=1)
    process.refresh()
    good = process.feed()
    home.site.broken = 503
    for _ in range(4):
        home.time.pass_by(days=3)
        process.refresh()
        assert entries(process.feed()) == entries(good)


def entries(feed: str) -> list[str]:
    return feed.split("<entry>")[1:]


def test_a_state_that_cannot_be_read_costs_no_feed(process: Process) -> None:
    process.refresh()
    before = process.feed()
    with closing(sqlite3.connect(process.home.folder / "archive.db")) as conn:
        conn.execute("UPDATE sources SET notes = '['")
        conn.execute("UPDATE meta SET value = value + 1 WHERE name = 'states'")
        conn.commit()
    assert process.feed() == before
    assert "the state of hf-daily" in process.trouble()
