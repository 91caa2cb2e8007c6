"""The whole program over an invented site: only the network and the clock are stood in for."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import settings

from feedproxy.assemble import assemble
from feedproxy.config import Config
from feedproxy.pipeline import Pipeline
from feedproxy.web import create_app
from tests.clocks import FakeTime
from tests.invented import Paper, Site

pytest_plugins = ["tests.archive_fixtures", "tests.fetch_upstream"]

# The same examples in each run, so that what is green here is green in CI; `make fuzz`, or
# HYPOTHESIS_PROFILE=explore, looks for new ones.
settings.register_profile("steady", derandomize=True)
settings.register_profile("explore", max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# A shell lets what it begins in the background ignore SIGINT, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """An archive waits for the disk at each commit, which takes longer than what most tests do: so
    theirs are kept in memory, where that has room.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 2d}
topics:
  spiking:
    title: Spiking papers
    include: [spiking neural network, SNN]
    exclude: [title: survey]
  popular:
    where: {upvotes: {min: 10}}
"""


MANY_FILES = 300


@pytest.fixture(autouse=True, scope="module")
def _closed() -> Iterator[None]:
    """A process closes its archive when it ends, but here hundreds are played by one, which may
    have 1,024 files open. What they left is garbage, but frozen: each that read an archive did so.
    """
    yield
    if len(list(Path("/proc/self/fd").iterdir())) < MANY_FILES:
        return
    gc.unfreeze()
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()


@dataclass
class Installation:
    """A feedproxy in a folder: its rules, its site, its clock."""

    folder: Path
    site: Site
    time: FakeTime

    @property
    def rules(self) -> Path:
        return self.folder / "rules" / "topics.yaml"

    def config(self, **settings: Any) -> Config:
        defaults = {
            "rules": self.folder / "rules",
            "database": f"sqlite:///{self.folder}/archive.db",
            "public_url": "https://papers.example",
        }
        return Config(**{**defaults, **settings})

    def start(self, **settings: Any) -> Pipeline:
        """A process of its own, as far as memory goes."""
        return assemble(self.config(**settings), self.site, self.time.clock)

    def client(self, pipeline: Pipeline, **settings: Any) -> FlaskClient:
        """Of a process that refreshes nothing by itself any more."""
        pipeline.refresher.stop()
        return create_app(pipeline, self.config(**settings)).test_client()


@pytest.fixture
def site() -> Site:
    day = FakeTime().moment.date()
    return Site(
        Paper("2611.00001", "Spiking Neural Networks at Scale", day, upvotes=12),
        Paper("2611.00002", "A Survey of Spiking Neural Networks", day, upvotes=3),
        Paper("2611.00003", "Rain Forecasts without Training", day, upvotes=30),
        now=lambda: FakeTime().moment,
    )


@pytest.fixture
def installation(tmp_path: Path, site: Site) -> Installation:
    (tmp_path / "rules").mkdir()
    made = Installation(tmp_path, site, FakeTime())
    made.rules.write_text(RULES)
    return made


@pytest.fixture
def pipeline(installation: Installation) -> Pipeline:
    """Read once."""
    pipeline = installation.start()
    for name in pipeline.due():
        pipeline.refresh(name)
    return pipeline


@pytest.fixture
def client(pipeline: Pipeline, installation: Installation) -> FlaskClient:
    return installation.client(pipeline)


@pytest.fixture
def browse(installation: Installation) -> Callable[..., FlaskClient]:
    """A client of a fresh process that has read nothing yet and refreshes nothing by itself."""

    def start(**settings: Any) -> FlaskClient:
        return installation.client(installation.start(**settings), **settings)

    return start
