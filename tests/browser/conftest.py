"""A real server that has read an invented listing, and one Chromium for all tests of the folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.chromium import DESKTOP, Browser, Look, chromium
from tests.invented import Paper, Site, served
from tests.running import Server, eventually, serving

RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 2d, title: Daily papers}
  lab-blog: {kind: feed, url: "http://127.0.0.1:9/feed.xml", title: A blog that is away}
topics:
  spiking:
    title: Spiking and neuromorphic papers
    description: Networks that compute with spikes, once five people like them.
    from: [hf-daily, lab-blog]
    include: [spiking neural network, SNN]
    exclude: [title: survey]
    where: {upvotes: {min: 5}}
  nothing: {include: [a phrase that nobody writes]}
"""
MISTAKEN = "topics: {spking: {inclde: [SNN]}}\n"

LONG = "A Title That Goes on about Spiking Neural Networks, and on, " * 6
ABSTRACT = (
    "We train a spiking neural network with $\\mathcal{O}(n \\log n)$ operations and "
    "$\\alpha_{i}^{2} < 10^{-3}$; an SNN sleeps between events. " * 8
)
PICTURE = {"mediaUrls": ["https://pictures.invalid/1.png"]}
EVERYTHING = {
    **PICTURE,
    "authors": [{"name": f"Åsa Invented-Author {n}", "hidden": False} for n in range(40)],
    "organization": {"fullname": "An Institute with a Name"},
    "githubRepo": "https://github.com/invented/ember",
    "githubStars": 41,
    "projectPage": "https://project.invalid/",
}


def papers() -> list[Paper]:
    day = datetime.now(UTC).date() - timedelta(days=1)
    ember = "Ember: $\\mathcal{O}(n)$ Spiking Neural Networks"
    return [
        Paper("2611.90001", ember, day, ABSTRACT, 12, EVERYTHING),
        Paper("2611.90002", LONG, day, ABSTRACT, 7, PICTURE),
        Paper("2611.90003", "A Survey of Spiking Neural Networks", day, ABSTRACT, 30, PICTURE),
        Paper("2611.90004", "An SNN That Few Like", day, ABSTRACT, 4),
        Paper("2611.90005", "Rain" + "forecasts" * 40, day, upvotes=3),
        Paper("2611.90006", "Rain without <em>Training</em> & 強化学習", day, upvotes=1),
    ]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One source is away, and one rules file is wrong."""
    folder = tmp_path_factory.mktemp("browsed")
    (folder / "rules").mkdir()
    (folder / "rules" / "topics.yaml").write_text(RULES)
    (folder / "rules" / "mistaken.yaml").write_text(MISTAKEN)
    with served(Site(*papers())) as address:
        settings = {"FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8", "FEEDPROXY_HF_URL": address}
        with serving(folder, **settings) as started:
            eventually("both sources were asked", lambda: _both_asked(started))
            yield started


def _both_asked(server: Server) -> bool:
    sources = server.health()["sources"]
    return bool(sources["hf-daily"]["last_success"] and sources["lab-blog"]["error"])


@pytest.fixture(scope="session")
def driven(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile"), server.url) as browser:
        yield browser


@pytest.fixture
def browser(driven: Browser) -> Browser:
    """At a desk by the light of day, looking at nothing yet."""
    driven.look(Look(*DESKTOP, dark=False))
    driven.driver.get("about:blank")
    driven.sent()
    driven.complaints()
    return driven
