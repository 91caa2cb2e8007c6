"""The whole program beside a plain reading of its archive, whatever happens to it: figure 5.

Two processes share an archive; a site, a clock and an editor do what they like. Feeds
must always be `decide` over all that was ever seen, and say the same in both processes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from feedproxy.archive import Archive
from feedproxy.errors import Blocked, NotReadYet, RateLimited, TooLarge, Unreachable
from feedproxy.pipeline import Pipeline
from feedproxy.prepared import Prepared
from feedproxy.rules import decide
from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.decisions import in_order
from tests.clocks import FakeTime
from tests.conftest import Installation
from tests.invented import Paper, Site

URL = "https://site.example"
REFRESH = timedelta(minutes=20)
TOPICS = ("first", "second")
TITLES = ("Spiking networks", "A survey of spiking networks", "Rain", "")

GOOD = (
    "include: [spiking]",
    "include: [spiking, rain], exclude: [title: survey], limit: 2",
    "where: {upvotes: {min: 5}}, sort: upvotes",
    "where: {age: {max: 2d}}",
    "where: {upvotes: {min: 3}, age: {max: 36h}}, ids: per-topic",
    "include: [rain], score: [{title: rain, add: 2}], sort: score, limit: 1",
)
BAD = ("topics: [", "topics: {first: {inclde: [x]}}", "", "topics: {first: {include: ['/(/']}}")

Failure = Callable[[Site], None]


def raising(error: Exception) -> Failure:
    return lambda site: setattr(site, "error", error)


FAILURES: tuple[Failure, ...] = (
    raising(Unreachable(URL, "no route")),
    raising(TooLarge(URL, "a flood")),
    raising(RateLimited(URL, "429", status=429, retry_after=7200)),
    raising(Blocked(URL, "a captcha", status=403, retry_after=3600)),
    lambda site: setattr(site, "broken", 500),
    lambda site: setattr(site, "broken", 200),  # with a page that is no listing
)

papers = st.integers(1, 6)
topics = st.sampled_from(TOPICS)
processes = st.integers(0, 1)


class Beside(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.time = FakeTime()
        self.site = Site(now=lambda: self.time.moment)
        self.home = Installation(Path(self.folder.name), self.site, self.time)
        self.home.rules.parent.mkdir()
        self.archive = Archive(self.home.config().database)
        self.published: dict[str, datetime] = {}
        self.was_set_back = False
        self.running: list[Pipeline] = []
        self.asked: dict[str, float] = {}
        self.last: dict[str, Prepared] = {}

    @initialize(first=st.sampled_from(GOOD), second=st.sampled_from(GOOD))
    def begin(self, first: str, second: str) -> None:
        self.said = {"first": first, "second": second}
        self.minutes = 30
        self.save()
        self.running = [self.process(), self.process()]

    def process(self) -> Pipeline:
        pipeline = self.home.start()
        pipeline.refresher.stop()
        return pipeline

    def teardown(self) -> None:
        self.archive.close()
        self.folder.cleanup()

    def save(self) -> None:
        source = f"{{kind: huggingface, lookback: 2d, refresh: {self.minutes}m}}"
        lines = [f"  {name}: {{from: [hf], {said}}}" for name, said in self.said.items()]
        text = "\n".join([f"sources: {{hf: {source}}}", "topics:", *lines])
        self.home.rules.write_text(text)

    # What the site does

    @rule(number=papers, title=st.sampled_from(TITLES), ago=st.integers(0, 1))
    def publish_or_edit(self, number: int, title: str, ago: int) -> None:
        found = [paper for paper in self.site.papers if paper.id == f"2611.{number:05}"]
        if found:
            found[0].title = title
        else:
            day = self.time.moment.date() - timedelta(ago)
            self.site.papers.append(Paper(f"2611.{number:05}", title, day))

    @rule(number=papers)
    def take_away(self, number: int) -> None:
        self.site.papers = [p for p in self.site.papers if p.id != f"2611.{number:05}"]

    @rule(number=papers, votes=st.integers(0, 8))
    def vote(self, number: int, votes: int) -> None:
        for paper in self.site.papers:
            if paper.id == f"2611.{number:05}":
                paper.upvotes = votes

    @rule(failure=st.sampled_from(FAILURES))
    def fail(self, failure: Failure) -> None:
        failure(self.site)

    @rule()
    def heal(self) -> None:
        self.site.error = self.site.broken = None

    # What the world does

    @rule(minutes=st.integers(1, 900))
    def time_passes(self, minutes: int) -> None:
        self.time.pass_by(minutes=minutes)

    @rule(hours=st.integers(-80, 80))
    def the_clock_jumps(self, hours: int) -> None:
        self.time.moment += timedelta(hours=hours)
        self.was_set_back |= hours < 0  # from then on some date lies in the future
        self.asked.clear()

    @rule(topic=topics, said=st.sampled_from(GOOD))
    def edit(self, topic: str, said: str) -> None:
        self.said[topic] = said
        self.save()

    @rule(minutes=st.sampled_from([20, 30, 90]))
    def edit_refresh(self, minutes: int) -> None:
        self.minutes = minutes
        self.save()

    @rule(text=st.sampled_from(BAD))
    def edit_badly(self, text: str) -> None:
        self.home.rules.write_text(text)

    @rule(which=processes)
    def restart(self, which: int) -> None:
        self.running[which] = self.process()

    @rule(first=processes)
    def both_refresh(self, first: int) -> None:
        self.time.pass_by(seconds=2)
        before = len(self.site.requests)
        both = self.running[first], self.running[1 - first]
        for process, due in [(process, process.due()) for process in both]:
            for name in due:
                process.refresh(name)
        asked = self.site.requests[before:]
        assert len(asked) == len(set(asked)), "one URL twice in one period"
        for url in asked:
            since = self.time.seconds - self.asked.get(url, 0.0)
            assert since >= 60, f"{url} again after {since} s"
            self.asked[url] = self.time.seconds

    # What must hold

    @invariant()
    def nothing_seen_is_lost_and_no_date_changes(self) -> None:
        found = {record.id: record.published for record in self.archive.records()}
        assert self.published.items() <= found.items()
        self.published = found

    @invariant()
    def both_say_what_the_archive_says(self) -> None:
        if not self.running:
            return
        for _ in range(2):  # an edit counts once it has settled
            self.time.pass_by(seconds=2)
            rules = [process.rules() for process in self.running]
        assert all(each.topics == rules[0].topics for each in rules)
        if any(state.error or state.last_success for state in self.archive.states().values()):
            for rule_set in rules[0].topics.values():
                self.compare(rule_set)

    def compare(self, rule_set: RuleSet) -> None:
        for name in ("atom", "rss", "json"):
            one, two = (self.answer(each, rule_set.topic, name) for each in self.running)
            if one is None or two is None:
                assert one is two
                return
            assert one.body == two.body
            self.are_alike(one, two)
            feed = f"{rule_set.topic}.{name}"
            self.are_alike(one, self.last.get(feed, one))
            self.last[feed] = one
        assert one is not None
        decisions = [
            decide(rule_set, record, max([self.time.moment, *(r.seen for r in record.readings)]))
            for record in self.archive.records()
        ]
        wanted = in_order((each for each in decisions if each.included), rule_set.sort)
        shown = [item["id"].rpartition("/")[2] for item in json.loads(one.body)["items"]]
        assert shown == [each.record.short_id for each in wanted[: rule_set.limit]]

    def answer(self, process: Pipeline, topic: str, format_name: str) -> Prepared | None:
        try:
            return process.feed(topic, format_name)
        except NotReadYet:
            return None

    def are_alike(self, one: Prepared, other: Prepared) -> None:
        """The same validators for the same bytes."""
        assert (one.body == other.body) == (one.version.etag == other.version.etag)
        if one.body == other.body and not self.was_set_back:
            assert one.version.last_modified == other.version.last_modified


TestBeside = Beside.TestCase
TestBeside.settings = settings(
    deadline=None, derandomize=True, max_examples=20, stateful_step_count=25
)

Step = Callable[[Beside], None]


def publish(beside: Beside) -> None:
    beside.publish_or_edit(1, TITLES[0], 0)


def refresh(beside: Beside) -> None:
    beside.both_refresh(0)


def restart(beside: Beside) -> None:
    beside.restart(0)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(
            [lambda m: m.time_passes(60 * 60), lambda m: m.the_clock_jumps(-50), restart],
            id="too old by a clock that was ahead",
        ),
        pytest.param([lambda m: m.edit_refresh(90), restart], id="another refresh, another ttl"),
        pytest.param(
            [lambda m: m.edit_badly(BAD[0]), restart, lambda m: m.edit("first", GOOD[1])],
            id="a bad edit, a restart, a good edit",
        ),
        pytest.param(
            [lambda m: m.the_clock_jumps(-70), lambda m: m.vote(1, 6), refresh, restart],
            id="votes by a clock that was set back",
        ),
    ],
)
def test_what_once_went_wrong(steps: list[Step]) -> None:
    beside = Beside()
    beside.begin(GOOD[3], GOOD[4])
    try:
        for step in (publish, refresh, *steps):
            step(beside)
            beside.nothing_seen_is_lost_and_no_date_changes()
            beside.both_say_what_the_archive_says()
    finally:
        beside.teardown()
