"""What a site does to feeds, rule by rule of FAULTS (i), through the whole program.

What the fetcher and the parsers make of it stands with their own tests.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from feedproxy.assemble import assemble
from feedproxy.errors import Blocked, DeadlineExceeded, FetchError, RateLimited, Unreachable
from feedproxy.pipeline import Pipeline
from tests.clocks import NOON, FakeTime
from tests.conftest import Installation
from tests.faults import OLD, HeldSite, invented
from tests.invented import Paper
from tests.running import eventually

ATOM = "{http://www.w3.org/2005/Atom}"
TODAY = NOON.date()


class SaysAnything(HeldSite):
    """Answers as told, byte for byte; `None` is its listing."""

    api: bytes | None = None
    page: bytes | None = None

    def answer(self, url: str) -> tuple[int, bytes]:
        said = self.api if "/api/" in url else self.page
        return super().answer(url) if said is None else (200, said)


@pytest.fixture
def site() -> SaysAnything:
    """The installation's, in place of the usual one."""
    return SaysAnything(*invented(NOON).papers)


@pytest.fixture
def pipeline(installation: Installation, site: SaysAnything) -> Pipeline:
    """Has read its site once."""
    site.now = lambda: installation.time.moment
    pipeline = installation.start()
    pipeline.refresher.stop()
    read(pipeline)
    return pipeline


def read(pipeline: Pipeline) -> None:
    for name in pipeline.due():
        pipeline.refresh(name)


def read_later(installation: Installation, pipeline: Pipeline) -> None:
    installation.time.pass_by(hours=2)
    read(pipeline)


def titles(pipeline: Pipeline) -> list[str]:
    feed = ElementTree.fromstring(pipeline.feed("spiking", "atom").body)
    return [entry.findtext(f"{ATOM}title", "") for entry in feed.iter(f"{ATOM}entry")]


def test_u_1_a_feed_is_answered_while_its_site_keeps_the_refresh_waiting(
    installation: Installation, site: SaysAnything, pipeline: Pipeline
) -> None:
    before = pipeline.feed("spiking", "atom")
    installation.time.pass_by(hours=2)
    held, asked = site.hold(), len(site.times)
    with ThreadPoolExecutor(1) as worker:
        refresh = worker.submit(read, pipeline)
        eventually("the site is asked", lambda: len(site.times) > asked)
        assert pipeline.feed("spiking", "atom") is before
        assert pipeline.status(pipeline.rule_set("spiking")).state == "stale"
        assert not refresh.done()
        held.set()


def test_u_6_a_site_is_not_asked_again_before_it_allows(
    installation: Installation, site: SaysAnything, pipeline: Pipeline
) -> None:
    site.error = RateLimited("https://site.example", "429", status=429, retry_after=5 * 3600)
    read_later(installation, pipeline)
    site.error, asked = None, len(site.requests)
    for _ in range(19):
        installation.time.pass_by(minutes=15)
        read(pipeline)
    read(installation.start())
    assert len(site.requests) == asked
    installation.time.pass_by(minutes=15)
    read(pipeline)
    assert len(site.requests) > asked


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("https://site.example", "no route"),
        DeadlineExceeded("https://site.example", "took longer than 10 s"),
        Blocked("https://site.example", "a captcha", status=403),
    ],
)
def test_u_7_a_failing_site_costs_no_entry_and_is_asked_less_and_less(
    installation: Installation, site: SaysAnything, pipeline: Pipeline, error: FetchError
) -> None:
    before = pipeline.feed("spiking", "atom").body
    site.error, tries = error, []
    for _ in range(4 * 60):
        installation.time.pass_by(minutes=1)
        asked = len(site.requests)
        read(pipeline)
        tries.append(len(site.requests) - asked)
    assert max(tries) == 1
    assert 8 <= sum(tries) <= 60
    assert pipeline.feed("spiking", "atom").body == before
    site.error = None
    installation.time.pass_by(hours=1)
    read(pipeline)
    assert pipeline.status(pipeline.rule_set("spiking")).state in ("fresh", "quiet")


@pytest.mark.parametrize("left", [0, 1, 5])
def test_u_11_a_listing_with_records_missing_takes_none_away(
    installation: Installation, site: SaysAnything, pipeline: Pipeline, left: int
) -> None:
    site.papers += [
        Paper(f"2611.{n:05}", f"A spiking neural network, {n}", TODAY) for n in range(100, 109)
    ]
    read_later(installation, pipeline)
    whole = set(titles(pipeline))
    assert len(whole) == 10
    site.papers = [
        *site.papers[:left],
        Paper("2611.00200", "One more SNN: spiking neural network", TODAY),
    ]
    read_later(installation, pipeline)
    assert set(titles(pipeline)) == whole | {"One more SNN: spiking neural network"}


def listing(title: str) -> str:
    return json.dumps([Paper("2611.00300", title, TODAY).row()], ensure_ascii=False)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        pytest.param(b"\xef\xbb\xbf" + listing("Naïve SNN").encode(), "Naïve SNN", id="BOM"),
        pytest.param(listing("Naïve SNN").encode("latin-1"), "Na\ufffdve SNN", id="invalid bytes"),
        pytest.param(listing("SNN \0now").encode(), "SNN now", id="NUL"),
    ],
)
def test_u_12_bytes_that_are_not_quite_utf_8_give_clean_titles(
    installation: Installation, site: SaysAnything, pipeline: Pipeline, sent: bytes, shown: str
) -> None:
    site.api = sent
    read_later(installation, pipeline)
    assert any(shown.replace("\ufffd", "") == t.replace("\ufffd", "") for t in titles(pipeline))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_u_12_another_encoding_is_damage_and_nothing_else(
    installation: Installation, site: SaysAnything, pipeline: Pipeline, encoding: str
) -> None:
    before = titles(pipeline)
    site.api = listing("Another SNN").encode(encoding)
    read_later(installation, pipeline)
    assert titles(pipeline) in (before, ["Another SNN", *before])


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(b"<div>" * 200_000, id="nested"),
        pytest.param(b"<b>" * 4000 + b"<p>" * 4000, id="misnested"),
        pytest.param(b"<select>" + b"<option>x" * 100_000, id="options"),
        pytest.param(b"x" * 9_000_000, id="one line"),
    ],
)
def test_u_17_a_monstrous_page_is_read_in_time_and_takes_nothing_away(
    installation: Installation, site: SaysAnything, pipeline: Pipeline, page: bytes
) -> None:
    before = titles(pipeline)
    site.api, site.page = b"{}", b"<html><body>" + page
    read_later(installation, pipeline)
    assert titles(pipeline) == before


def test_u_22_hostile_titles_give_a_feed_that_can_be_read(
    installation: Installation, site: SaysAnything, pipeline: Pipeline
) -> None:
    hostile = ["\x00\x01\x1b[2J", "\ud800", "\u202egnp.\u2066", "<b>]]></b>&#0;", "x" * 1_000_000]
    site.papers += [
        Paper(f"2611.{number:05}", f"A spiking neural network {title}", TODAY)
        for number, title in enumerate(hostile, 500)
    ]
    read_later(installation, pipeline)
    found = titles(pipeline)
    assert len(found) == 1 + len(hostile)
    assert max(map(len, found)) <= 2000
    assert OLD in found
    for name in ("rss", "json"):
        assert pipeline.feed("spiking", name).body


def test_s_9_hosts_whose_clocks_differ_by_seconds_ask_no_more_than_one(
    installation: Installation, site: SaysAnything, pipeline: Pipeline
) -> None:
    behind = FakeTime(installation.time.moment - timedelta(seconds=40))
    other = assemble(installation.config(), site, behind.clock)
    asked = len(site.requests)
    for _ in range(9):
        read(other)
        read(pipeline)
        for time in (installation.time, behind):
            time.pass_by(minutes=3)
    assert len(site.requests) == asked


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(days=-1), timedelta(days=-3)])
@pytest.mark.parametrize("failing", [False, True])
def test_s_11_a_clock_that_jumps_makes_a_source_due_once_and_moves_no_date(
    installation: Installation,
    site: SaysAnything,
    pipeline: Pipeline,
    jump: timedelta,
    *,
    failing: bool,
) -> None:
    site.error = Unreachable("https://site.example", "no route") if failing else None
    read_later(installation, pipeline)
    before = dates(pipeline)
    installation.time.moment += jump
    tries = 0
    for _ in range(10):
        installation.time.pass_by(seconds=5)
        for process in (pipeline, installation.start()):
            due = process.due()
            tries += sum(process.refresh(name) is not None for name in due)
    assert tries == 1
    assert dates(pipeline) == before


def dates(pipeline: Pipeline) -> list[str]:
    """The id, date and updated of each entry."""
    feed = ElementTree.fromstring(pipeline.feed("spiking", "atom").body)
    names = ("id", "published", "updated")
    return [
        entry.findtext(ATOM + name, "") for entry in feed.iter(f"{ATOM}entry") for name in names
    ]
