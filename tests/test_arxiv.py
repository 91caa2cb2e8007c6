"""The arxiv source through its one seam: requests out, pages in, listings out.

A case is what arXiv sends, beside NAME.expected.json with the source's options and what is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from feedproxy import errors
from feedproxy.assemble import assemble
from feedproxy.errors import FetchError
from feedproxy.models import Listing, Page, Request, Source
from feedproxy.refresh.reading import drive
from feedproxy.rulefiles import RulesFolder
from feedproxy.sources import sources
from feedproxy.sources.arxiv.announcements import due
from tests.clocks import FakeTime
from tests.conftest import Installation
from tests.test_huggingface import plain
from tests.test_readme import recipes

CASES = Path(__file__).parent / "data" / "arxiv"
NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)  # a Wednesday
TODAY, YESTERDAY = "2026-03-04", "2026-03-03"


class FakeArxiv:
    """Answers from `pages`, the last of them again and again; None is a 304."""

    def __init__(self, *pages: bytes | FetchError | None, now: datetime = NOW) -> None:
        self.pages, self.now = list(pages), now
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Page:
        self.asked.append(request)
        answer = self.pages[min(len(self.asked), len(self.pages)) - 1]
        if isinstance(answer, FetchError):
            raise answer
        return Page(request.url, answer or b"", self.now, 200 if answer else 304)


def read(
    web: FakeArxiv, history: Mapping[str, datetime] | None = None, base: str = "", **options: Any
) -> Iterator[Listing]:
    source = Source("arxiv", "arxiv", options)
    return drive(sources(arxiv_url=base)["arxiv"].read(source, web.now, history or {}), web)


def batch(day: str, *ids: str, announce: str = "new") -> bytes:
    """An announcement, dated `day`."""
    entries = "".join(
        f"<entry><id>oai:arXiv.org:{each}</id><title>On {each}</title>"
        f"<published>{day}T00:00:00-05:00</published>"
        f"<a:announce_type>{announce}</a:announce_type></entry>"
        for each in ids
    )
    return feed(f"<updated>{day}T05:00:00+00:00</updated>{entries}")


def feed(inner: str) -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:a="http://arxiv.org/schemas/atom"'
        f' xmlns:o="http://a9.com/-/spec/opensearch/1.1/">{inner}</feed>'
    ).encode()


def ids(listing: Listing) -> list[str]:
    return [record.short_id for record in listing.records]


# --- cases


def cases() -> list[Path]:
    inputs = sorted(CASES.glob("*.xml"))
    expected = {path.name.removesuffix(".expected.json") for path in CASES.glob("*.expected.json")}
    if not inputs or {path.stem for path in inputs} != expected:
        raise RuntimeError(f"{CASES}: a case needs both its input and NAME.expected.json")
    return inputs


@pytest.mark.parametrize("case", cases(), ids=lambda path: path.stem)
def test_what_arxiv_sent_becomes_the_expected_listing(case: Path) -> None:
    expected = json.loads((CASES / f"{case.stem}.expected.json").read_text())
    web = FakeArxiv(case.read_bytes(), now=datetime.fromisoformat(expected["now"]))
    listings = read(web, **expected["options"])
    if "error" in expected:
        with pytest.raises(getattr(errors, expected["error"])) as caught:
            list(listings)
        assert expected["message"] in str(caught.value)
        assert "arxiv.org/" in str(caught.value)
        return
    listing, *notes_that_it_was_whole = listings
    assert not any(each.records or each.notes for each in notes_that_it_was_whole)
    assert (listing.part, list(listing.notes)) == (expected["part"], expected["notes"])
    assert len(listing.records) == len(expected["records"])
    for record, fields in zip(listing.records, expected["records"], strict=True):
        assert {name: plain(getattr(record, name)) for name in fields} == fields


def test_the_readmes_recipe_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(recipes()["arxiv-by-category-and-by-query"])
    kinds = {name: kind.keys for name, kind in sources().items()}
    found = RulesFolder(tmp_path, kinds).current().sources
    web = FakeArxiv(feed("<o:totalResults>0</o:totalResults>"))
    for source in found["arxiv-neural"], found["arxiv-snn"]:
        assert [*{each.records for each in read(web, **source.options)}] == [()]
    assert [urlsplit(request.url).path for request in web.asked] == [
        "/atom/cs.NE+q-bio.NC",
        "/api/query",
    ]


# --- announcements


def test_categories_are_asked_for_in_one_request() -> None:
    web = FakeArxiv(batch(TODAY))
    list(read(web, categories=("cs.NE", "q-bio.NC")))
    list(read(web, categories=("hep-th",), base="http://mirror.example/x"))
    assert [request.url for request in web.asked] == [
        "https://rss.arxiv.org/atom/cs.NE+q-bio.NC",
        "http://mirror.example/x/atom/hep-th",
    ]


def test_a_version_makes_no_new_entry() -> None:
    web = FakeArxiv(batch(TODAY, "2603.00001v1", "2603.00001v2", "2511.00007v3"))
    (listing,) = read(web, categories=("cs.NE",))
    assert ids(listing) == ["2603.00001", "2511.00007"]


def test_the_part_is_named_for_its_day_and_newest_id_whatever_is_wanted_of_it() -> None:
    web = FakeArxiv(batch(TODAY, "2603.00009v1", "2603.00010v1", "math/0309136v2"))
    (listing,) = read(web, categories=("cs.NE",), announce=("replace",))
    assert (listing.part, listing.records) == (f"{TODAY} up to 2603.00010v1", ())


@pytest.mark.parametrize("dated", [YESTERDAY, TODAY])
def test_yesterdays_batch_that_comes_again_is_called_stale_and_filed_under_its_own_day(
    dated: str,
) -> None:
    history = {"2026-03-02 up to 2603.00003v1": NOW, f"{YESTERDAY} up to 2603.00005v1": NOW}
    web = FakeArxiv(batch(dated, "2603.00005v1", "2603.00004v1"))
    (listing,) = read(web, history, categories=("cs.NE",))
    assert listing.part == f"{YESTERDAY} up to 2603.00005v1"
    assert listing.stale == (
        "stale: the announcement of 2026-03-03 again (newest id 2603.00005v1),"
        " that of 2026-03-04 is missing"
    )
    assert {record.published.date().isoformat() for record in listing.records} == {YESTERDAY}


def test_a_new_batch_and_the_same_one_of_today_are_not_stale() -> None:
    history = {f"{YESTERDAY} up to 2603.00005v1": NOW}
    web = FakeArxiv(batch(TODAY, "2603.00006v1"))
    for known in (history, history | {f"{TODAY} up to 2603.00006v1": NOW}):
        (listing,) = read(web, known, categories=("cs.NE",))
        assert listing.stale == ""
        assert listing.part == f"{TODAY} up to 2603.00006v1"


def test_a_day_of_replacements_of_the_newest_paper_is_a_day_of_its_own() -> None:
    history = {f"{YESTERDAY} up to 2603.00005v1": NOW}
    web = FakeArxiv(batch(TODAY, "2603.00005v2", announce="replace"))
    (listing,) = read(web, history, categories=("cs.NE",))
    assert (listing.stale, listing.part) == ("", f"{TODAY} up to 2603.00005v2")


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-04T07:59", "2026-03-03"),
        ("2026-03-04T08:00", "2026-03-04"),
        ("2026-03-07T18:00", "2026-03-06"),
        ("2026-03-08T18:00", "2026-03-06"),
        ("2026-03-09T07:00", "2026-03-06"),
        ("2026-03-09T08:00", "2026-03-09"),
    ],
)
def test_an_announcement_is_due_each_weekday_three_hours_after_midnight_in_new_york(
    now: str, day: str
) -> None:
    assert due(datetime.fromisoformat(now + "+00:00")) == date.fromisoformat(day)


def test_changes_are_asked_for_only_while_the_newest_batch_is_known() -> None:
    for history, may_be_unchanged in (
        ({}, False),
        ({f"{YESTERDAY} up to 2603.00005v1": NOW}, False),
        ({f"{TODAY} up to 2603.00006v1": NOW, YESTERDAY: NOW}, True),
        ({"an older part": NOW, "2026-13-01 up to x": NOW}, False),
    ):
        web = FakeArxiv(None)
        assert list(read(web, history, categories=("cs.NE",))) == []
        assert web.asked[0].may_be_unchanged is may_be_unchanged


def test_a_stale_batch_makes_the_source_stale_but_its_papers_are_kept(
    installation: Installation,
) -> None:
    installation.rules.write_text(
        "sources: {neural: {kind: arxiv, categories: cs.NE}}\ntopics: {all: {from: neural}}"
    )
    time = FakeTime()  # on a Friday
    web = FakeArxiv(batch("2026-11-20", "2611.00001v1"), now=time.moment)
    config = installation.config(arxiv_url="http://mirror.example")
    pipeline = assemble(config, web, time.clock)

    def refreshed(**later: float) -> tuple[str, tuple[str, ...]]:
        time.pass_by(**later)
        web.now = time.moment
        pipeline.refresh("neural")
        (health,) = pipeline.health().sources
        return health.word, health.state.notes

    assert refreshed(minutes=0) == ("fresh", ())
    web.pages = [batch("2026-11-23", "2611.00001v1", "2611.00000v2")]
    word, notes = refreshed(days=3)
    assert word == "stale"
    assert "2026-11-20 again" in notes[0]
    assert b"2611.00000" in pipeline.feed("all", "atom").body
    web.pages = [batch("2026-11-23", "2611.00002v1")]
    assert refreshed(hours=1) == ("fresh", ())
    assert {request.url for request in web.asked} == {"http://mirror.example/atom/cs.NE"}
