"""Commands with an archive of which a part cannot be read: it must not pass for an empty one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from feedproxy.clock import utc_now
from tests.commands import command, read
from tests.conftest import RULES, Installation
from tests.invented import Paper
from tests.mailbox import mail_server
from tests.running import shut, without_rights

BESIDE = {"FEEDPROXY_RULES": "rules", "FEEDPROXY_DATABASE": "sqlite:///kept/archive.db"}


@contextmanager
def without_archive(installation: Installation) -> Iterator[None]:
    """Its archive is in a folder that may not be entered."""
    read(installation)
    kept = installation.folder / "kept"
    kept.mkdir()
    (installation.folder / "archive.db").rename(kept / "archive.db")
    with shut(kept):
        yield


def put_into_every_sighting(folder: Path, fields: str) -> str:
    """What was in one of them before."""
    with closing(sqlite3.connect(folder / "archive.db")) as connection, connection:
        before: str = connection.execute("SELECT fields FROM sightings").fetchone()[0]
        connection.execute("UPDATE sightings SET fields = ?", [fields])
    return before


@pytest.mark.parametrize(
    "arguments",
    [
        ["refresh"],
        ["preview", "spiking"],
        ["preview", "spiking", "--json"],
        ["explain", "spiking", "2611.00001"],
        ["backfill", "hf-daily", "--since", "9999-01-01"],  # looked at later, and called wrong
        ["digest", "--print"],
        ["build", "public"],
    ],
    ids=" ".join,
)
def test_what_goes_by_the_archive_fails(installation: Installation, arguments: list[str]) -> None:
    installation.rules.write_text(RULES.replace("popular:", "popular:\n    digest: daily"))
    read(installation)
    put_into_every_sighting(installation.folder, "{")
    settings = {"FEEDPROXY_PUBLIC_URL": "https://papers.example"}
    found = command(installation.folder, *arguments, **settings)
    assert (found.exit_code, found.stdout) == (1, "")
    assert "\nfeedproxy: the archive is damaged, " in f"\n{found.stderr}"


def test_what_goes_by_the_rules_alone_goes_on(installation: Installation) -> None:
    read(installation)
    put_into_every_sighting(installation.folder, "{")
    assert "/feeds/spiking.atom" in command(installation.folder, "opml").stdout
    assert command(installation.folder, "check").stdout.startswith("ok: 2 topics")


@pytest.mark.parametrize(
    "arguments",
    [
        ["preview", "spiking"],
        ["refresh"],
        ["digest", "--print"],
        ["opml"],
        ["backup", "copy.db"],
        ["copy-to", "sqlite:///copy.db"],
        ["serve", "--port", "0"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_archive_that_may_not_be_reached_is_no_missing_one(
    installation: Installation, arguments: list[str]
) -> None:
    with without_archive(installation):
        found = without_rights(installation.folder, *arguments, **BESIDE)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith(
        f"feedproxy: {installation.folder}/kept/archive.db: it cannot be reached (Permission denied"
    )


def test_the_rules_are_checked_without_an_archive_that_may_not_be_reached(
    installation: Installation,
) -> None:
    with without_archive(installation):
        found = without_rights(installation.folder, "check", **BESIDE)
    assert (found.returncode, found.stdout) == (0, "ok: 2 topics, no records yet\n")
    assert "checked without the archive: " in found.stderr


def test_what_could_not_be_read_is_mailed_once_it_can_be(installation: Installation) -> None:
    installation.time.moment = now = utc_now()
    installation.site.now = utc_now
    installation.site.papers = [Paper("2611.00001", "Rain", now.date())]
    installation.rules.write_text("topics: {rain: {include: [rain], digest: daily}}")
    read(installation)
    with mail_server() as box:
        mail = ("digest", "--to", "ada@x.test")
        settings = {"FEEDPROXY_SMTP_URL": f"smtp://127.0.0.1:{box.port}"}
        good = put_into_every_sighting(installation.folder, "{")
        assert command(installation.folder, *mail, **settings).exit_code == 1
        put_into_every_sighting(installation.folder, good)
        told = command(installation.folder, *mail, **settings).stdout
    assert told == "1 new: sent to ada@x.test\n"
