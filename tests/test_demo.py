"""The demo's listing: the site's shape, a believable calendar, votes that move."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from feedproxy.checking.ruletests import run_tests
from feedproxy.demo import DEMO_RULES, INVENTIONS, DemoSite
from feedproxy.errors import BadStatus
from feedproxy.models import Request
from feedproxy.rulefiles import RulesFolder
from feedproxy.sources import SOURCES

API = "https://huggingface.co/api/daily_papers"
SEARCH = "https://huggingface.co/api/papers/search"
DAYS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "hf-json" / "days"

Row = dict[str, Any]

ROW_KEYS = {
    "paper",
    "title",
    "summary",
    "publishedAt",
    "numComments",
    "submittedBy",
    "isAuthorParticipating",
}
PAPER_KEYS = {
    "id",
    "title",
    "summary",
    "authors",
    "publishedAt",
    "upvotes",
    "discussionId",
    "submittedOnDailyAt",
    "submittedOnDailyBy",
}
PARTS: tuple[Callable[[Row], Row], ...] = (
    lambda row: row,
    lambda row: row["paper"],
    lambda row: row["submittedBy"],
    lambda row: row["paper"]["submittedOnDailyBy"],
    lambda row: row["paper"]["authors"][0],
    lambda row: row.get("organization", {}),
)

STARTS = [
    pytest.param(datetime(2026, 11, 18, 9, 30, tzinfo=UTC), id="within-a-week"),
    pytest.param(datetime(2026, 11, 21, 9, 30, tzinfo=UTC), id="saturday"),
    pytest.param(datetime(2026, 11, 22, 23, 59, tzinfo=UTC), id="sunday-night"),
    pytest.param(datetime(2026, 3, 2, 0, 0, tzinfo=UTC), id="monday-over-a-month"),
    pytest.param(datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC), id="new-year"),
    pytest.param(datetime(2028, 3, 1, 12, 0, tzinfo=UTC), id="leap-year"),
]
START = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def demo(start: datetime, minutes: float = 60) -> Callable[[str], Any]:
    """Asks a demo that has been running for `minutes`."""
    site = DemoSite(lambda: start + timedelta(minutes=minutes), start)
    return lambda url: json.loads(site(Request(url)).body)


def everything(start: datetime, minutes: float = 60) -> list[Row]:
    rows: list[Row] = demo(start, minutes)(f"{API}?limit=100")
    return rows


def votes(start: datetime, minutes: float) -> dict[str, int]:
    return {row["paper"]["id"]: row["paper"]["upvotes"] for row in everything(start, minutes)}


def test_rows_have_the_keys_of_the_real_listing() -> None:
    recorded = sorted(DAYS.glob("*.json"))[-20:]
    if not recorded:
        pytest.skip("no recorded listings beside the checkout")
    real = [row for path in recorded for row in json.loads(path.read_text("utf-8"))]
    for part in PARTS:
        shapes = [{name: type(value) for name, value in part(row).items()} for row in real]
        known = {name: kind for shape in shapes for name, kind in shape.items()}
        for row in everything(START):
            for name, value in part(row).items():
                assert type(value) is known[name], name


def test_rows_have_the_keys_that_the_listing_promises() -> None:
    for row in everything(START):
        paper = row["paper"]
        assert row.keys() >= ROW_KEYS
        assert paper.keys() >= PAPER_KEYS
        assert row["submittedBy"].keys() - {"name"} == paper["submittedOnDailyBy"].keys() - {"user"}
        assert (row["title"], row["summary"]) == (paper["title"], paper["summary"])
        assert 3 <= paper["summary"].count(". ") + paper["summary"].count(".\n") + 1 <= 5
        assert len(paper["authors"]) >= 1


def test_papers_show_off_every_optional_field_and_some_lack_it() -> None:
    papers = [row["paper"] for row in everything(START)]
    for name in ("githubRepo", "githubStars", "projectPage", "mediaUrls", "organization"):
        assert 0 < sum(name in paper for paper in papers) < len(papers), name


@pytest.mark.parametrize("start", STARTS)
def test_ids_are_unique_and_of_the_month_of_publication(start: datetime) -> None:
    papers = [row["paper"] for row in everything(start)]
    assert len({paper["id"] for paper in papers}) == len(papers) == len(INVENTIONS)
    for paper in papers:
        published = datetime.fromisoformat(paper["publishedAt"])
        assert paper["id"].startswith(f"{published:%y%m}.9")
        assert len(paper["id"]) == len("2611.90000")


@pytest.mark.parametrize("start", STARTS)
def test_each_of_the_last_seven_weekdays_lists_papers_and_weekends_none(start: datetime) -> None:
    ask = demo(start)
    days = [start.date() - timedelta(days=back) for back in range(14)]
    listing_days = [day for day in days if day.strftime("%a") not in ("Sat", "Sun")][:7]
    listed = []
    for day in days:
        rows = ask(f"{API}?date={day}&limit=100")
        assert {row["paper"]["submittedOnDailyAt"][:10] for row in rows} <= {f"{day}"}
        assert bool(rows) == (day in listing_days)
        listed += [row["paper"]["id"] for row in rows]
    assert sorted(listed) == sorted(row["paper"]["id"] for row in everything(start))


@pytest.mark.parametrize("start", STARTS)
def test_weeks_and_months_are_made_of_their_days(start: datetime) -> None:
    ask = demo(start)
    for row in everything(start):
        day = date.fromisoformat(row["paper"]["submittedOnDailyAt"][:10])
        year, week, _ = day.isocalendar()
        assert row in ask(f"{API}?week={year}-W{week:02}&limit=100")
        assert row in ask(f"{API}?month={day:%Y-%m}&limit=100")
    assert ask(f"{API}?month=1999-12") == []


def test_the_same_date_gives_the_same_papers_whatever_the_hour() -> None:
    late = START.replace(hour=23)
    assert votes(START, 60).keys() == votes(late, 60).keys()


def test_the_same_clock_and_start_give_the_same_bytes() -> None:
    bodies = {DemoSite(lambda: START, START)(Request(API)).body for _ in range(2)}
    assert len(bodies) == 1


def test_the_newest_list_grows_by_one_paper_a_minute_until_all_are_there() -> None:
    sizes = [len(everything(START, minute)) for minute in range(13)]
    assert sizes == list(range(sizes[0], len(INVENTIONS) + 1))


def test_what_has_been_shown_is_never_taken_away() -> None:
    for minute in range(20):
        assert votes(START, minute).keys() <= votes(START, minute + 1).keys()
    assert votes(START, 10).keys() <= votes(START, 60 * 24 * 3).keys()


def test_votes_never_fall() -> None:
    moments = [0, 0.5, 1, 2, 3, 10, 45, 60, 600, 6000]
    for earlier, later in pairwise(moments):
        now = votes(START, later)
        assert all(now[id] >= count for id, count in votes(START, earlier).items())


def test_a_paper_reaches_ten_votes_in_the_first_minute_and_more_soon_after() -> None:
    at_first = votes(START, 0)
    crossing = {id for id, count in at_first.items() if count < 10 <= votes(START, 1)[id]}
    assert crossing
    later = votes(START, 15)
    assert len({id for id, count in later.items() if count >= 10 > at_first.get(id, 0)}) >= 8


def test_a_clock_set_back_shows_the_start() -> None:
    assert everything(START, -90) == everything(START, 0)


def test_pages_of_a_list_hold_each_paper_once_and_end() -> None:
    ask = demo(START)
    pages = [ask(f"{API}?limit=20&p={number}") for number in range(4)]
    assert [len(page) for page in pages] == [20, 20, 2, 0]
    assert [row for page in pages for row in page] == everything(START)


def test_trending_is_ordered_by_votes() -> None:
    counts = [row["paper"]["upvotes"] for row in demo(START)(f"{API}?sort=trending")]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == len(INVENTIONS)


def test_search_finds_papers_by_their_words_best_first() -> None:
    ask = demo(START)
    found = ask(f"{SEARCH}?q=zebrafish+brain&limit=3")
    assert found[0]["paper"]["title"].startswith("Whole-Brain Simulation")
    assert found[0].keys() == {"paper"}
    assert ask(f"{SEARCH}?q=unheard-of") == []


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://huggingface.co/papers/date/2026-11-20", 404),
        ("https://huggingface.co/api/models", 404),
        ("https://export.arxiv.org/api/query", 404),
        ("http://huggingface.co/api/daily_papers", 404),
        (f"{API}?date=2026-11-21", 400),
        (f"{API}?date=yesterday", 400),
        (f"{API}?limit=0", 400),
        (f"{API}?limit=101", 400),
        (f"{API}?p=-1", 400),
        (f"{API}?p=one", 400),
        (f"{SEARCH}?q=", 400),
    ],
)
def test_what_the_demo_does_not_have_is_a_bad_status(url: str, status: int) -> None:
    with pytest.raises(BadStatus) as caught:
        demo(START)(url)
    assert caught.value.status == status
    assert caught.value.url == url


def test_the_demo_rules_are_sound_and_their_tests_name_papers_of_the_demo() -> None:
    rules = RulesFolder(DEMO_RULES, {name: kind.keys for name, kind in SOURCES.items()}).current()
    assert not rules.problems
    assert not rules.warnings
    assert len(rules.topics) >= 3
    titles = {what.title for what in INVENTIONS}
    for topic in rules.topics.values():
        outcomes = list(run_tests(topic, lambda *named: None))
        assert outcomes
        assert [outcome.written for outcome in outcomes if not outcome.passed] == []
        assert {outcome.written for outcome in outcomes} <= titles
