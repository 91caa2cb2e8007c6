"""backup and copy-to, as somebody uses them who moves house."""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from feedproxy.archive import Archive
from feedproxy.errors import ArchiveDamaged
from tests.commands import as_json, command, read
from tests.conftest import Installation
from tests.postgres import server
from tests.test_archive_opening import in_a_child

README = Path(__file__).resolve().parents[1] / "README.md"


def records(url: str) -> list[str]:
    archive = Archive(url)
    try:
        return [record.title for record in archive.records()]
    finally:
        archive.close()


def test_a_backup_is_an_archive(installation: Installation, tmp_path: Path) -> None:
    read(installation)
    done = command(installation.folder, "backup", str(tmp_path / "copy.db"))
    assert done.exit_code == 0
    assert len(records(f"sqlite:///{tmp_path}/copy.db")) == 3
    again = command(installation.folder, "backup", str(tmp_path / "copy.db"))
    assert again.exit_code == 1
    assert "copy.db" in again.stderr


def killed_while_it_writes(file: Path, mode: str) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM sightings")
    os._exit(0)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_who_restores_a_backup_is_told_of_all_that_a_crash_left_beside_the_archive(
    installation: Installation, mode: str
) -> None:
    read(installation)
    file = installation.folder / "archive.db"
    before = {*file.parent.iterdir()}
    assert in_a_child(partial(killed_while_it_writes, file, mode))
    left = {*file.parent.iterdir()} - before
    assert left
    file.unlink()
    with pytest.raises(ArchiveDamaged) as refused:
        Archive(f"sqlite:///{file}", new=False).check()
    told = (
        str(refused.value),
        README.read_text("utf-8").split("To restore a copy, ")[1].split("\n\n")[0],
        command(file.parent, "backup", "--help").stdout,
    )
    for each in left:
        assert all(each.name.removeprefix(file.name) in text for text in told)


def test_where_there_is_no_archive_nothing_is_made(installation: Installation) -> None:
    for arguments in (("backup", "copy.db"), ("copy-to", "sqlite:///other.db")):
        done = command(installation.folder, *arguments)
        assert done.exit_code == 1
        assert "there is no archive at sqlite:///" in done.stderr
    assert not (installation.folder / "archive.db").exists()


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["backup", "copy\udcff.db"], {}),
        (["copy-to", "sqlite:///copy\udcff.db"], {}),
        (["refresh"], {"FEEDPROXY_DATABASE": "sqlite:///copy\udcff.db"}),
    ],
    ids=["backup", "copy-to", "database"],
)
def test_a_path_that_is_no_utf_8_is_refused_and_nothing_is_made(
    installation: Installation,
    arguments: list[str],
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read(installation)
    monkeypatch.chdir(installation.folder)
    before = sorted(installation.folder.iterdir())
    done = command(installation.folder, *arguments, **settings)
    assert done.exit_code == 1
    assert "copy\\udcff.db: the path of a database must be UTF-8: name another" in done.stderr
    assert sorted(installation.folder.iterdir()) == before


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_an_archive_moves_to_another_database_whole(
    installation: Installation, tmp_path: Path, target: str
) -> None:
    read(installation)
    url = f"sqlite:///{tmp_path}/other.db" if target == "sqlite" else server().new_database()
    counts = as_json(installation.folder, "copy-to", url)
    assert (counts["entries"], counts["sightings"]) == (3, 3)
    assert records(url) == records(f"sqlite:///{installation.folder}/archive.db")
    again = command(installation.folder, "copy-to", url)
    assert again.exit_code == 1
    assert "not empty" in again.stderr


def test_a_target_that_is_no_database_is_told_apart(installation: Installation) -> None:
    read(installation)
    done = command(installation.folder, "copy-to", "mysql://me:secret@db/x")
    assert "secret" not in done.stderr
    assert done.exit_code == 1
    assert "sqlite:///path/to/file.db or postgresql://" in done.stderr
