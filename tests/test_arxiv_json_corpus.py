"""The arxiv and json sources against recorded answers. Skipped where ../shared is not there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from feedproxy.models import Listing, Page, Record, Request, Source
from feedproxy.refresh.reading import drive
from feedproxy.sources import SOURCES
from tests.test_json_source import written

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
DAYS = sorted((CORPUS / "hf-json" / "days").glob("*.json"))
FEEDS = sorted((CORPUS / "arxiv").glob("*.xml"))
NOW = datetime(2026, 6, 20, 18, tzinfo=UTC)
pytestmark = pytest.mark.skipif(not DAYS, reason="no recorded answers beside the checkout")

HUGGING_FACE = {
    "kind": "json",
    "url": "https://huggingface.co/api/daily_papers",
    "fields": {
        "title": "paper.title",
        "link": "https://arxiv.org/abs/{paper.id}",
        "abstract": "paper.summary",
        "authors": "paper.authors[?!hidden].name",
        "upvotes": "paper.upvotes",
        "comments": "numComments",
    },
}
SCHOLAR = {
    "kind": "json",
    "url": "https://api.semanticscholar.org/graph/v1/paper/search?query=transformer",
    "items": "data",
    "fields": {
        "id": "externalIds.ArXiv",
        "title": "title",
        "link": "url",
        "abstract": "abstract",
        "authors": "authors[].name",
        "published": "publicationDate",
        "doi": "externalIds.DOI",
        "pdf": "openAccessPdf.url",
    },
}


def read(source: Source, path: Path, now: datetime = NOW) -> Listing:
    def web(request: Request) -> Page:
        return Page(request.url, path.read_bytes(), now)

    return next(drive(SOURCES[source.kind].read(source, now, {}), web))


def shown(record: Record) -> tuple[object, ...]:
    return record.id, record.title, record.summary, record.authors, record.numbers


@pytest.fixture(scope="module")
def in_yaml_alone(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return written(tmp_path_factory.mktemp("rules"), HUGGING_FACE)


@pytest.mark.parametrize("path", DAYS, ids=lambda path: path.stem)
def test_the_listing_written_in_yaml_alone_is_that_of_the_built_in_source(
    in_yaml_alone: Source, path: Path
) -> None:
    day = date.fromisoformat(path.stem)
    read_day = SOURCES["huggingface"].read_day
    assert read_day is not None
    steps = read_day(Source("hf", "huggingface"), day, NOW)
    (built_in,) = drive(steps, lambda request: Page(request.url, path.read_bytes(), NOW))
    own = read(in_yaml_alone, path)
    assert own.records
    for mine, theirs in zip(own.records, built_in.records, strict=True):
        assert shown(mine)[:4] == shown(theirs)[:4]
        assert mine.numbers.items() <= theirs.numbers.items()
        assert "upvotes" in mine.numbers


def test_a_search_api_is_read(tmp_path: Path) -> None:
    listing = read(
        written(tmp_path, SCHOLAR), CORPUS / "other" / "semanticscholar_search.json", NOW
    )
    assert len(listing.records) == 5
    assert listing.notes == ()
    assert all(record.summary and record.authors for record in listing.records)
    assert all(record.id.startswith("https://arxiv.org/abs/") for record in listing.records)


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.stem)
def test_every_answer_of_arxiv_is_read_whole(path: Path) -> None:
    is_api = path.stem.startswith("api")
    source = Source("a", "arxiv", {"query": "x"} if is_api else {"categories": ("cs.AI",)})
    listing = read(source, path)
    assert len(listing.records) == path.read_bytes().count(b"<entry>")
    assert listing.notes == ()
    for record in listing.records:
        assert record.title
        assert record.authors
        assert record.tags
        assert not record.summary.startswith("arXiv:")
        assert record.published.date() < NOW.date()
