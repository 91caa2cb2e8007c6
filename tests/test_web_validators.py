"""What a reader is told when a feed goes back to what it was."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime

import pytest
from flask.testing import FlaskClient

from feedproxy.pipeline import Pipeline
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
