"""A source that is edited in place: when it is read again, and by whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedproxy.assemble import assemble
from feedproxy.config import Config
from feedproxy.errors import BadStatus, RateLimited
from feedproxy.models import Page, Request
from feedproxy.pipeline import Pipeline
from tests.clocks import FakeTime

RULES = """
sources: {lab: {kind: feed, url: 'http://lab.example/PAGE', refresh: 1d}}
topics: {all: {from: lab}}
"""
RSS = b"<rss><channel><item><title>Rain</title><link>http://lab.example/1</link></item></channel></rss>"


class Lab:
    """Two folders of rules over one archive; `wrong` addresses answer 404, `busy` ones 429."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = FakeTime()
        self.asked: list[str] = []

    def start(self, rules: str = "rules") -> Pipeline:
        """A process of its own."""
        database = f"sqlite:///{self.folder}/archive.db"
        config = Config(rules=self.folder / rules, database=database)
        return assemble(config, self.fetch, self.time.clock)

    def fetch(self, request: Request) -> Page:
        page = request.url.rpartition("/")[2]
        self.asked.append(page)
        if page.startswith("wrong"):
            raise BadStatus(request.url, "answered 404", status=404)
        if page.startswith("busy"):
            raise RateLimited(request.url, "answered 429", status=429, retry_after=7200)
        return Page(request.url, RSS, self.time.moment)

    def write(self, page: str, rules: str = "rules", refresh: str = "1d") -> None:
        text = RULES.replace("PAGE", page).replace("1d", f"{refresh}, title: Every {refresh}")
        (self.folder / rules).mkdir(exist_ok=True)
        (self.folder / rules / "rules.yaml").write_text(text)

    def asked_for(self, *processes: Pipeline, **span: float) -> list[str]:
        """What is asked for within the span, looking at it eight times."""
        before = len(self.asked)
        for _ in range(8):
            self.time.pass_by(**{unit: length / 8 for unit, length in span.items()})
            for process in processes:
                for name in process.due():
                    process.refresh(name)
        return self.asked[before:]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def test_a_corrected_address_is_asked_within_seconds_and_once(lab: Lab) -> None:
    lab.write("news")
    first, second = lab.start(), lab.start()
    assert lab.asked_for(first, second, hours=1) == ["news"]
    lab.write("papers")
    assert lab.asked_for(first, second, seconds=16) == ["papers"]
    assert lab.asked_for(first, second, hours=23) == []


def test_an_edit_made_while_no_process_ran_counts_as_well(lab: Lab) -> None:
    lab.write("news")
    assert lab.asked_for(lab.start(), hours=1) == ["news"]
    lab.write("papers")
    assert lab.asked_for(lab.start(), hours=1) == ["papers"]


def test_a_corrected_address_waits_for_no_backoff_of_the_wrong_one(lab: Lab) -> None:
    lab.write("wrong")
    process = lab.start()
    assert set(lab.asked_for(process, hours=16)) == {"wrong"}
    lab.write("wrong-too")
    assert lab.asked_for(process, seconds=16) == ["wrong-too"]
    state = process.health().sources[0].state
    assert state.next_attempt is not None
    assert (state.next_attempt - lab.time.moment).total_seconds() <= 60, "as after a first failure"
    lab.write("papers")
    assert lab.asked_for(process, seconds=16) == ["papers"]


def test_failures_in_a_row_are_those_of_the_source_as_it_is_now(lab: Lab) -> None:
    lab.write("wrong")
    process = lab.start()
    lab.asked_for(process, hours=16)
    assert process.health().sources[0].state.failures > 2
    lab.write("wrong-too")
    for failures, seconds in ((1, 16), (2, 60)):
        assert lab.asked_for(process, seconds=seconds) == ["wrong-too"]
        state = process.health().sources[0].state
        assert state.failures == failures
    assert state.next_attempt is not None
    assert (state.next_attempt - lab.time.moment).total_seconds() <= 120, "as after a second"


def test_a_site_that_asked_to_be_left_alone_is_not_asked_for_an_edit(lab: Lab) -> None:
    lab.write("busy")
    process = lab.start()
    assert lab.asked_for(process, minutes=8) == ["busy"]
    lab.write("papers")
    assert lab.asked_for(process, minutes=80) == []
    assert lab.asked_for(process, minutes=80) == ["papers"]


def test_an_edited_refresh_and_title_ask_for_nothing_before_it_is_due(lab: Lab) -> None:
    lab.write("papers")
    process = lab.start()
    lab.asked_for(process, hours=1)
    lab.write("papers", refresh="12h")
    assert lab.asked_for(process, hours=8) == []
    assert lab.asked_for(process, hours=8) == ["papers"]


def test_two_servers_that_differ_in_their_rules_do_not_ask_in_turn_for_ever(lab: Lab) -> None:
    lab.write("news")
    lab.write("papers", rules="others")
    servers = lab.start(), lab.start("others")
    assert sorted(lab.asked_for(*servers, hours=1)) == ["news", "papers"]
    assert lab.asked_for(*servers, hours=20) == []
