"""The json source through its one seam, its options read from rules as a user writes them.

A case is a source as in the rules, what the API answers to one request after the other, and what
is asked and read. An answer that is a text is sent as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from feedproxy import errors
from feedproxy.errors import BadStatus, FetchError, RateLimited
from feedproxy.models import Listing, Page, Request, Source
from feedproxy.refresh.reading import drive
from feedproxy.rulefiles import RulesFolder
from feedproxy.sources import SOURCES
from tests.test_huggingface import plain
from tests.test_readme import recipes

CASES = Path(__file__).parent / "data" / "json"
NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)
KINDS = {name: kind.keys for name, kind in SOURCES.items()}


class FakeApi:
    """Gives one answer after the other, the last of them again and again; None is a 304."""

    def __init__(self, *answers: Any) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Page:
        self.asked.append(request)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, FetchError):
            raise answer
        body = answer if isinstance(answer, str) else json.dumps(answer)
        return Page(request.url, body.encode(), NOW, 304 if answer is None else 200)


def written(folder: Path, source: dict[str, Any]) -> Source:
    rules = {"sources": {"api": source}, "topics": {"all": {"from": "api", "include": ["x"]}}}
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules))
    loaded = RulesFolder(folder, KINDS).current()
    assert loaded.problems == ()
    return loaded.sources["api"]


def read(source: Source, web: FakeApi) -> Iterator[Listing]:
    return drive(SOURCES["json"].read(source, NOW, {}), web)


def simple(**options: Any) -> Source:
    fields = {"title": ("title",), "link": ("https://api.example/p/{n}",)}
    defaults = {"url": "https://api.example/papers", "items": "data", "fields": fields}
    return Source("api", "json", defaults | options)


def papers(*numbers: int, **more: Any) -> dict[str, Any]:
    return {"data": [{"n": n, "title": f"On {n}"} for n in numbers], **more}


def titles(listing: Listing) -> list[str]:
    return [record.title.removeprefix("On ") for record in listing.records]


def asked(web: FakeApi) -> list[str]:
    return [request.url.removeprefix("https://api.example/") for request in web.asked]


# --- cases


def cases() -> list[Path]:
    if not (found := sorted(CASES.glob("*.yaml"))):
        raise RuntimeError(f"{CASES} has no cases")
    return found


@pytest.mark.parametrize("path", cases(), ids=lambda path: path.stem)
def test_what_the_api_answers_becomes_the_expected_listing(tmp_path: Path, path: Path) -> None:
    case = yaml.safe_load(path.read_text("utf-8"))
    web, came = FakeApi(*case["answers"]), list[Listing]()
    listings = read(written(tmp_path, case["source"]), web)
    if "error" in case:
        name, message = case["error"]
        with pytest.raises(getattr(errors, name)) as caught:
            came.extend(listings)
        assert str(caught.value) == message
    else:
        came.extend(listings)
    assert [request.url for request in web.asked] == case["asked"]
    listing = came[0] if came else Listing(())
    assert list(listing.notes) == case.get("notes", [])
    for record, fields in zip(listing.records, case.get("records", ()), strict=True):
        assert {name: plain(getattr(record, name)) for name in fields} == fields


def test_the_readmes_recipe_is_read(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(recipes()["a-json-api"])
    source = RulesFolder(tmp_path, KINDS).current().sources["scholar"]
    paper = {"paperId": "a1", "title": "Tide Pools", "authors": [{"name": "Ana"}]}
    web = FakeApi({"data": [paper | {"citationCount": 20, "publicationDate": "2026-03-02"}]})
    ((record,),) = (listing.records for listing in read(source, web))
    assert asked(web) == ["papers?query=spiking&offset=0&limit=100"]
    assert (record.link, record.authors) == ("https://papers.example/a1", ("Ana",))
    assert record.numbers == {"upvotes": 20}


@pytest.mark.parametrize(
    ("name", "answer", "id_", "link"),
    [
        (
            "reviewed",
            "reviews",
            "tag:api2.openreview.net,2000:kElp7Kite01",
            "openreview.net/forum?id=kElp7Kite01",
        ),
        (
            "physics",
            "literature",
            "https://doi.org/10.5555/shore.0",
            "inspirehep.net/literature/3100",
        ),
        (
            "french",
            "archive-documents",
            "https://doi.org/10.5555/shore.0",
            "shore.example/shore-05100",
        ),
    ],
)
def test_the_recipes_of_named_sites_are_read(
    tmp_path: Path, name: str, answer: str, id_: str, link: str
) -> None:
    (tmp_path / "recipe.yaml").write_text(recipes()["openreview-inspire-and-hal"])
    source = RulesFolder(tmp_path, KINDS).current().sources[name]
    web = FakeApi((CASES.parent / f"try_source/{answer}.json").read_text("utf-8"))
    (listing,) = read(source, web)
    assert [len(record.authors) for record in listing.records] == [2, 2, 2]
    record = listing.records[0]
    assert (record.id, record.link) == (id_, f"https://{link}")
    assert record.title == "Counting Kelp from a Kite"
    assert record.summary.startswith("A kite carries")
    assert listing.notes == ()


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", "application/json; charset=iso-8859-1"),
        ("utf-8-sig", "application/json"),
        ("cp1252", "application/json; charset=iso-8859-1"),
        ("gbk", "application/json; charset=gbk"),
        ("utf-16", "application/json"),
    ],
)
def test_an_answer_is_utf_8_or_what_it_says_that_it_is(encoding: str, content_type: str) -> None:
    body = json.dumps(papers(1), ensure_ascii=False).replace("On ", "à la ")

    def web(request: Request) -> Page:
        headers = {"content-type": content_type}
        return Page(request.url, body.encode(encoding), NOW, headers=headers)

    (listing,) = drive(SOURCES["json"].read(simple(), NOW, {}), web)
    assert titles(listing) == ["à la 1"]


# --- paging


@pytest.mark.parametrize(
    ("url", "second"),
    [
        ("papers?offset={offset}&limit={limit}", "papers?offset=3&limit=3"),
        ("papers?page={page}", "papers?page=1"),
    ],
)
def test_pages_are_read_until_one_has_fewer_than_limit_items(url: str, second: str) -> None:
    web = FakeApi(papers(1, 2, 3), papers(4, 5))
    (listing,) = read(simple(url=f"https://api.example/{url}", limit=3), web)
    assert titles(listing) == ["1", "2", "3", "4", "5"]
    assert asked(web)[1:] == [second]


@pytest.mark.parametrize("first", [0, 1])
def test_pages_count_from_first(tmp_path: Path, first: int) -> None:
    source = {
        "kind": "json",
        "url": "https://api.example/papers?page={page}",
        "items": "data",
        "fields": {"title": "title", "link": "https://api.example/p/{n}"},
        "first": first,
    }
    web = FakeApi(papers(1), papers(2), papers())
    (listing,) = read(written(tmp_path, source), web)
    assert titles(listing) == ["1", "2"]
    assert asked(web) == [f"papers?page={first + page}" for page in range(3)]


def test_without_a_limit_the_next_offset_is_what_has_come() -> None:
    web = FakeApi(papers(1, 2, 3), papers(4, 5), papers())
    (listing,) = read(simple(url="https://api.example/?from={offset}"), web)
    assert asked(web) == ["?from=0", "?from=3", "?from=5"]
    assert len(listing.records) == 5


@pytest.mark.parametrize("last", [papers(), papers(1, 2, 3), {"data": None}])
def test_a_page_that_is_empty_comes_again_or_has_no_list_is_the_last(last: Any) -> None:
    web = FakeApi(papers(1, 2, 3), last)
    (listing,) = read(simple(url="https://api.example/?page={page}", pages=9), web)
    assert titles(listing) == ["1", "2", "3"]
    assert len(web.asked) == 2


def test_a_full_page_may_be_the_last_though_the_site_refuses_the_next() -> None:
    refused = BadStatus("https://api.example/?page=3", "answered 400", status=400)
    web = FakeApi(papers(1, 2), papers(3, 4), refused)
    (listing,) = read(simple(url="https://api.example/?page={page}", first=1, limit=2), web)
    assert titles(listing) == ["1", "2", "3", "4"]
    assert listing.notes == ("ended at https://api.example/?page=3, which answered 400",)


def test_no_more_pages_are_read_than_wanted() -> None:
    for pages, read_pages in ({}, 3), ({"pages": 2}, 2):
        web = FakeApi(*(papers(n) for n in range(9)))
        list(read(simple(url="https://api.example/?page={page}", **pages), web))
        assert len(web.asked) == read_pages


def test_an_address_that_cannot_be_paged_is_asked_once() -> None:
    web = FakeApi(papers(1))
    list(read(simple(pages=5), web))
    assert asked(web) == ["papers"]


def test_a_cursor_is_filled_in_empty_on_the_first_page() -> None:
    web = FakeApi(papers(1, meta={"at": "a/b=="}), papers(2, meta={"at": 7}), papers(3, meta={}))
    source = simple(url="https://api.example/?after={cursor}", cursor="meta.at", pages=9)
    (listing,) = read(source, web)
    assert asked(web) == ["?after=", "?after=a%2Fb%3D%3D", "?after=7"]
    assert titles(listing) == ["1", "2", "3"]


@pytest.mark.parametrize("following", ["https://api.example/papers?p=2", "?p=2"])
def test_a_cursor_may_be_the_whole_address(following: str) -> None:
    web = FakeApi(papers(1, next=following), papers(2, next=None))
    (listing,) = read(simple(cursor="next"), web)
    assert asked(web) == ["papers", "papers?p=2"]
    assert titles(listing) == ["1", "2"]


@pytest.mark.parametrize("following", ["https://evil.example/papers?key=s", "http://api.example/p"])
def test_a_next_page_elsewhere_is_not_asked_for_it_would_get_the_headers(following: str) -> None:
    web = FakeApi(papers(1, next=following))
    (listing,) = read(simple(cursor="next"), web)
    told = following.replace("=s", "=…")
    assert listing.notes == (f"the next page is not read: {told} is another site",)
    assert asked(web) == ["papers"]


def test_after_a_redirect_the_pages_that_follow_are_asked_for_as_written() -> None:
    moved = FakeApi(papers(1), papers(2), papers())

    def web(request: Request) -> Page:
        return replace(moved(request), url="https://moved.example/")

    (listing,) = drive(
        SOURCES["json"].read(simple(url="https://api.example/?page={page}"), NOW, {}), web
    )
    assert asked(moved) == ["?page=0", "?page=1", "?page=2"]
    assert len(listing.records) == 2


@pytest.mark.parametrize(
    "failure",
    [
        RateLimited("https://api.example", "answered 429", status=429),
        BadStatus("https://api.example", "answered 404", status=404, retry_after=60),
        BadStatus("https://api.example", "answered 500", status=500),
        "[1, 2",
    ],
)
def test_what_was_read_before_a_failure_is_kept(failure: Any) -> None:
    listings = read(simple(url="https://api.example/?page={page}"), FakeApi(papers(1), failure))
    assert titles(next(listings)) == ["1"]
    with pytest.raises((BadStatus, errors.Damaged)):
        next(listings)


def test_only_a_reading_of_one_page_asks_for_changes_and_none_ends_it() -> None:
    once, paged = FakeApi(None), FakeApi(papers())
    assert list(read(simple(), once)) == []
    list(read(simple(url="https://api.example/?page={page}"), paged))
    assert [web.asked[0].may_be_unchanged for web in (once, paged)] == [True, False]


def test_of_two_items_with_one_id_the_first_counts_on_whatever_page() -> None:
    web = FakeApi(papers(1, 2), {"data": [{"n": 2, "title": "Again"}, {"n": 3, "title": "On 3"}]})
    (listing,) = read(simple(url="https://api.example/?page={page}", pages=2), web)
    assert titles(listing) == ["1", "2", "3"]
