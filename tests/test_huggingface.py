"""The huggingface source through its one seam: requests out, pages in, listings out.

A case is an input beside NAME.expected.json: `api-*.json` is what the API answers, `page-*.html`
what the page answers while the API is out of order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedproxy import errors
from feedproxy.errors import (
    BadStatus,
    Blocked,
    Damaged,
    DeadlineExceeded,
    FetchError,
    RateLimited,
    TooLarge,
    Unreachable,
    WrongDay,
)
from feedproxy.models import Listing, Page, Request, Source
from feedproxy.refresh.reading import drive
from feedproxy.sources import SOURCES, sources
from feedproxy.sources.huggingface import parts

CASES = Path(__file__).parent / "data" / "huggingface"
NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)
TODAY = "2026-03-04"
TRENDING = "/api/daily_papers?sort=trending&limit=100"

Web = Callable[[Request], Page]
Answer = bytes | int | FetchError


class FakeSite:
    """Answers by path, what it does not know with 404; remembers what it was asked for."""

    def __init__(self, answers: Mapping[str, Answer], *, now: datetime = NOW):
        self.answers, self.now = answers, now
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Page:
        path = request.url.removeprefix("https://huggingface.co")
        self.asked.append(path)
        answer = self.answers.get(path, 404)
        if isinstance(answer, bytes):
            return Page(request.url, answer, self.now)
        raise answer if isinstance(answer, FetchError) else status(answer, request.url)


def status(code: int, url: str = "https://huggingface.co/") -> FetchError:
    kind = {429: RateLimited, 403: Blocked}.get(code, BadStatus)
    return kind(url, f"answered {code}", status=code)


def api(day: str, p: int = 0) -> str:
    return f"/api/daily_papers?date={day}&limit=100" + (f"&p={p}" if p else "")


def page(day: str) -> str:
    return f"/papers/date/{day}"


def rows(*ids: str, day: str = TODAY) -> bytes:
    return json.dumps(
        [{"paper": {"id": i, "title": f"On {i}", "submittedOnDailyAt": day}} for i in ids]
    ).encode()


def numbered(first: int, count: int) -> list[str]:
    return [f"2603.{n:05}" for n in range(first, first + count)]


def daily(lookback: int = 1) -> Source:
    options = {"listing": "daily", "lookback": timedelta(days=lookback)}
    return Source("hf-daily", "huggingface", options)


def read(source: Source, web: Web, now: datetime = NOW, **history: datetime) -> Iterator[Listing]:
    return drive(SOURCES["huggingface"].read(source, now, history), web)


def read_before(now: datetime) -> dict[str, datetime]:
    """With this history only the week and the month that are now are due."""
    week, month = now - timedelta(weeks=1), now.replace(day=1) - timedelta(days=1)
    return {parts.week(week.date()).name: now, parts.month(month.date()).name: now}


def ids(listing: Listing) -> list[str]:
    return [record.short_id for record in listing.records]


# --- cases


def cases() -> list[Path]:
    inputs = sorted({*CASES.glob("api-*.json"), *CASES.glob("page-*.html")})
    inputs = [path for path in inputs if not path.name.endswith(".expected.json")]
    expected = {path.name.removesuffix(".expected.json") for path in CASES.glob("*.expected.json")}
    if not inputs or {path.stem for path in inputs} != expected:
        raise RuntimeError(f"{CASES}: a case needs both its input and NAME.expected.json")
    return inputs


@pytest.mark.parametrize("case", cases(), ids=lambda path: path.stem)
def test_what_the_site_sent_becomes_the_expected_listing(case: Path) -> None:
    expected = json.loads((CASES / f"{case.stem}.expected.json").read_text())
    now = datetime.fromisoformat(expected["day"] + "T18:00:00+00:00")
    options = {"listing": expected.get("listing", "daily"), "lookback": timedelta(days=1)}
    source = Source("hf", "huggingface", options | {"query": expected.get("query", "")})
    wanted = "/api/" if case.suffix == ".json" else "/papers"

    def web(request: Request) -> Page:
        path = request.url.removeprefix("https://huggingface.co")
        if not path.startswith(wanted):
            raise status(500 if case.suffix == ".html" else 404, request.url)
        landed = "https://huggingface.co" + expected.get("url", path)
        return Page(landed, case.read_bytes(), now)

    if "error" in expected:
        with pytest.raises(getattr(errors, expected["error"])) as caught:
            list(read(source, web, now, **read_before(now)))
        assert expected["message"] in str(caught.value)
        assert "https://huggingface.co/" in str(caught.value)
    else:
        (listing,) = read(source, web, now, **read_before(now))
        assert_as_expected(listing, expected)


def assert_as_expected(listing: Listing, expected: dict[str, Any]) -> None:
    assert listing.served_by == expected["served_by"]
    assert listing.part == expected.get("part", expected["day"])
    assert len(listing.records) == len(expected["records"])
    for record, fields in zip(listing.records, expected["records"], strict=True):
        assert {name: plain(getattr(record, name)) for name in fields} == fields
    if "notes" in expected:
        assert list(listing.notes) == expected["notes"]


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


# --- which requests are made


def test_days_are_read_newest_first_one_request_each() -> None:
    web = FakeSite({api(f"2026-03-0{n}"): b"[]" for n in range(1, 5)})
    names = [listing.part for listing in read(daily(lookback=3), web)]
    assert names == ["2026-03-04", "2026-03-03", "2026-03-02"]
    assert web.asked == [api(name) for name in names]


def test_older_days_are_left_alone_until_they_are_due() -> None:
    web = FakeSite({api(f"2026-03-0{n}"): b"[]" for n in range(1, 5)})
    history = {f"2026-03-0{n}": NOW - timedelta(hours=4) for n in range(1, 5)}
    names = [listing.part for listing in read(daily(lookback=4), web, NOW, **history)]
    assert names == ["2026-03-04", "2026-03-03", "2026-03-02"]


@pytest.mark.parametrize("full", [100, 50])
def test_a_full_page_is_followed_by_the_next_until_one_is_not(full: int) -> None:
    pages = [numbered(1, full), numbered(1 + full, full), ["2603.00999"]]
    web = FakeSite({api(TODAY, p): rows(*page) for p, page in enumerate(pages)})
    (listing,) = read(daily(), web)
    assert ids(listing) == [*pages[0], *pages[1], *pages[2]]
    assert web.asked == [api(TODAY), api(TODAY, 1), api(TODAY, 2)]


def test_a_page_that_comes_again_ends_the_paging() -> None:
    same = rows(*numbered(1, 100))
    web = FakeSite({api(TODAY, p): same for p in range(100)})
    (listing,) = read(daily(), web)
    assert len(listing.records) == 100
    assert web.asked == [api(TODAY), api(TODAY, 1)]


def test_paging_ends_even_if_the_site_never_does() -> None:
    web = FakeSite({api(TODAY, p): rows(*numbered(100 * p, 100)) for p in range(1000)})
    (listing,) = read(daily(), web)
    assert len(web.asked) == 20
    assert len(listing.records) == 2000


def test_a_month_is_read_on_in_the_next_one() -> None:
    month = "/api/daily_papers?month=2026-0{}&limit=100"
    web = FakeSite({month.format(3): b"[]", month.format(2): rows("2602.00001", day="2026-02-28")})
    source = Source("m", "huggingface", {"listing": "monthly"})
    assert [(each.part, ids(each)) for each in read(source, web)] == [
        ("2026-03", []),
        ("2026-02", ["2602.00001"]),
    ]
    assert len(list(read(source, web, NOW, **{"2026-02": NOW}))) == 1


def test_a_new_month_that_still_leads_to_the_one_before_is_no_failure_where_that_is_read() -> None:
    old = (CASES / "page-monthly-redirected.html").read_bytes()
    web = FakeSite(
        {
            "/api/daily_papers?month=2026-03&limit=100": 400,
            "/papers/month/2026-03": old,
            "/api/daily_papers?month=2026-02&limit=100": rows("2602.00001", day="2026-02-28"),
        }
    )
    (listing,) = read(Source("m", "huggingface", {"listing": "monthly"}), web)
    assert listing.part == "2026-02"


def test_search_words_are_quoted_in_the_address() -> None:
    source = Source("s", "huggingface", {"listing": "search", "query": "neural circuits & C++"})
    web = FakeSite({"/api/papers/search?q=neural+circuits+%26+C%2B%2B&limit=120": b"[]"})
    assert [listing.records for listing in read(source, web)] == [()]


def test_the_trending_papers_are_one_page_only() -> None:
    web = FakeSite({TRENDING: rows(*numbered(1, 100))})
    (listing,) = read(Source("t", "huggingface", {"listing": "trending"}), web)
    assert len(listing.records) == 100
    assert web.asked == [TRENDING]


def test_a_paper_is_dated_by_when_it_begins_to_trend_however_old_it_is() -> None:
    web = FakeSite({TRENDING: rows("2603.00001", day="2026-03-02")})
    (listing,) = read(Source("t", "huggingface", {"listing": "trending"}), web)
    assert [record.published for record in listing.records] == [NOW]


def test_requests_go_to_the_mirror() -> None:
    steps = sources("http://mirror.example/hf")["huggingface"].read(daily(), NOW, {})
    assert next(steps) == Request(f"http://mirror.example/hf{api(TODAY)}")


def test_links_never_lead_to_the_mirror() -> None:
    steps = sources("http://mirror.example")["huggingface"].read(daily(), NOW, {})
    web = lambda request: Page(request.url, rows("2603.00001"), NOW)  # noqa: E731
    (listing,) = drive(steps, web)
    assert listing.records[0].discussion == "https://huggingface.co/papers/2603.00001"


def test_a_request_left_unanswered_is_a_mistake_of_the_caller() -> None:
    steps = SOURCES["huggingface"].read(daily(), NOW, {})
    next(steps)
    with pytest.raises(TypeError):
        next(steps)


def test_one_day_of_the_past_can_be_asked_for_alone() -> None:
    web = FakeSite({api("2024-05-02"): rows("2405.00101", day="2024-05-02")})
    read_day = SOURCES["huggingface"].read_day
    assert read_day is not None
    (listing,) = drive(read_day(daily(), date(2024, 5, 2), NOW), web)
    assert (listing.part, ids(listing)) == ("2024-05-02", ["2405.00101"])
    assert web.asked == [api("2024-05-02")]
    weekly = Source("hf-weekly", "huggingface", {"listing": "weekly"})
    assert list(drive(read_day(weekly, date(2024, 5, 2), NOW), web)) == []


# --- when something is wrong


def test_the_page_is_asked_once_when_the_api_is_out_of_order() -> None:
    web = FakeSite({api(TODAY): 503, page(TODAY): (CASES / "page-2026.html").read_bytes()})
    (listing,) = read(daily(), web)
    assert listing.served_by == "hydration"
    assert listing.notes == (f"not from the API: https://huggingface.co{api(TODAY)}: answered 503",)
    assert web.asked == [api(TODAY), page(TODAY)]


def test_a_site_that_asks_for_a_rest_is_not_asked_for_the_page() -> None:
    rest = BadStatus("https://huggingface.co/", "503", status=503, retry_after=60)
    whole = (CASES / "page-2026.html").read_bytes()
    web = FakeSite({api(TODAY): rest, page(TODAY): whole})
    with pytest.raises(BadStatus) as caught:
        list(read(daily(), web))
    assert caught.value is rest
    assert web.asked == [api(TODAY)]
    begun = FakeSite({**web.answers, api(TODAY): rows(*numbered(1, 100)), api(TODAY, 1): rest})
    listings = read(daily(), begun)
    assert len(next(listings).records) == 100
    with pytest.raises(BadStatus):
        next(listings)
    assert begun.asked == [api(TODAY), api(TODAY, 1)]


def test_a_later_page_that_is_damaged_leaves_the_whole_day_to_the_page() -> None:
    answers = {api(TODAY): rows(*numbered(1, 100)), api(TODAY, 1): b"{}"}
    web = FakeSite({**answers, page(TODAY): (CASES / "page-2026.html").read_bytes()})
    begun, whole = read(daily(), web)
    assert (begun.part, whole.part) == (f"{TODAY}, broken off", TODAY)
    assert (len(begun.records), whole.served_by) == (100, "hydration")


@pytest.mark.parametrize("failure", [429, 403, 503, b"{}", b"<p>robot?</p>", Unreachable("u", "x")])
def test_a_month_that_breaks_off_keeps_what_was_read_and_is_not_read(failure: Answer) -> None:
    month = "/api/daily_papers?month=2026-03&limit=100"
    answers = {month: rows(*numbered(1, 100)), f"{month}&p=1": rows(*numbered(101, 100))}
    web = FakeSite({**answers, f"{month}&p=2": failure, "/papers/month/2026-03": b"not asked"})
    listings = read(Source("m", "huggingface", {"listing": "monthly"}), web)
    begun = next(listings)
    assert (begun.part, ids(begun)) == ("2026-03, broken off", numbered(1, 200))
    with pytest.raises(errors.FeedproxyError):
        next(listings)
    assert web.asked[-1] == f"{month}&p=2"


def test_a_day_that_breaks_off_for_too_many_requests_is_left_alone() -> None:
    web = FakeSite({api(TODAY): rows(*numbered(1, 100)), api(TODAY, 1): 429})
    listings = read(daily(lookback=2), web)
    assert len(next(listings).records) == 100
    with pytest.raises(RateLimited):
        next(listings)
    assert web.asked == [api(TODAY), api(TODAY, 1)]


def test_nothing_good_before_the_site_asks_for_a_rest_is_no_reason_to_ask_on() -> None:
    web = FakeSite({api(TODAY): json.dumps([0] * 100).encode(), api(TODAY, 1): 429})
    with pytest.raises(RateLimited):
        list(read(daily(), web))
    assert web.asked == [api(TODAY), api(TODAY, 1)]


@pytest.mark.parametrize(
    "failure",
    [
        status(429),
        status(403),
        Unreachable("u", "no connection"),
        DeadlineExceeded("u", "10 s"),
        TooLarge("u", "10 MB"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_failed_request_ends_the_reading_and_keeps_what_was_read(failure: FetchError) -> None:
    web = FakeSite({api(TODAY): rows("2603.00001"), api("2026-03-03"): failure})
    listings = read(daily(lookback=3), web)
    assert next(listings).part == TODAY
    with pytest.raises(type(failure)):
        next(listings)
    assert web.asked == [api(TODAY), api("2026-03-03")]


def test_a_day_to_come_is_not_yet_there_and_no_failure() -> None:
    web = FakeSite({api(TODAY): 400, api("2026-03-03"): b"[]"})
    assert [listing.part for listing in read(daily(lookback=2), web)] == ["2026-03-03"]
    assert web.asked == [api(TODAY), api("2026-03-03")]


def test_a_past_day_that_api_and_page_both_do_not_know_is_passed_over() -> None:
    other = (CASES / "page-2026.html").read_bytes()  # the newest day, which /papers leads to
    web = FakeSite({api("2026-03-07"): 400, page("2026-03-07"): other, api("2026-03-08"): 400})
    sunday = NOW + timedelta(days=4)
    assert list(read(daily(lookback=2), web, sunday)) == []


def test_a_past_day_that_only_the_api_refuses_is_read_from_the_page() -> None:
    web = FakeSite({api(TODAY): 400, page(TODAY): (CASES / "page-2026.html").read_bytes()})
    steps = SOURCES["huggingface"].read(daily(lookback=2), NOW + timedelta(days=1), {})
    assert [
        listing.part
        for listing in drive(steps, FakeSite({**web.answers, api("2026-03-05"): b"[]"}))
    ] == ["2026-03-05", TODAY]


@pytest.mark.parametrize(
    ("from_api", "from_page", "told"),
    [
        (b"{}", 404, Damaged),
        (500, 404, BadStatus),
        (500, b"<p>robot?</p>", errors.NothingFound),
        (b"{}", b"<p>robot?</p>", errors.NothingFound),
        (b"{}", 429, RateLimited),
        (b"{}", 403, Blocked),
        (b"{}", BadStatus("https://huggingface.co/", "503", status=503, retry_after=60), BadStatus),
        (500, Unreachable("https://huggingface.co/papers", "no connection"), Unreachable),
    ],
)
def test_when_api_and_page_fail_the_more_telling_reason_is_given(
    from_api: Answer, from_page: Answer, told: type[Exception]
) -> None:
    web = FakeSite({api(TODAY): from_api, page(TODAY): from_page})
    with pytest.raises(told) as caught:
        list(read(daily(), web))
    assert type(caught.value) is told
    assert "https://huggingface.co/" in str(caught.value)
    assert web.asked == [api(TODAY), page(TODAY)]


def test_what_the_page_says_of_itself_can_always_be_written_down() -> None:
    stated = b'<div data-target="DailyPapers" data-props="{&quot;date&quot;:&quot;\\ud800&quot;}">'
    with pytest.raises(WrongDay) as caught:
        list(read(daily(), FakeSite({api(TODAY): 500, page(TODAY): stated})))
    assert str(caught.value).encode()


def test_what_both_said_stands_in_the_message() -> None:
    web = FakeSite({api(TODAY): b'{"error": "gone fishing"}', page(TODAY): b"<p>robot?</p>"})
    with pytest.raises(errors.NothingFound, match=r"blocked or changed.*gone fishing"):
        list(read(daily(), web))


# --- records


def test_notes_about_damaged_rows_are_bounded() -> None:
    body = json.dumps([{"paper": {"id": "2603.00001", "title": "T"}}, *[0] * 500]).encode()
    (listing,) = read(daily(), FakeSite({api(TODAY): body}))
    assert len(listing.records) == 1
    assert len(listing.notes) == 11
    assert listing.notes[-1] == "and 490 more"


def test_an_endless_title_is_cut_with_an_ellipsis() -> None:
    body = json.dumps([{"paper": {"id": "2603.00001", "title": "T" * 1_000_000}}]).encode()
    (listing,) = read(daily(), FakeSite({api(TODAY): body}))
    assert listing.records[0].title == "T" * 1999 + "…"


def test_numbers_and_links_beyond_all_measure_are_unknown() -> None:
    paper = {"id": "2603.00001", "title": "T", "upvotes": 10**12, "githubStars": 10**6}
    paper["githubRepo"] = "https://github.com/" + "x" * 2000
    (listing,) = read(daily(), FakeSite({api(TODAY): json.dumps([{"paper": paper}]).encode()}))
    assert listing.records[0].numbers == {"stars": 10**6}
    assert listing.records[0].code == ""


def test_nothing_is_published_before_its_time() -> None:
    morning = NOW.replace(hour=7)
    (listing,) = read(daily(), FakeSite({api(TODAY): rows("2603.00001")}, now=morning), morning)
    assert listing.records[0].published == morning
    future = rows("2603.00001", day="2031-01-01")
    source = Source("w", "huggingface", {"listing": "weekly"})
    listing = next(read(source, FakeSite({"/api/daily_papers?week=2026-W10&limit=100": future})))
    assert listing.records[0].published == NOW


@pytest.mark.parametrize(
    "body",
    [b"[" * 1_000_000, b'{"a":' * 200_000, b"[" * 500_000 + b"]" * 500_000, b"9" * 10_000],
    ids=["open", "objects", "closed", "digits"],
)
def test_json_as_deep_as_the_sea_is_damaged(body: bytes) -> None:
    with pytest.raises(Damaged):
        list(read(daily(), FakeSite({api(TODAY): body})))


def test_html_as_deep_as_the_sea_is_read_or_refused() -> None:
    deep = b"<div>" * 200_000 + b"<article><h3><a href='/papers/2603.00001'>T</a></h3></article>"
    web = FakeSite({api(TODAY): 500, page(TODAY): deep})
    with pytest.raises(errors.NothingFound):
        list(read(daily(), web))


def test_the_same_bytes_give_the_same_records_whatever_the_request_id() -> None:
    body = (CASES / "page-2026.html").read_bytes()
    fresh = body.replace(b"</head>", b"<script>window.requestId='Root=1-x'</script></head>")
    first, second = (
        next(read(daily(), FakeSite({api(TODAY): 500, page(TODAY): text})))
        for text in (body, fresh)
    )
    assert body != fresh
    assert first == second
