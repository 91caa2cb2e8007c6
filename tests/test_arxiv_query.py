"""The arxiv source's queries, which are read a hundred papers at a time: see test_arxiv."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from urllib.parse import parse_qs, urlsplit

import pytest

from feedproxy.assemble import assemble
from feedproxy.errors import FetchError, NothingFound, RateLimited, Unreachable
from tests.clocks import FakeTime
from tests.conftest import Installation
from tests.test_arxiv import NOW, FakeArxiv, feed, read

WHOLE_X = "whole 2d711642b726b044"
"""The part that notes that all of the query `x` was read."""


def hundred(start: int, total: int, *, step: int = 0) -> bytes:
    """A page of the API; submissions are `step` hours apart, the first of now."""
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/2603.{n:05}v1</id><title>On {n}</title>"
        f"<published>{(NOW - timedelta(hours=n * step)).isoformat()}</published></entry>"
        for n in range(start, min(start + 100, total))
    )
    return feed(f"<o:totalResults>{total}</o:totalResults>{entries}")


def test_a_query_is_asked_for_newest_first_in_arxivs_own_syntax() -> None:
    web = FakeArxiv(hundred(0, 0))
    list(read(web, query='abs:"spiking neural network" AND cat:cs.NE'))
    list(read(web, query="x", base="http://mirror.example"))
    first, second = (urlsplit(request.url) for request in web.asked)
    assert parse_qs(first.query) == {
        "search_query": ['abs:"spiking neural network" AND cat:cs.NE'],
        "sortBy": ["submittedDate"],
        "sortOrder": ["descending"],
        "start": ["0"],
        "max_results": ["100"],
    }
    assert first.geturl().startswith("https://export.arxiv.org/api/query?")
    assert second.geturl().startswith("http://mirror.example/api/query?search_query=x&")


def test_a_first_reading_goes_back_to_the_last_result_each_hundred_a_listing() -> None:
    web = FakeArxiv(hundred(0, 230), hundred(100, 230), hundred(200, 230))
    listings = list(read(web, query="x"))
    assert [(each.part, len(each.records)) for each in listings] == [
        ("1 to 100", 100),
        ("101 to 200", 100),
        ("201 to 300", 30),
        (WHOLE_X, 0),
    ]
    assert [parse_qs(request.url)["start"] for request in web.asked] == [["0"], ["100"], ["200"]]


def test_a_later_reading_goes_back_to_what_must_have_been_found_before() -> None:
    web = FakeArxiv(*(hundred(start, 900, step=1) for start in range(0, 900, 100)))
    assert len(list(read(web, {WHOLE_X: NOW - timedelta(hours=1)}, query="x"))) == 3
    assert len(web.asked) == 2


def test_a_query_that_was_edited_goes_back_as_far_as_one_never_read() -> None:
    web = FakeArxiv(*(hundred(start, 900, step=1) for start in range(0, 900, 100)))
    an_hour_ago = NOW - timedelta(hours=1)
    list(read(web, {WHOLE_X: an_hour_ago, "1 to 100": an_hour_ago}, query="y"))
    assert len(web.asked) == 9


def test_a_reading_that_broke_off_is_made_up_for_by_the_next_and_is_odd_in_nothing(
    installation: Installation,
) -> None:
    installation.rules.write_text(
        "sources: {snn: {kind: arxiv, query: x}}\ntopics: {all: {from: snn, limit: 1000}}"
    )
    time = FakeTime()
    web = FakeArxiv(hundred(0, 300, step=3), Unreachable("https://export.arxiv.org", "reset"))
    pipeline = assemble(installation.config(), web, time.clock)

    def refreshed(*pages: bytes) -> tuple[int, int, tuple[str, ...]]:
        time.pass_by(hours=6)
        web.pages, web.now = [*web.pages, *pages], time.moment
        pipeline.refresh("snn")
        (health,) = pipeline.health().sources
        return len(web.asked), health.state.records, health.state.notes

    assert refreshed() == (2, 100, ())
    assert refreshed(*(hundred(start, 300, step=3) for start in (0, 100, 200))) == (5, 300, ())
    assert refreshed(hundred(0, 300, step=3)) == (6, 300, ())


def test_all_sources_together_ask_once_every_three_seconds(installation: Installation) -> None:
    """By the database's clock, which goes on while ours stands: so each wait is longer by three."""
    installation.rules.write_text(
        "sources: {a: {kind: arxiv, query: x}, b: {kind: arxiv, query: y}}\n"
        "topics: {all: {from: [a, b]}}"
    )
    time = FakeTime()
    web = FakeArxiv(hundred(0, 1), now=time.moment)
    pipeline = assemble(installation.config(), web, time.clock)
    for name in "abab":
        pipeline.refresh(name)
    assert len(web.asked) == 4
    assert [ceil(wait / 3) for wait in time.slept] == [1, 2, 3]


def test_no_reading_goes_beyond_the_thousandth_result() -> None:
    web = FakeArxiv(*(hundred(start, 5000) for start in range(0, 5000, 100)))
    assert sum(len(each.records) for each in read(web, query="x")) == 1000
    assert len(web.asked) == 10


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (RateLimited("https://export.arxiv.org", "answered 429", status=429), RateLimited),
        (hundred(300, 300), NothingFound),
    ],
)
def test_what_was_read_before_a_failure_is_kept(
    failure: bytes | FetchError, error: type[Exception]
) -> None:
    listings = read(FakeArxiv(hundred(0, 300), failure), query="x")
    assert len(next(listings).records) == 100
    with pytest.raises(error):
        next(listings)
