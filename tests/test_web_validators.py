"""What a reader is told when a feed goes back to what it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from flask.testing import FlaskClient

from feedproxy.pipeline import Pipeline
from feedproxy.prepared import Version
from feedproxy.watch import Status
from feedproxy.web.delivery import at_once
from tests.clocks import NOON
from tests.conftest import Installation

URL = "/feeds/spiking.atom"
BEFORE, EDITED = "SNN]", "SNN, rain]"


@pytest.fixture
def edited(
    client: FlaskClient, installation: Installation, browse: Callable[..., FlaskClient]
) -> str:
    """When a feed was last modified that another worker served by rules that were edited then."""
    client.get(URL)
    installation.rules.write_text(installation.rules.read_text().replace(BEFORE, EDITED))
    installation.time.pass_by(minutes=1)
    answer = browse().get(URL)
    assert "Rain" in answer.text
    return str(answer.headers["Last-Modified"])


def undo(installation: Installation) -> None:
    installation.rules.write_text(installation.rules.read_text().replace(EDITED, BEFORE))


def see(pipeline: Pipeline, installation: Installation) -> None:
    """What was written is seen, and a second later taken."""
    for _ in range(2):
        installation.time.pass_by(seconds=5)
        pipeline.rules()


def test_who_was_served_what_is_undone_is_not_told_that_nothing_changed(
    client: FlaskClient, installation: Installation, edited: str
) -> None:
    """By a worker that has not even seen the edit."""
    undo(installation)
    answer = client.get(URL, headers={"If-Modified-Since": edited})
    assert answer.status_code == 200
    assert "Rain" not in answer.text


def test_what_was_undone_is_dated_anew_by_who_saw_the_edit_and_served_nothing_meanwhile(
    client: FlaskClient, pipeline: Pipeline, installation: Installation, edited: str
) -> None:
    """curl, and so newsboat, drops what is not newer than what it has."""
    see(pipeline, installation)
    undo(installation)
    see(pipeline, installation)
    undone = client.get(URL)
    assert "Rain" not in undone.text
    assert parsedate_to_datetime(undone.headers["Last-Modified"]) > parsedate_to_datetime(edited)


def test_s_7_who_served_a_feed_first_while_the_file_was_locked_takes_the_date_of_the_others(
    installation: Installation,
    browse: Callable[..., FlaskClient],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It changed by time alone, so that nothing was written that would have waited, too."""
    installation.rules.write_text(
        installation.rules.read_text().replace(BEFORE, f"{BEFORE}\n    where: {{age: {{max: 2d}}}}")
    )
    installation.start().refresh("hf-daily")
    workers = [browse(), browse()]

    def validators() -> list[tuple[str, str]]:
        found = []
        for worker in workers:
            installation.time.pass_by(seconds=5)
            headers = worker.get(URL).headers
            found.append((headers["ETag"], headers["Last-Modified"]))
        return found

    full = validators()
    assert full[0] == full[1]
    with closing(
        sqlite3.connect(installation.folder / "archive.db", isolation_level=None)
    ) as shell:
        shell.execute("BEGIN IMMEDIATE")
        installation.time.pass_by(days=3)
        locked = validators()
        assert locked[0][0] == locked[1][0] != full[0][0]
        assert validators() == locked
    assert caplog.text.count("cannot tell since when") == len(workers)
    assert "another worker or command of feedproxy is writing, or another program" in caplog.text
    settled = validators()
    assert settled[0] == settled[1]
    workers.append(browse())
    assert validators() == [settled[0]] * 3


def test_the_sources_are_told_from_the_one_that_was_read_longest_ago() -> None:
    version = Version('"a"', "text/plain", NOON)
    read = {"new": NOON, "old": NOON - timedelta(days=1), "never": None}
    asked = {"If-None-Match": '"a"'}
    answer = at_once(version, Status("stale", 300, read), asked.get, private=False)
    assert answer is not None
    told = dict(answer.headers)["X-Feedproxy-Sources"].split(", ")
    assert [each.partition(";")[0] for each in told] == ["never", "old", "new"]
