"""Real pages, where ../shared is present: which of them `try-source` makes a source of."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from feedproxy.links import canonical
from feedproxy.models import Page
from feedproxy.sources.guess import look
from tests.clocks import NOON
from tests.test_try_source import read_back

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
FOREIGN = "08-arxiv-org"
"""The articles that are expected beside this page are its authors' pages."""
PAGES = {path.name.split(".")[0]: path for path in (CORPUS / "generic-html").glob("*.input.html")}
LISTED = sorted(set(PAGES) - {FOREIGN})

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus")


def articles(name: str) -> list[str]:
    text = (CORPUS / f"generic-html/{name}.output.json").read_text("utf-8")
    return [str(each) for each in json.loads(text)]


def page(name: str) -> Page:
    """At the site that most of its articles are on."""
    hosts = [urlsplit(each).netloc for each in articles(name)]
    return Page(f"https://{max(hosts, key=hosts.count)}/", PAGES[name].read_bytes(), NOON)


def test_there_are_fourteen_pages_beside_the_foreign_one() -> None:
    assert len(LISTED) == 14
    assert FOREIGN in PAGES


@pytest.mark.parametrize("name", LISTED)
def test_nine_tenths_of_the_articles_are_found(name: str) -> None:
    """On each of the fourteen; beside the articles, at most a tenth of them is found."""
    best = look(page(name)).best
    assert best
    wanted, came = set(map(canonical, articles(name))), {each.link for each in best.records}
    assert len(wanted & came) >= 0.9 * len(wanted)
    assert len(came - wanted) <= 0.1 * len(wanted)
    assert all(len(each.title) > 3 for each in best.records)


def test_what_it_prints_reads_just_the_records_that_it_shows(tmp_path: Path) -> None:
    read_back(tmp_path, {name: (look(page(name)), page(name)) for name in LISTED})


FEEDS = [
    *(path for folder in ("feeds-real", "hf-feeds") for path in (CORPUS / folder).glob("*")),
    *(CORPUS / "arxiv").glob("*.xml"),
    CORPUS / "other/lobsters_rss.xml",
]


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_a_feed_is_known_as_one(path: Path) -> None:
    best = look(Page("https://x.example/", path.read_bytes(), NOON)).best
    assert best
    assert best.kind == "feed"
    assert best.records


@pytest.mark.parametrize(
    ("path", "kind", "count"),
    [
        ("other/semanticscholar_search.json", "json", 5),
        ("other/hackernews_front.html", "html", 30),
        ("hf-html/daily_2024-08-01.html", "html", 13),
    ],
)
def test_other_listings_are_guessed_whole(path: str, kind: str, count: int) -> None:
    best = look(Page("https://x.example/", (CORPUS / path).read_bytes(), NOON)).best
    assert best
    assert (best.kind, len(best.records)) == (kind, count)


def test_the_foreign_page_is_read_too() -> None:
    found = look(Page("https://x.example/", PAGES[FOREIGN].read_bytes(), NOON))
    assert found.feeds == ("http://arxiv.org/rss/math.GN",)
