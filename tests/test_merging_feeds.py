"""One paper, shown by three sites, from their bytes to the feeds, the pages and the commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from feedproxy.assemble import assemble
from feedproxy.models import Page, Request
from feedproxy.pipeline import Pipeline
from tests.commands import as_json, command
from tests.conftest import Installation
from tests.test_merging import FORMS

RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 2d}
  lab: {kind: feed, url: https://lab.example/feed.json}
  index:
    kind: json
    url: https://index.example/papers
    items: papers
    fields: {id: id, title: name, link: url, doi: doi, pdf: pdf, upvotes: votes}
topics:
  all: {from: [hf-daily, lab, index]}
  liked: {from: [hf-daily, index], where: {upvotes: {min: 20}}}
"""
POST = "https://lab.example/at-scale"


class Sites:
    """The listing of `installation.site` beside a lab's feed and an index, each changed at will."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.posts: list[dict[str, Any]] = []
        self.papers: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Page:
        now = self.installation.time.moment
        if request.url.startswith("https://lab.example/"):
            version = "https://jsonfeed.org/version/1.1"
            told: Any = {"version": version, "title": "Lab", "items": self.posts}
        elif request.url.startswith("https://index.example/"):
            told = {"papers": self.papers}
        else:
            return self.installation.site(request)
        body = json.dumps(told).encode()
        return Page(request.url, body, now, headers={"content-type": "application/json"})


@pytest.fixture
def sites(installation: Installation) -> Sites:
    installation.rules.write_text(RULES)
    return Sites(installation)


@pytest.fixture
def read(installation: Installation, sites: Sites) -> Callable[[], Pipeline]:
    """All sources once more, a day later, by one process."""
    pipeline = assemble(installation.config(), sites, installation.time.clock)

    def refreshed() -> Pipeline:
        installation.time.pass_by(days=1)
        for name in ("hf-daily", "lab", "index"):
            report = pipeline.refresh(name)
            assert report
            assert not report.error
        return pipeline

    return refreshed


def post(url: str = POST, **more: Any) -> dict[str, Any]:
    """Of the lab's feed; its guid never changes."""
    return {"id": POST, "url": url, "title": "A post on pulses", **more}


def hint(**says: Any) -> dict[str, Any]:
    """Of the index."""
    return {"id": "77", "name": "Spiking, at Scale", "url": "https://index.example/77", **says}


def titles(pipeline: Pipeline, topic: str = "all") -> list[str]:
    feed = json.loads(pipeline.feed(topic, "json").body)
    return sorted(item["title"] for item in feed["items"])


LISTED = [
    "A Survey of Spiking Neural Networks",
    "Rain Forecasts without Training",
    "Spiking Neural Networks at Scale",
]


def test_a_topic_over_several_sources_shows_a_paper_once(
    sites: Sites, read: Callable[[], Pipeline]
) -> None:
    sites.posts = [post("https://arxiv.org/abs/2611.00001v2")]
    sites.papers = [hint(doi="10.48550/arXiv.2611.00001", votes=40)]
    pipeline = read()
    assert titles(pipeline) == LISTED
    assert titles(pipeline, "liked") == LISTED[1:], "the highest number counts"
    for name in ("atom", "rss"):
        assert (
            pipeline.feed("all", name).body.count(b"https://arxiv.org/abs/2611.00001<")
            == {
                "atom": 1,
                "rss": 2,  # guid and link
            }[name]
        )


def test_a_site_may_have_dois_for_ids(sites: Sites, read: Callable[[], Pipeline]) -> None:
    sites.posts = [post("https://doi.org/10.1234/pulses")]
    sites.papers = [hint(id="10.1234/Pulses", name="Another title")]
    assert titles(read()) == [LISTED[0], "Another title", *LISTED[1:]]


def test_a_paper_is_found_by_its_arxiv_id_in_any_form(
    sites: Sites, read: Callable[[], Pipeline]
) -> None:
    sites.posts = [post("https://arxiv.org/abs/2611.00042")]
    pipeline = read()
    for form in (*FORMS, "2611.00042", "2611.00042v2"):
        found = pipeline.catalogue.decision("all", form)
        assert found.record.title == "A post on pulses", form


def test_what_was_joined_by_a_mistake_is_served_again_byte_by_byte(
    sites: Sites, read: Callable[[], Pipeline], installation: Installation
) -> None:
    sites.posts = [post()]
    pipeline = read()
    before = [pipeline.feed("all", name).body for name in ("atom", "rss", "json")]
    assert titles(pipeline) == [LISTED[0], "A post on pulses", *LISTED[1:]]
    installation.rules.write_text(RULES.replace("[hf-daily, lab, index]", "[hf-daily, lab]"))
    sites.papers = [hint(url=POST, pdf="https://arxiv.org/pdf/2611.00001")]
    read()
    assert titles(pipeline) == LISTED
    for named in (POST, "2611.00001"):
        assert pipeline.catalogue.decision("all", named).record.title == LISTED[2]
    sites.papers = [hint(pdf="https://arxiv.org/pdf/2611.00077")]
    read()
    assert [pipeline.feed("all", name).body for name in ("atom", "rss", "json")] == before
    assert pipeline.catalogue.decision("all", POST).record.title == "A post on pulses"


@pytest.fixture
def client(sites: Sites, read: Callable[[], Pipeline], installation: Installation) -> FlaskClient:
    sites.posts = [post()]
    sites.papers = [hint(url=POST, pdf="https://arxiv.org/pdf/2611.00001")]
    return installation.client(read())


def test_pages_and_commands_say_where_it_was_seen_and_know_both_ids(
    client: FlaskClient, installation: Installation
) -> None:
    assert "seen in hf-daily, index, lab" in client.get("/topics/all").text
    former = as_json(installation.folder, "explain", "all", POST)
    assert former["id"] == "2611.00001"
    assert former["seen_in"] == ["hf-daily", "index", "lab"]
    assert former["aliases"] == [POST]
    said = command(installation.folder, "explain", "all", "2611.00001").stdout
    assert "seen in hf-daily, index, lab\n" in said
