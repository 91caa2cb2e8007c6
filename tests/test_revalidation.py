"""Conditional requests, over a real archive: when a page may be answered by 304, and when not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedproxy.archive import Archive
from feedproxy.errors import NothingFound, Unreachable
from feedproxy.kinds import Kind
from feedproxy.models import Listing, Page, Record, Request, Source, SourceState, Steps
from feedproxy.refresh.reading import Reader, Report
from tests.clocks import FakeTime

URL = "https://lab.example/papers"
SOURCE = Source("lab", "test", options={"url": URL, "item": ".paper"})
ETAG, MODIFIED = '"one"', "Fri, 20 Nov 2026 08:00:00 GMT"


class Web:
    """One page and its validators; 304 to who knows them."""

    def __init__(self, time: FakeTime) -> None:
        self.time = time
        self.titles: tuple[str, ...] = ("Rain",)
        self.headers = {"etag": ETAG, "last-modified": MODIFIED}
        self.breaks_at = ""
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Page:
        self.requests.append(request)
        if request.url == self.breaks_at:
            raise Unreachable(request.url, "connection reset")
        known = request.etag, request.last_modified
        if any(known) and known == (self.headers.get("etag"), self.headers.get("last-modified")):
            return Page(request.url, b"", self.time.moment, 304)
        body = "\n".join(self.titles).encode()
        return Page(request.url, body, self.time.moment, headers=self.headers)

    @property
    def conditional(self) -> list[bool]:
        """Of each request."""
        return [bool(request.etag or request.last_modified) for request in self.requests]


def read(source: Source, now: datetime, history: Mapping[str, datetime]) -> Steps:
    """A line of the page is a title. `more` is read after it; a `whole` one takes no 304."""
    page = yield Request(source.options["url"], may_be_unchanged=source.title != "whole")
    assert page is not None
    if page.status == 304:
        return
    if page.body == b"":
        raise NothingFound(page.url, "no titles")
    titles = page.body.decode().splitlines()
    records = [record(title, now) for title in titles]
    yield Listing(tuple(records), served_by="lines", notes=("a note",))
    if "more" in source.options:
        yield Request(source.options["more"])


def record(title: str, now: datetime) -> Record:
    link = f"https://lab.example/{title}"
    return Record(id=link, link=link, title=title, published=now)


class Lab:
    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.time = FakeTime()
        self.web = Web(self.time)

    def read(self, source: Source = SOURCE) -> Report:
        reader = Reader(
            archive=self.archive,
            kinds={"test": Kind(read, keys={})},
            fetch=self.web,
            clock=self.time.clock,
            lease_seconds=12,
            jitter=lambda: 0.0,
            environ={},
        )
        self.time.pass_by(hours=1)
        report = reader.read(source, self.state(source), {source.name: source})
        assert report is not None
        return report

    def state(self, source: Source = SOURCE) -> SourceState:
        return self.archive.states().get(source.name, SourceState(source.name))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    archive = Archive(f"sqlite:///{tmp_path}/archive.db")
    yield Lab(archive)
    archive.close()


def with_options(**options: Any) -> Source:
    return replace(SOURCE, options={**SOURCE.options, **options})


def test_a_page_that_is_unchanged_is_not_sent_again_and_the_reading_is_a_success(lab: Lab) -> None:
    lab.read()
    before = lab.state()
    assert lab.read().error == ""
    asked = lab.web.requests[-1]
    assert (asked.etag, asked.last_modified) == (ETAG, MODIFIED)
    after = lab.state()
    assert after.last_success == lab.time.moment
    assert (after.served_by, after.notes, after.records) == ("lines", before.notes, 1)
    assert before.notes == ("a note",)
    lab.read()
    assert lab.web.conditional == [False, True, True]


def test_a_page_that_has_changed_is_read_and_its_new_validators_are_sent_next(lab: Lab) -> None:
    lab.read()
    lab.web.titles, lab.web.headers = ("Rain", "Snow"), {"etag": '"two"'}
    assert lab.read().new == 1
    lab.read()
    assert (lab.web.requests[-1].etag, lab.web.requests[-1].last_modified) == ('"two"', None)


def test_a_page_without_validators_is_asked_for_as_it_is(lab: Lab) -> None:
    lab.read()
    lab.web.headers = {}
    lab.read()
    lab.read()
    assert lab.web.conditional == [False, True, False]


def test_a_source_that_takes_no_304_is_sent_none(lab: Lab) -> None:
    lab.read()
    lab.read(replace(SOURCE, title="whole"))
    assert lab.web.conditional == [False, False]


@pytest.mark.parametrize(
    "edit",
    [
        lambda source: with_options(item=".article"),
        lambda source: replace(source, headers={"Accept-Language": "de"}),
        lambda source: replace(source, keep=timedelta(days=3650)),
        lambda source: replace(source, name="another"),
    ],
    ids=["options", "headers", "keep", "name"],
)
def test_who_looks_for_something_else_sees_the_page_again(
    lab: Lab, edit: Callable[[Source], Source]
) -> None:
    lab.read()
    edited = edit(SOURCE)
    lab.archive.remember(edited.name, Listing((record("Hail", lab.time.moment),)), lab.time.moment)
    lab.read(edited)
    lab.read(edited)
    assert lab.web.conditional == [False, False, True]


def test_an_edited_refresh_and_title_ask_for_no_page_again(lab: Lab) -> None:
    lab.read()
    lab.read(replace(SOURCE, refresh=timedelta(hours=2), title="The lab"))
    assert lab.web.conditional == [False, True]


def test_u_9_a_page_that_could_not_be_read_is_sent_again(lab: Lab) -> None:
    lab.read()
    lab.web.titles, lab.web.headers = (), {"etag": '"broken"'}
    assert "no titles" in lab.read().error
    lab.read()
    assert [request.etag for request in lab.web.requests] == [None, ETAG, ETAG]


def test_u_9_a_reading_that_ended_early_sends_for_its_pages_again(lab: Lab) -> None:
    source = with_options(more=f"{URL}/2")
    lab.web.breaks_at = f"{URL}/2"
    assert "connection reset" in lab.read(source).error
    lab.read(source)
    assert lab.web.conditional == [False, False, False, False]


def test_u_9_a_page_is_sent_again_where_the_archive_has_nothing_of_it(lab: Lab) -> None:
    lab.read()
    lab.archive.forget("lab", lab.time.moment + timedelta(days=1))
    assert lab.state().records == 0
    assert lab.read().new == 1
    assert lab.web.conditional == [False, False]


def test_a_listing_that_is_doubted_is_sent_again(lab: Lab) -> None:
    lab.web.titles = tuple(f"Paper-{number}" for number in range(40))
    lab.read()
    lab.web.titles, lab.web.headers = ("Paper-1",), {"etag": '"short"'}
    assert lab.read().doubted
    lab.read()
    assert [request.etag for request in lab.web.requests] == [None, ETAG, ETAG]
