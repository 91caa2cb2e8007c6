"""Real pages, where ../shared is present: read by rules in YAML alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from feedproxy.links import canonical
from feedproxy.models import Page, Record, Request, Source
from feedproxy.refresh.reading import drive
from feedproxy.rulefiles import RulesFolder
from feedproxy.sources import SOURCES
from tests.clocks import NOON

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
PAGES = CORPUS / "generic-html"
FOREIGN = "08-arxiv-org"
"""The articles that are expected beside this page are its authors' pages."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    folder = tmp_path_factory.mktemp("rules")
    shutil.copy(ROOT / "tests/data/html/corpus.yaml", folder)
    rules = RulesFolder(folder, {name: kind.keys for name, kind in SOURCES.items()}).current()
    assert rules.problems == ()
    return {name: source for name, source in rules.sources.items() if source.kind == "html"}


def records(source: Source, path: Path) -> tuple[Record, ...]:
    """All that the page at the source's address gives."""

    def fetch(request: Request) -> Page:
        return Page(request.url, path.read_bytes(), NOON)

    [listing] = drive(SOURCES["html"].read(source, NOON, {}), fetch)
    return listing.records


def pages() -> dict[str, Path]:
    return {path.name.split(".")[0]: path for path in sorted(PAGES.glob("*.html"))}


def test_every_page_has_its_source(sources: dict[str, Source]) -> None:
    assert set(pages()) == set(sources) - {"hf"}
    assert pages()


@pytest.mark.parametrize("name", pages())
def test_a_page_gives_exactly_the_articles_that_people_found_on_it(
    sources: dict[str, Source], name: str
) -> None:
    found = records(sources[name], pages()[name])
    assert all(record.title != record.id for record in found)
    expected = PAGES / f"{name}.output.json"
    if expected.exists() and name != FOREIGN:
        links = json.loads(expected.read_text())
        assert {each.link for each in found} == set(map(canonical, links))
    else:
        assert len(found) == {FOREIGN: 11, "html2rss_page_1": 4}[name]


def test_papers_of_a_list_on_arxiv_are_arxivs(sources: dict[str, Source]) -> None:
    found = records(sources[FOREIGN], pages()[FOREIGN])
    assert all(record.id.startswith("https://arxiv.org/abs/") for record in found)
    assert all(record.authors for record in found)


def test_the_listing_read_by_yaml_alone_has_the_titles_of_the_built_in_source(
    sources: dict[str, Source],
) -> None:
    path = CORPUS / "hf-html" / "daily_2024-08-01.html"

    def fetch(request: Request) -> Page:
        if "/api/" in request.url:
            return Page(request.url, b"<h1>no API</h1>", NOON)
        return Page(request.url, path.read_bytes(), NOON)

    built_in = SOURCES["huggingface"].read_day
    assert built_in
    day = NOON.date().replace(2024, 8, 1)
    [listing] = drive(built_in(Source("hf", "huggingface", {}), day, NOON), fetch)
    titles = {record.id: record.title for record in listing.records}
    assert len(titles) == 13
    assert {record.id: record.title for record in records(sources["hf"], path)} == titles
