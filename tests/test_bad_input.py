"""The issue's "Bad input", item by item: a clear error, what to do next, and nothing lost."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from feedproxy.pipeline import Pipeline
from tests.commands import command, read
from tests.conftest import RULES, Installation
from tests.invented import Site
from tests.running import eventually, serving
from tests.test_archive_faults import mounted

FEED = "/feeds/spiking.atom"


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An address where nobody listens, nor will."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"


# The site


def test_a_site_unreachable_at_the_first_start(
    installation: Installation, closed_port: str
) -> None:
    settings = {"FEEDPROXY_HF_URL": closed_port, "FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8"}
    with serving(installation.folder, "--workers", "1", **settings) as server:
        feed = server.get(FEED)
        assert feed.status == 503
        assert 5 <= int(feed.headers["Retry-After"]) <= 3600
        assert b"no source could be read" in feed.body
        assert closed_port.encode() in feed.body
        page = server.get("/").body.decode()
    assert "hf-daily is broken" in page
    assert "It has never been read" in page
    assert "<code>HTTPS_PROXY</code>" in page
    assert "<code>feedproxy refresh hf-daily</code>" in page


BROKEN: dict[str, Callable[[bytes], tuple[int, bytes]]] = {
    "blocked": lambda whole: (403, b"<h1>Forbidden</h1>"),
    "a captcha": lambda whole: (200, b"<title>Just a moment...</title><p>Verify you are human"),
    "changed": lambda whole: (200, b'{"items": [{"name": "A Paper in Another Shape"}]}'),
    "changed rows": lambda whole: (200, b'[{"name": "A Paper in Another Shape"}]'),
    "damaged": lambda whole: (200, whole[: len(whole) // 2]),
    "garbage": lambda whole: (200, bytes(range(256))),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_listing_that_is(
    how: str, pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    before = client.get(FEED).data
    site, sound = installation.site, installation.site.answer
    site.answer = lambda url: BROKEN[how](sound(url)[1])  # type: ignore[method-assign]
    installation.time.pass_by(hours=2)
    report = pipeline.refresh("hf-daily")
    assert report is not None
    assert report.error
    assert client.get(FEED).data == before
    source = json.loads(client.get("/healthz").data)["sources"]["hf-daily"]
    assert source["error"] == report.error
    assert source["state"] == "stale"
    assert source["records"] == 3
    page = client.get("/").text
    assert "hf-daily is stale" in page
    assert "Feeds go on from what was read until" in page


@pytest.mark.parametrize("left", [0, 1])
def test_a_listing_empty_or_half_there_takes_nothing_away(
    left: int, pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    before = client.get(FEED).data
    installation.site.papers = installation.site.papers[:left]
    installation.time.pass_by(hours=2)
    pipeline.refresh("hf-daily")
    assert client.get(FEED).data == before
    assert pipeline.health().sources[0].state.records == 3


# The rules folder


def missing(folder: Path) -> None:
    shutil.rmtree(folder)


def unreadable(folder: Path) -> None:
    """Of root, permissions take nothing away: a file where the folder should be does."""
    shutil.rmtree(folder)
    folder.write_text("This is no folder.")


@pytest.mark.parametrize("make", [missing, unreadable])
def test_a_rules_folder_lost_while_it_runs_changes_nothing(
    make: Callable[[Path], None], client: FlaskClient, installation: Installation
) -> None:
    before = client.get(FEED).data
    make(installation.folder / "rules")
    installation.time.pass_by(seconds=5)
    assert client.get(FEED).data == before
    health = json.loads(client.get("/healthz").data)
    assert health["status"] == "degraded"
    (error,) = health["rules"]["errors"]
    assert error["file"] == str(installation.folder / "rules")
    assert "the rules folder cannot be read" in error["message"]
    assert "the rules folder cannot be read" in client.get("/").text


@pytest.mark.parametrize("make", [missing, unreadable])
def test_a_rules_folder_lost_between_two_starts_changes_nothing(
    make: Callable[[Path], None],
    client: FlaskClient,
    installation: Installation,
    browse: Callable[..., FlaskClient],
) -> None:
    before = client.get(FEED).data
    make(installation.folder / "rules")
    assert browse().get(FEED).data == before


@pytest.mark.parametrize("make", [missing, unreadable])
def test_without_a_rules_folder_at_the_first_start(
    make: Callable[[Path], None], installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    make(installation.folder / "rules")
    page = browse().get("/")
    assert page.status_code == 200
    assert "the rules folder cannot be read" in page.text
    assert "feedproxy init" in page.text
    found = command(installation.folder, "check")
    assert found.exit_code == 1
    assert f"{installation.folder}/rules:1:1: the rules folder cannot be read" in found.stdout


def test_a_first_file_with_a_mistake_is_to_be_mended_not_begun_anew(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    installation.rules.write_text("topics: {spiking: {inclde: [spiking]}}")
    page = browse().get("/").text
    assert "inclde" in page
    assert "feedproxy init" not in page


def test_an_empty_rules_folder_says_how_to_begin(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    installation.rules.unlink()
    page = browse().get("/").text
    assert "No topics yet" in page
    assert "feedproxy init" in page
    found = command(installation.folder, "check")
    assert found.exit_code == 1
    assert found.stdout == (
        f"{installation.folder}/rules:1:1: "
        "there are no rules files in it: bring them back, or run feedproxy init for a start\n"
    )


def test_rules_that_come_back_bring_everything_back(
    client: FlaskClient, installation: Installation
) -> None:
    before = client.get(FEED).data
    installation.rules.unlink()
    installation.time.pass_by(seconds=5)
    eventually("the topic is gone", lambda: looked(client, installation) in (404, 410))
    installation.rules.write_text(RULES)
    eventually("the topic is back", lambda: looked(client, installation) == 200)
    assert client.get(FEED).data == before


def looked(client: FlaskClient, installation: Installation) -> int:
    installation.time.pass_by(seconds=2)
    return client.get(FEED).status_code


# The database


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("UPDATE meta SET value = 99 WHERE name = 'schema'")
        conn.commit()


def no_database(file: Path) -> None:
    file.write_bytes(b"This is no database. " * 50)


def damaged(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (newer, "was written by a newer feedproxy (schema 99"),
        (no_database, "it is not a database"),
        (damaged, "it is damaged"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_and_left_alone(
    installation: Installation, make: Callable[[Path], None], said: str
) -> None:
    read(installation)
    file = installation.folder / "archive.db"
    make(file)
    before = file.read_bytes()
    found = command(installation.folder, "serve", "--port", "0")
    assert found.exit_code == 1
    assert found.stderr.startswith(f"feedproxy: {file}")
    assert said in found.stderr
    assert "restore a backup" in found.stderr
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("rules", "it is a folder: set FEEDPROXY_DATABASE to a file"),
        ("nowhere/archive.db", "does not exist: create it, or set FEEDPROXY_DATABASE"),
    ],
)
def test_a_database_that_cannot_be_made_is_refused(
    installation: Installation, place: str, said: str
) -> None:
    database = f"sqlite:///{installation.folder}/{place}"
    found = command(installation.folder, "serve", "--port", "0", FEEDPROXY_DATABASE=database)
    assert found.exit_code == 1
    assert said in found.stderr


def test_a_database_that_cannot_be_written_still_serves_and_says_so(
    installation: Installation,
) -> None:
    folder = installation.folder / "data"
    folder.mkdir()
    database = f"sqlite:///{folder}/archive.db"
    pipeline = installation.start(database=database)
    pipeline.refresh("hf-daily")
    before = (folder / "archive.db").read_bytes()
    with mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        found = command(installation.folder, "refresh", FEEDPROXY_DATABASE=database)
        arguments, settings = ["--workers", "1"], {"FEEDPROXY_DATABASE": database}
        with serving(installation.folder, *arguments, **settings) as server:
            feed, health = server.get(FEED), server.health()
    assert found.exit_code == 1
    assert f"{folder}/archive.db: it is read-only: make the file and its folder writable" in (
        found.stderr
    )
    assert feed.status == 200
    assert b"Spiking Neural Networks at Scale" in feed.body
    assert health["status"] == "degraded"
    assert (folder / "archive.db").read_bytes() == before


# Everything else


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        found = command(tmp_path, "serve", "--port", str(port))
    assert found.exit_code == 1
    said = f"feedproxy: cannot listen on 127.0.0.1 port {port}: Address already in use; "
    assert said in found.stderr
    assert f"--port {port + 1 if port < 65535 else port - 1}" in found.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    found = command(tmp_path, "serve", "--host", "203.0.113.7", "--port", "0")
    assert found.exit_code == 1
    assert "cannot listen on 203.0.113.7 port 0: Cannot assign requested address" in found.stderr


@pytest.mark.parametrize("path", ["/feeds/spikng.atom", "/topics/spikng"])
def test_an_unknown_topic_is_404_with_the_nearest_name(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "spiking" in answer.text


def test_the_site_of_these_tests_is_sound(site: Site) -> None:
    """Else every listing above would be broken anyway."""
    assert site.answer("https://x.example/api/daily_papers")[0] == 200
