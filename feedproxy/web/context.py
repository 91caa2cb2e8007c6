"""The pipeline and the settings of the request's app: for views only."""

from __future__ import annotations

from flask import current_app

from feedproxy.config import Config
from feedproxy.pipeline import Pipeline
from feedproxy.tally import Tally


def pipeline() -> Pipeline:
    found = current_app.extensions["feedproxy"]
    assert isinstance(found, Pipeline)  # noqa: S101 - for the type checker
    return found


def tally() -> Tally:
    found = current_app.extensions["feedproxy.tally"]
    assert isinstance(found, Tally)  # noqa: S101 - for the type checker
    return found


def config() -> Config:
    found = current_app.config["FEEDPROXY"]
    assert isinstance(found, Config)  # noqa: S101 - for the type checker
    return found
