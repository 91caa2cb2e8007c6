"""The huggingface source against recorded answers and the stand-in site that serves them.

Skipped where ../shared is not beside the checkout.
"""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

import pytest

from feedproxy.errors import BadStatus, Damaged, NothingFound, SourceError, WrongDay
from feedproxy.models import Listing, Page, Record, Request, Source
from feedproxy.refresh.reading import drive
from feedproxy.sources import SOURCES
from feedproxy.text import readable
from tests.test_huggingface import FakeSite, api, daily, page, read, read_before, status

SHARED = Path(__file__).resolve().parents[2] / "shared"
CORPUS = SHARED / "corpus"
DAYS = CORPUS / "hf-json" / "days"
pytestmark = pytest.mark.skipif(not DAYS.is_dir(), reason="no recorded answers beside the checkout")

EVERY_DAY = sorted(path.stem for path in DAYS.glob("*.json"))
NASTY = sorted((CORPUS / "hf-json" / "nasty").glob("*.json"))
NEWEST = "2026-02-27"
ERAS = ("2024", "2026")


@cache
def emulator() -> Any:
    spec = importlib.util.spec_from_file_location("hf_emulator", SHARED / "tools/hf_emulator.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def site(era: str = "2026") -> Any:
    return emulator().Site(str(DAYS), NEWEST, era)


class Emulated:
    """The stand-in as a web: follows redirects, damages what it brings, hides what it should."""

    def __init__(self, era: str = "2026", *, fault: str = "none", without: tuple[str, ...] = ()):
        self.site, self.fault, self.without = site(era), fault, without
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Page:
        url = request.url
        self.asked.append(url.removeprefix("https://huggingface.co"))
        if "api" in self.without and "/api/" in url:
            raise status(500, url)
        for _ in range(5):
            code, headers, body = self.site.respond(url.removeprefix("https://huggingface.co"))
            if code == 302:
                url = urljoin(url, headers["Location"])
                continue
            if code != 200:
                raise status(code, url)
            return Page(url, self._damaged(headers, body), moment())
        raise AssertionError("redirected for ever")

    def _damaged(self, headers: dict[str, str], body: bytes) -> bytes:
        if "hydration" in self.without:
            body = body.replace(b'data-target="DailyPapers"', b'data-target="Gone"')
        handler = emulator().Handler
        damaged: bytes = handler._damage(SimpleNamespace(site=self.site), self.fault, headers, body)
        return damaged


def moment(day: str = NEWEST) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=18)


def one(web: Any, day: str = NEWEST) -> Listing:
    read_day = SOURCES["huggingface"].read_day
    assert read_day is not None
    (listing,) = drive(read_day(daily(), date.fromisoformat(day), moment()), web)
    return listing


def shown(listing: Listing) -> list[tuple[str, str, int | None]]:
    return [(record.id, record.title, record.numbers.get("upvotes")) for record in listing.records]


def raw(day: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DAYS / f"{day}.json").read_text("utf-8"))
    return rows


@pytest.mark.parametrize("day", EVERY_DAY)
def test_every_recorded_day_is_read_whole_and_on_its_own_day(day: str) -> None:
    answers = {api(day): (DAYS / f"{day}.json").read_bytes(), api(day, 1): b"[]"}
    listing = one(FakeSite(answers), day)
    papers = [row["paper"] for row in raw(day)]
    assert [record.short_id for record in listing.records] == [paper["id"] for paper in papers]
    assert {record.published for record in listing.records} == {moment(day).replace(hour=12)}
    assert listing.notes == ()
    for record, paper in zip(listing.records, papers, strict=True):
        assert_faithful(record, paper)


def assert_faithful(record: Record, paper: dict[str, Any]) -> None:
    assert (record.title, record.summary) == (readable(paper["title"]), readable(paper["summary"]))
    assert record.summary
    assert len(record.authors) <= sum(not author["hidden"] for author in paper["authors"])
    assert record.numbers["upvotes"] == paper["upvotes"]
    assert record.numbers.get("stars") == paper.get("githubStars")
    assert bool(record.code) >= bool(paper.get("githubRepo"))
    assert bool(record.organization) == bool(paper.get("organization"))


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("day", EVERY_DAY[::4])
def test_api_hydration_and_visible_page_agree(day: str, era: str) -> None:
    by_api = one(Emulated(era), day)
    by_hydration = one(Emulated(era, without=("api",)), day)
    by_html = one(Emulated(era, without=("api", "hydration")), day)
    served = [listing.served_by for listing in (by_api, by_hydration, by_html)]
    assert served == ["api", "hydration", "html"]
    assert by_api.records == by_hydration.records
    assert shown(by_api) == shown(by_html)
    assert {record.summary for record in by_html.records} == {""}


@pytest.mark.parametrize("without", [(), ("api",), ("api", "hydration")])
@pytest.mark.parametrize("listing", ["weekly", "monthly", "trending", "search"])
def test_every_view_can_be_read_in_each_of_the_three_ways(
    listing: str, without: tuple[str, ...]
) -> None:
    source = Source("hf", "huggingface", {"listing": listing, "query": "spiking neural"})
    history = read_before(moment())
    (read_so,) = read(source, Emulated(without=without), moment(), **history)
    (by_api,) = read(source, Emulated(), moment(), **history)
    assert read_so.served_by == ("api", "hydration", "html")[len(without)]
    assert len(read_so.records) >= 50
    assert set(shown(read_so)) <= set(shown(by_api))
    if listing == "trending":
        assert {record.published for record in read_so.records} == {moment()}
    elif "hydration" not in without:
        for record in read_so.records:
            assert record.published.date().isoformat() in days_of(record.short_id)


@cache
def listing_days() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for day in EVERY_DAY:
        for row in raw(day):
            found.setdefault(row["paper"]["id"], set()).add(day)
            if "submittedOnDailyAt" not in row["paper"]:
                found[row["paper"]["id"]].add(row["paper"]["publishedAt"][:10])
    return found


def days_of(paper_id: str) -> set[str]:
    return listing_days()[paper_id]


def test_the_recorded_pages_are_read() -> None:
    body = (CORPUS / "hf-html" / "daily_2024-08-01.html").read_bytes()
    hidden = body.replace(b'data-target="DailyPapers"', b'data-target="Gone"')
    whole = one(FakeSite({api("2024-08-01"): 500, page("2024-08-01"): body}), "2024-08-01")
    visible = one(FakeSite({api("2024-08-01"): 500, page("2024-08-01"): hidden}), "2024-08-01")
    assert (whole.served_by, visible.served_by) == ("hydration", "html")
    assert len(whole.records) == 13
    assert shown(whole) == shown(visible)
    assert [record.numbers for record in whole.records] == [r.numbers for r in visible.records]
    with pytest.raises(WrongDay):
        one(FakeSite({api("2024-08-02"): 500, page("2024-08-02"): hidden}), "2024-08-02")


def test_the_recorded_trending_page_is_read() -> None:
    body = (CORPUS / "hf-html" / "trending_2026-10_EXCERPT.html").read_bytes()
    hidden = body.replace(b'data-target="DailyPapers"', b'data-target="Gone"')
    source = Source("hf-trending", "huggingface", {"listing": "trending"})
    october = datetime(2026, 10, 7, tzinfo=UTC)
    whole, visible = (
        next(read(source, FakeSite({"/papers/trending": text}), october)) for text in (body, hidden)
    )
    assert (whole.served_by, visible.served_by) == ("hydration", "html")
    assert len(whole.records) == len(visible.records) == 3
    by_id = {record.id: record for record in visible.records}
    shared = [(record, by_id[record.id]) for record in whole.records if record.id in by_id]
    assert len(shared) == 2  # so the excerpt was made
    for said, seen in shared:
        for field in ("title", "organization", "code", "video"):
            assert getattr(seen, field) == getattr(said, field)
        assert seen.numbers["upvotes"] == said.numbers["upvotes"]
    assert {record.summary for record in visible.records} == {""}


@pytest.mark.parametrize("path", NASTY, ids=lambda path: path.stem)
def test_recorded_damage_is_refused(path: Path) -> None:
    with pytest.raises(Damaged):
        one(FakeSite({api(path.stem): path.read_bytes()}), path.stem)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("empty", ("api", 0)),
        ("halflist", ("api", 1)),
        ("badjson", ("html", len(raw(NEWEST)) if DAYS.is_dir() else 0)),
        ("nohydration", NothingFound),
        ("garbage", NothingFound),
    ],
)
def test_each_fault_of_the_stand_in_gives_what_was_promised(fault: str, outcome: Any) -> None:
    web = Emulated(fault=fault)
    if isinstance(outcome, tuple):
        listing = one(web)
        assert (listing.served_by, len(listing.records)) == outcome
    else:
        with pytest.raises(outcome, match="blocked"):
            one(web)
    assert web.asked in ([api(NEWEST)], [api(NEWEST), page(NEWEST)])


def test_half_a_page_of_another_day_is_not_filed() -> None:
    with pytest.raises(WrongDay):
        one(Emulated(fault="halflist", without=("api",)), "2026-02-25")


@pytest.mark.parametrize("era", ERAS)
def test_a_redirect_to_the_newest_day_files_nothing(era: str) -> None:
    with pytest.raises(WrongDay, match=NEWEST):
        one(Emulated(era, without=("api",)), "2026-02-21")


def test_a_week_over_a_weekend_is_read_without_an_error() -> None:
    source = daily(lookback=7)
    listings = list(read(source, Emulated(), moment() + timedelta(days=2)))
    assert [listing.part for listing in listings] == [
        f"2026-02-{day}" for day in (27, 26, 25, 24, 23)
    ]
    assert all(listing.records for listing in listings)


def test_with_the_api_out_of_order_a_weekend_is_passed_over() -> None:
    web = Emulated(without=("api",))
    listings = list(read(daily(lookback=4), web, moment() + timedelta(days=2)))
    assert [listing.part for listing in listings] == ["2026-02-27", "2026-02-26"]


def test_only_expected_errors_come_out_of_a_truncated_page() -> None:
    body = Emulated()(Request(f"https://huggingface.co{page(NEWEST)}")).body
    for end in range(0, len(body), len(body) // 40):
        web = FakeSite({api(NEWEST): 500, page(NEWEST): body[:end]})
        try:
            assert one(web).part == NEWEST
        except (SourceError, BadStatus) as error:
            assert "https://huggingface.co/" in str(error)  # noqa: PT017 - either is fine
