"""What the log tells an operator: each mistake once, and when a trouble begins and ends."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from feedproxy.pipeline import Pipeline
from tests.conftest import RULES, Installation
from tests.faults import FEED
from tests.running import eventually


def look(pipeline: Pipeline, installation: Installation, times: int = 3) -> None:
    for _ in range(times):
        installation.time.pass_by(seconds=2)
        pipeline.rules()


def test_a_mistake_in_the_rules_is_told_once_each_time_it_is_made(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = installation.start()
    look(pipeline, installation)
    assert not caplog.messages
    for _ in range(2):
        installation.rules.write_text(RULES.replace("include", "inclde"))
        look(pipeline, installation)
        installation.rules.write_text(RULES)
        look(pipeline, installation)
    assert len(caplog.messages) == 2
    assert "inclde" in caplog.messages[0]


def test_a_server_that_begins_with_a_mistake_says_so(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    installation.rules.write_text("topics: [")
    look(installation.start(), installation)
    assert len(caplog.messages) == 1


def test_rules_that_are_gone_as_from_a_volume_that_is_not_mounted_are_told_once(
    pipeline: Pipeline,
    client: FlaskClient,
    installation: Installation,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert client.get(FEED).status_code == 200
    kept = installation.rules.rename(installation.folder / "kept.yaml")

    def told() -> list[str]:
        look(pipeline, installation)
        return caplog.messages

    eventually("it is told", lambda: len(told()) > 0)
    [said] = told()
    health, page = client.get("/healthz"), client.get("/").text
    assert "there are no rules files in it: bring them back" in said
    assert (health.status_code, health.json and health.json["status"]) == (200, "degraded")
    assert "there are no rules files in it: bring them back" in page
    assert client.get(FEED).status_code == 410
    kept.rename(installation.rules)
    eventually("it is over", lambda: bool(told()) and not pipeline.health().problems)
    assert told() == [said]


def test_that_the_archive_is_away_and_back_is_told_once(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = installation.start()
    look(pipeline, installation)
    archive, aside = installation.folder / "archive.db", installation.folder / "aside.db"
    archive.rename(aside)
    look(pipeline, installation)
    aside.rename(archive)

    def is_back() -> bool:
        look(pipeline, installation)
        return not pipeline.health().trouble

    eventually("the archive is asked again", is_back)
    away, back = caplog.messages
    assert away.startswith("answering from memory: ")
    assert back == "the archive can be asked again"
