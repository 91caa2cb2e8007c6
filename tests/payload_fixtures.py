"""An installation that has read every payload from every kind of source, once for a module."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from feedproxy.pipeline import Pipeline
from feedproxy.rules import Decision
from tests.clocks import FakeTime
from tests.conftest import Installation
from tests.payloads import RULES, web

SETTINGS = {"FEEDPROXY_PUBLIC_URL": "https://papers.example"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("payloads")
    (folder / "rules").mkdir()
    made = Installation(folder, web, FakeTime())  # type: ignore[arg-type]  # any fetch function
    made.rules.write_text(RULES)
    return made


@pytest.fixture(scope="module")
def pipeline(installation: Installation) -> Pipeline:
    """It has read everything, by the very same way as ever."""
    pipeline = installation.start(thumbnails=True)
    assert pipeline.rules().problems == ()
    for name in pipeline.due():
        report = pipeline.refresh(name)
        assert report is not None
        assert (report.error == "") == (name != "broken"), report.error
    pipeline.refresher.stop()
    return pipeline


@pytest.fixture(scope="module")
def client(pipeline: Pipeline, installation: Installation) -> FlaskClient:
    return installation.client(pipeline, thumbnails=True)


def decisions(pipeline: Pipeline, topic: str) -> tuple[Decision, ...]:
    found = pipeline.catalogue.preview(topic)
    return tuple(
        {id(each): each for each in (*found.included, *found.near, *found.excluded)}.values()
    )
