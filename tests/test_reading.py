"""One source, read once: what is kept, and when it is tried again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

import pytest

from feedproxy.archive import Archive, Remembered
from feedproxy.assemble import assemble
from feedproxy.errors import (
    BadStatus,
    Blocked,
    Damaged,
    FetchError,
    LeaseLost,
    RateLimited,
    UnknownTopic,
    Unreachable,
)
from feedproxy.kinds import Kind
from feedproxy.models import Listing, Page, Record, Request, Source, SourceState, Steps
from feedproxy.pipeline import Pipeline
from feedproxy.refresh.reading import Reader, Report, Wishes, drive
from feedproxy.states import due_at
from tests.clocks import FakeTime
from tests.conftest import Installation

URL = "https://listing.example/"
SOURCE = Source("listing", "pages", refresh=timedelta(minutes=30))


def record(number: int) -> Record:
    link = f"https://arxiv.org/abs/2611.{number:05}"
    return Record(id=link, link=link, title=f"Paper {number}", published=FakeTime().moment)


def pages(source: Source, now: datetime, history: Mapping[str, datetime]) -> Steps:
    """A kind of source: pages 1, 2, 3, of which each is a part with one record."""
    for number in (1, 2, 3):
        page = yield Request(f"{URL}{number}")
        assert page is not None
        if page.body == b"damaged":
            raise Damaged(page.url, "not a listing")
        if page.status != 304:
            yield Listing((record(number),), part=str(number), served_by="test")


class Web:
    """Answers every request; `answers` says what to do instead at one URL."""

    def __init__(self, time: FakeTime) -> None:
        self.time = time
        self.answers: dict[str, Exception | Page | Callable[[], None]] = {}
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Page:
        self.requests.append(request)
        answer = self.answers.get(request.url)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Page):
            return answer
        if answer is not None:
            answer()
        return Page(request.url, b"fine", self.time.moment)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def web(time: FakeTime) -> Web:
    return Web(time)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = Archive(f"sqlite:///{tmp_path}/archive.db")
    yield archive
    archive.close()


@pytest.fixture
def reader(archive: Archive, web: Web, time: FakeTime) -> Reader:
    return Reader(
        archive=archive,
        kinds={"pages": Kind(pages, keys={})},
        fetch=web,
        clock=time.clock,
        lease_seconds=12,
        jitter=lambda: 0.0,
        environ={"TOKEN": "s3cret"},
    )


def state(archive: Archive) -> SourceState:
    return archive.states().get("listing", SourceState("listing"))


def test_a_whole_reading_is_remembered(reader: Reader, archive: Archive, time: FakeTime) -> None:
    report = reader.read(SOURCE, state(archive), {})
    assert report is not None
    assert (report.new, report.changed, report.listings, report.error) == (3, 0, 3, "")
    after = state(archive)
    assert (after.records, after.failures, after.error) == (3, 0, "")
    assert after.served_by == "test"
    assert after.last_success == time.moment
    assert after.next_attempt == time.moment + SOURCE.refresh
    assert set(after.parts) == {"1", "2", "3"}


def test_a_report_adds_up_what_its_listings_brought() -> None:
    whole = Listing((record(1),), served_by="new page", notes=("an oddity",))
    stale = Listing((), stale="it stands still")
    report = Report("listing").with_listing(whole, Remembered(3, 4, "suspicious", "unstable"))
    report = report.with_listing(stale, Remembered(10, 20))
    assert (report.new, report.changed, report.listings, report.doubted) == (13, 24, 2, True)
    assert report.served_by == "new page"
    notes = ("it stands still", "suspicious", "an oddity", "unstable")
    assert report.notes == notes, "the doubts first"
    report = report.with_listing(whole, Remembered(0, 0))
    assert report.doubted, "what is doubted stays so"
    fine = Report("listing").with_listing(whole, Remembered(1, 0))
    assert (fine.doubted, fine.notes) == (False, ("an oddity",))
    assert Report("listing").with_listing(stale, Remembered(0, 0)).doubted


@pytest.mark.parametrize(
    "failure",
    [Unreachable(URL, "connection reset"), Page(f"{URL}2", b"damaged", FakeTime().moment)],
)
def test_a_reading_ends_at_its_first_failure_and_keeps_what_it_has(
    reader: Reader, archive: Archive, web: Web, time: FakeTime, failure: Exception | Page
) -> None:
    web.answers[f"{URL}2"] = failure
    report = reader.read(SOURCE, state(archive), {})
    assert report is not None
    assert report.new == 1
    assert "listing.example" in report.error
    assert [request.url for request in web.requests] == [f"{URL}1", f"{URL}2"]
    after = state(archive)
    assert (after.records, after.failures, after.error) == (1, 1, report.error)
    assert after.last_success is None
    assert after.next_attempt == time.moment + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (RateLimited(URL, "429", status=429, retry_after=7200), timedelta(hours=2)),
        (Blocked(URL, "a captcha", status=403, retry_after=3600), timedelta(hours=1)),
    ],
)
def test_a_site_is_left_alone_for_as_long_as_it_asks(
    reader: Reader, archive: Archive, web: Web, time: FakeTime, failure: FetchError, wait: timedelta
) -> None:
    web.answers[f"{URL}1"] = failure
    reader.read(SOURCE, state(archive), {})
    assert state(archive).next_attempt == state(archive).left_alone == time.moment + wait


def test_a_quota_used_up_by_a_success_counts_too(
    reader: Reader, archive: Archive, web: Web, time: FakeTime
) -> None:
    spent = Page(f"{URL}3", b"fine", time.moment, headers={"ratelimit": '"api";r=0;t=4000'})
    web.answers[f"{URL}3"] = spent
    reader.read(SOURCE, state(archive), {})
    wished = time.moment + timedelta(seconds=4000)
    assert due_at(SOURCE, state(archive), time.moment) == wished
    assert due_at(replace(SOURCE, refresh=timedelta(0)), state(archive), time.moment) == wished


def test_a_quota_used_up_in_the_middle_ends_the_reading(
    reader: Reader, archive: Archive, web: Web, time: FakeTime
) -> None:
    spent = Page(f"{URL}2", b"fine", time.moment, headers={"ratelimit": '"api";r=0;t=4000'})
    web.answers[f"{URL}2"] = spent
    report = reader.read(SOURCE, state(archive), {})
    assert report is not None
    assert "asks to be left alone for 4000 s" in report.error
    assert [request.url for request in web.requests] == [f"{URL}1", f"{URL}2"]
    assert (state(archive).records, set(state(archive).parts)) == (2, {"1", "2"})
    assert state(archive).next_attempt == time.moment + timedelta(seconds=4000)


def test_a_wish_to_be_left_alone_holds_where_the_source_goes_on_after_it(
    reader: Reader, archive: Archive, web: Web, time: FakeTime
) -> None:
    def going_on(source: Source, now: datetime, history: Mapping[str, datetime]) -> Steps:
        with suppress(FetchError):
            yield Request(f"{URL}1")
        yield Request(f"{URL}2")

    stubborn = replace(reader, kinds={"pages": Kind(going_on, keys={})})
    web.answers[f"{URL}1"] = BadStatus(URL, "400", status=400, retry_after=60)
    report = stubborn.read(SOURCE, state(archive), {})
    assert report is not None
    assert "asks to be left alone for 60 s" in report.error
    assert [request.url for request in web.requests] == [f"{URL}1"]
    assert state(archive).left_alone == time.moment + timedelta(seconds=60)


def test_a_short_rest_is_taken_in_the_middle(
    reader: Reader, archive: Archive, web: Web, time: FakeTime
) -> None:
    spent = Page(f"{URL}1", b"fine", time.moment, headers={"ratelimit": '"api";r=0;t=3'})
    web.answers[f"{URL}1"] = spent
    before = time.seconds
    report = reader.read(SOURCE, state(archive), {})
    assert report is not None
    assert (report.new, report.error, time.seconds - before) == (3, "", 3)


def test_of_several_wishes_to_be_left_alone_the_longest_holds(time: FakeTime) -> None:
    wishes = Wishes()
    for wished in (4000.0, 60.0, None):
        wishes.heed(wished, time.moment)
    assert wishes.left(time.moment) == 4000


def test_an_address_of_the_rules_that_has_moved_for_good_is_noted(
    reader: Reader, archive: Archive, web: Web, time: FakeTime
) -> None:
    for number in (1, 2):
        moved = f"https://new.example/{number}?token=s3cret"
        web.answers[f"{URL}{number}"] = Page(URL, b"fine", time.moment, moved=moved)
    reader.read(replace(SOURCE, options={"url": f"{URL}1"}), state(archive), {})
    [note] = state(archive).notes
    assert "has moved for good: write https://new.example/1?" in note
    assert "s3cret" not in note
    web.answers = {f"{URL}{n}": Page(URL, b"", time.moment, 304) for n in (1, 2, 3)}
    time.pass_by(hours=1)
    reader.read(replace(SOURCE, options={"url": f"{URL}1"}), state(archive), {})
    assert state(archive).notes == ()


def test_failures_add_up_until_a_success(
    reader: Reader, archive: Archive, web: Web, time: FakeTime
) -> None:
    web.answers[f"{URL}1"] = Unreachable(URL, "no route")
    for failures in (1, 2, 3):
        reader.read(SOURCE, state(archive), {})
        assert state(archive).failures == failures
        time.pass_by(hours=1)
    web.answers.clear()
    reader.read(SOURCE, state(archive), {})
    assert (state(archive).failures, state(archive).error) == (0, "")


def test_a_bug_in_a_parser_is_a_failure_of_its_source_alone(
    reader: Reader, archive: Archive, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    web.answers[f"{URL}2"] = ZeroDivisionError("oops")
    report = reader.read(SOURCE, state(archive), {})
    assert report is not None
    assert "ZeroDivisionError: oops" in report.error
    assert state(archive).failures == 1
    assert "reading listing failed" in caplog.text


def test_who_judged_by_an_old_state_reads_nothing(
    reader: Reader, archive: Archive, web: Web
) -> None:
    old = state(archive)
    assert reader.read(SOURCE, old, {}) is not None
    asked = len(web.requests)
    assert reader.read(SOURCE, old, {}) is None
    assert len(web.requests) == asked


def test_a_source_is_read_by_one_at_a_time(
    reader: Reader, archive: Archive, web: Web, time: FakeTime
) -> None:
    other = replace(reader, owner="somebody else")
    reports: list[object] = []
    web.answers[f"{URL}2"] = lambda: reports.append(other.read(SOURCE, state(archive), {}))
    assert reader.read(SOURCE, state(archive), {}) is not None
    assert reports == [None]


def test_headers_of_a_source_take_their_secrets_from_the_environment(
    reader: Reader, archive: Archive, web: Web
) -> None:
    source = replace(SOURCE, headers={"Authorization": "Bearer ${TOKEN}"})
    reader.read(source, state(archive), {})
    assert web.requests[0].headers["Authorization"] == "Bearer s3cret"


def test_a_secret_that_is_missing_is_named(reader: Reader, archive: Archive, web: Web) -> None:
    report = reader.read(replace(SOURCE, headers={"X-Key": "${NOT_SET}"}), state(archive), {})
    assert report is not None
    assert "NOT_SET" in report.error
    assert web.requests == []


@pytest.mark.parametrize("secret", ["two\r\nX-Lines: 1", "two\nlines", "\0", "\x7f"])
def test_a_secret_that_would_add_headers_is_named_and_not_sent(
    reader: Reader, archive: Archive, web: Web, secret: str
) -> None:
    reader = replace(reader, environ={"TOKEN": secret})
    report = reader.read(replace(SOURCE, headers={"X-Key": "key ${TOKEN}"}), state(archive), {})
    assert report is not None
    assert "TOKEN, which its headers need, holds a line break" in report.error
    assert secret not in report.error
    assert web.requests == []


def test_a_kind_with_a_pace_asks_when_it_is_its_turn_by_the_database_s_clock_alone(
    reader: Reader, archive: Archive, web: Web, time: FakeTime
) -> None:
    time.moment -= timedelta(days=10_000)
    paced = replace(reader, kinds={"pages": Kind(pages, keys={}, pace=100.0)})
    paced.read(SOURCE, state(archive), {})
    assert len(web.requests) == 3
    assert [ceil(seconds / 100) for seconds in time.slept] == [1, 2]


def test_a_source_that_waits_for_its_turn_is_held_that_long(
    reader: Reader, archive: Archive, web: Web, time: FakeTime
) -> None:
    held = []

    def sleep(seconds: float) -> None:
        held.append(archive.take("listing", "somebody else", 60, state(archive)) is None)

    ended_already = -1.0
    clock = replace(time.clock, sleep=sleep)
    kinds = {"pages": Kind(pages, keys={}, pace=100.0)}
    paced = replace(reader, kinds=kinds, clock=clock, lease_seconds=ended_already)
    report = paced.read(SOURCE, state(archive), {})
    assert report is not None
    assert (held, report.error) == ([True, True], "")


def test_a_source_may_catch_a_failure_and_ask_elsewhere() -> None:
    def fallback() -> Steps:
        try:
            yield Request(f"{URL}api")
        except FetchError:
            page = yield Request(f"{URL}page")
            assert page is not None
            yield Listing((), part=page.url)

    def fetch(request: Request) -> Page:
        if request.url.endswith("api"):
            raise Unreachable(request.url, "gone")
        return Page(request.url, b"", FakeTime().moment)

    assert [listing.part for listing in drive(fallback(), fetch)] == [f"{URL}page"]


def test_a_lease_that_was_lost_is_no_trouble_with_the_archive(installation: Installation) -> None:
    """Another host reads the source: /healthz has nothing to say about this one."""

    def while_another_takes_over(request: Request) -> Page:
        with closing(sqlite3.connect(installation.folder / "archive.db")) as archive, archive:
            archive.execute("UPDATE sources SET token = token + 1, lease_until = NULL")
        return installation.site(request)

    pipeline = assemble(installation.config(), while_another_takes_over, installation.time.clock)
    with pytest.raises(LeaseLost):
        pipeline.refresh("hf-daily")
    assert pipeline.health().trouble == ""


def test_an_unknown_topic_is_unknown_also_where_the_archive_cannot_tell(
    pipeline: Pipeline, installation: Installation
) -> None:
    (installation.folder / "archive.db").write_bytes(b"no database" * 1000)
    with pytest.raises(UnknownTopic, match="spiking") as caught:
        pipeline.rule_set("spikin")
    assert not caught.value.gone
