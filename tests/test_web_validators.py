"""Whether a reader is told that nothing changed, when a feed goes back to what it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.conftest import Installation

URL = "/feeds/spiking.atom"
Browse = Callable[..., FlaskClient]


@pytest.fixture
def undo(client: FlaskClient, installation: Installation, browse: Browse) -> Callable[[], str]:
    """The rules are edited, which only another worker serves, and that is undone a minute later.

    Told is when the other's feed was last modified.
    """

    def edit_and_undo() -> str:
        rules = installation.rules.read_text()
        client.get(URL)
        installation.rules.write_text(rules.replace("SNN]", "SNN, rain]"))
        installation.time.pass_by(minutes=1)
        edited = browse().get(URL)
        assert "Rain" in edited.text
        installation.rules.write_text(rules)
        installation.time.pass_by(minutes=1)
        return str(edited.headers["Last-Modified"])

    return edit_and_undo


def test_who_was_served_what_is_undone_is_not_told_that_nothing_changed(
    client: FlaskClient, undo: Callable[[], str]
) -> None:
    answer = client.get(URL, headers={"If-Modified-Since": undo()})
    assert answer.status_code == 200
    assert "Rain" not in answer.text
