"""The pipeline and the settings of the request's app: for views only."""

from __future__ import annotations

from flask import current_app

from feedproxy.config import Config
from feedproxy.pipeline import Pipeline
from feedproxy.tally import Tally


def pipeline() -> Pipeline:
    found: Pipeline = current_app.extensions["feedproxy"]
    return found


def tally() -> Tally:
    found: Tally = current_app.extensions["feedproxy.tally"]
    return found


def config() -> Config:
    found: Config = current_app.config["FEEDPROXY"]
    return found
