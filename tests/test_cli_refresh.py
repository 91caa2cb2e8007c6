"""`feedproxy refresh`, as cron and people call it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from feedproxy.clock import utc_now
from tests.commands import command
from tests.conftest import Installation
from tests.invented import Paper, Site, served
from tests.running import feedproxy


@pytest.fixture
def today() -> Site:
    """With today's papers: commands have no clock but the real one."""
    return Site(Paper("2611.00001", "Spiking Neural Networks at Scale", utc_now().date()))


def refreshed(folder: Path, site: Site, *arguments: str) -> CompletedProcess[str]:
    with served(site) as address:
        settings = {"FEEDPROXY_HF_URL": address, "FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8"}
        database = f"sqlite:///{folder}/archive.db"
        return feedproxy(folder, "refresh", *arguments, FEEDPROXY_DATABASE=database, **settings)


def test_refresh_reads_what_topics_read_from(installation: Installation, today: Site) -> None:
    found = refreshed(installation.folder, today)
    assert found.returncode == 0
    assert found.stdout == "hf-daily: 1 new, 0 changed (by api)\n"
    assert command(installation.folder, "preview", "spiking").stdout.startswith("included (1)")


def test_a_refresh_that_fails_is_status_1_and_says_why(
    installation: Installation, today: Site
) -> None:
    today.broken = 503
    found = refreshed(installation.folder, today, "hf-daily", "--json")
    assert found.returncode == 1
    (row,) = json.loads(found.stdout)
    assert (row["source"], row["new"]) == ("hf-daily", 0)
    assert "503" in row["error"]


def test_refresh_leaves_a_site_alone_that_asked_for_it_unless_its_source_is_named(
    installation: Installation, today: Site
) -> None:
    today.broken = 403
    assert refreshed(installation.folder, today).returncode == 1
    today.broken = None
    found = refreshed(installation.folder, today)
    assert found.returncode == 0
    assert "  not read: its site asked to be left alone until 2" in found.stdout
    assert refreshed(installation.folder, today, "hf-daily").stdout.startswith("hf-daily: 1 new")


def test_refresh_of_an_unknown_source_names_the_nearest_and_reads_nothing(
    installation: Installation, today: Site
) -> None:
    with served(today) as address:
        found = command(
            installation.folder, "refresh", "hf-daily", "hf-dayly", FEEDPROXY_HF_URL=address
        )
    assert found.exit_code == 1
    assert found.stderr == "feedproxy: no source 'hf-dayly'; did you mean \"hf-daily\"?\n"
    assert today.requests == []


class TakenOver(Site):
    """Whoever asks it for a search loses the lease of that source to another worker meanwhile."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.archive = folder / "archive.db"

    def answer(self, url: str) -> tuple[int, bytes]:
        if "search" in url:
            with closing(sqlite3.connect(self.archive)) as connection, connection:
                connection.execute("UPDATE sources SET owner = 'another' WHERE name = 'found'")
        return super().answer(url)


def test_a_source_that_another_worker_took_over_costs_no_other_its_reading_or_its_report(
    installation: Installation,
) -> None:
    installation.rules.write_text(
        "sources:\n"
        "  found: {kind: huggingface, listing: search, query: rain}\n"
        "topics:\n"
        "  rain: {from: [hf-daily, found, hf-weekly], include: [rain]}\n"
    )
    names = ("hf-daily", "found", "hf-weekly")
    found = refreshed(installation.folder, TakenOver(installation.folder), *names, "--json")
    assert found.returncode == 1
    rows = {row["source"]: row["error"] for row in json.loads(found.stdout)}
    assert tuple(rows) == names
    assert "another worker has taken over" in rows["found"]
    assert not rows["found"].startswith("found: ")
    assert (rows["hf-daily"], rows["hf-weekly"]) == (None, None)
