"""The past, day by day: what is read, what is left as it is, and how politely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest

from feedproxy.archive import Archive
from feedproxy.errors import BadStatus, Blocked, FeedproxyError, RateLimited, Unreachable
from feedproxy.models import Page, Request
from feedproxy.pipeline import Pipeline
from feedproxy.refresh.backfill import GIVE_UP, PAUSE, SETTLED, TRIES, Day, Waiting
from feedproxy.states import state_of
from tests.archive_programs import state
from tests.conftest import RULES, Installation
from tests.invented import Paper, Site

DAY = timedelta(days=1)
FRIDAY = date(2026, 11, 20)
"""Today."""
NAME = "hf-daily"


def ago(days: int) -> date:
    return FRIDAY - days * DAY


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def weekdays(days: int) -> list[date]:
    return [day for day in map(ago, range(1, days + 1)) if day.weekday() < 5]


class History(Site):
    """One paper on every working day; what `answers` names by its day is answered so instead."""

    def __init__(self, installation: Installation, days: int) -> None:
        self.time = installation.time
        super().__init__(*map(paper, weekdays(days)), now=lambda: self.time.moment)
        self.answers: dict[date, Iterator[Exception | Mapping[str, str]]] = {}
        self.asked_at: list[float] = []

    def __call__(self, request: Request) -> Page:
        self.asked_at.append(self.time.seconds)
        day = asked(request.url)
        answer = next(self.answers[day], {}) if day in self.answers else {}
        if isinstance(answer, Exception):
            self.requests.append(request.url)
            raise answer
        page = super().__call__(request)
        return replace(page, headers={**page.headers, **answer})

    @property
    def days(self) -> list[date]:
        """Which were asked for, in this order."""
        return [day for day in map(asked, self.requests) if day]


def asked(url: str) -> date | None:
    written = parse_qs(urlsplit(url).query).get("date")
    return date.fromisoformat(written[0]) if written else None


def paper(day: date) -> Paper:
    return Paper(f"2611.{10000 + (FRIDAY - day).days}", f"Spiking {day}", day, upvotes=12)


@pytest.fixture
def history(installation: Installation) -> History:
    history = History(installation, 60)
    installation.site = history
    return history


@pytest.fixture
def pipeline(installation: Installation, history: History) -> Pipeline:
    return installation.start()


@pytest.fixture
def archive(installation: Installation) -> Archive:
    return Archive(installation.config().database)


def fill(pipeline: Pipeline, days: int, name: str = NAME) -> list[Day | Waiting]:
    return list(pipeline.backfill.run(pipeline.backfill.plan(name, ago(days))))


def missed(steps: Iterable[Day | Waiting]) -> list[date]:
    return [step.day for step in steps if isinstance(step, Day) and step.trouble]


def waits(steps: Iterable[Day | Waiting]) -> list[Waiting]:
    """Those with a reason."""
    return [step for step in steps if isinstance(step, Waiting) and step.why]


# --- what comes of it


def test_a_new_topic_shows_the_past_at_once_each_paper_at_its_own_day_the_newest_first(
    installation: Installation, pipeline: Pipeline
) -> None:
    fill(pipeline, 21)
    installation.rules.write_text(
        RULES + "  new: {include: [spiking], where: {upvotes: {min: 10}}}\n"
    )
    found = installation.start().catalogue.preview("new").included
    assert [each.since for each in found] == [noon(day) for day in weekdays(21)]
    assert [each.record.published for each in found] == [noon(day) for day in weekdays(21)]


def test_a_vote_that_comes_later_counts_from_when_it_came(
    installation: Installation, pipeline: Pipeline, history: History
) -> None:
    late, early = history.papers[0], history.papers[1]
    late.upvotes = 3
    fill(pipeline, 10)
    late.upvotes = 10
    again = installation.time.moment
    fill(pipeline, 10)
    found = installation.start().catalogue.preview("popular").included
    since = {each.record.title: each.since or noon(ago(99)) for each in found}
    assert since[early.title] == noon(early.day)
    assert again <= since[late.title] <= installation.time.moment


def test_it_goes_from_yesterday_back_day_by_day(pipeline: Pipeline, history: History) -> None:
    steps = fill(pipeline, 10)
    assert history.days == [ago(days) for days in range(1, 11)]
    assert [step.day for step in steps if isinstance(step, Day)] == history.days


# --- going on where it was


def test_stopped_anywhere_it_goes_on_there(
    installation: Installation, pipeline: Pipeline, history: History
) -> None:
    run = pipeline.backfill.run(pipeline.backfill.plan(NAME, ago(14)))
    while ago(8) not in history.days:
        next(run)
    history.requests.clear()
    plan = installation.start().backfill.plan(NAME, ago(14))
    fresh = [ago(days) for days in range(1, SETTLED.days)]
    assert list(plan.days) == [*fresh, *(ago(days) for days in range(9, 15))]
    assert plan.filled == 14 - len(plan.days)


def test_what_was_read_too_early_is_read_again_and_then_no_more(
    installation: Installation, pipeline: Pipeline, history: History
) -> None:
    fill(pipeline, 4)
    installation.time.pass_by(days=4)
    backfill = installation.start().backfill
    plan = backfill.plan(NAME, ago(4))
    assert [day for day in plan.days if day < FRIDAY] == [ago(1), ago(2)]
    list(backfill.run(plan))
    plan = installation.start().backfill.plan(NAME, ago(4))
    assert [day for day in plan.days if day < FRIDAY] == []


def test_a_weekend_is_done_when_it_was_read_but_an_empty_working_day_is_asked_for_again(
    installation: Installation, pipeline: Pipeline, history: History
) -> None:
    holiday = next(day for day in weekdays(14) if day < ago(4))
    history.papers = [each for each in history.papers if each.day != holiday]
    assert missed(fill(pipeline, 14)) == []
    assert list(installation.start().backfill.plan(NAME, ago(14)).days) == [
        ago(1),
        ago(2),
        holiday,
    ]


def test_what_was_forgotten_meanwhile_is_read_again(
    installation: Installation, pipeline: Pipeline, archive: Archive
) -> None:
    fill(pipeline, 12)
    archive.forget(NAME, noon(ago(7)))
    plan = installation.start().backfill.plan(NAME, ago(12))
    assert set(plan.days) == {ago(1), ago(2), *(d for d in weekdays(12) if d < ago(7))}


# --- beside the source's own refresh


def test_the_state_of_the_source_stays_as_it_was(
    installation: Installation, pipeline: Pipeline, archive: Archive
) -> None:
    source = pipeline.rules().sources[NAME]
    pipeline.refresh(NAME)
    installation.time.pass_by(days=3)
    before = archive.states()[NAME]
    fill(pipeline, 6)
    after = archive.states()[NAME]
    assert after.records > before.records
    assert replace(after, records=before.records, parts=before.parts) == before
    assert state_of(source, after, installation.time.moment) == "stale"


def test_a_source_that_was_never_read_is_still_due(pipeline: Pipeline) -> None:
    fill(pipeline, 5)
    pipeline.refresher.stop()
    assert pipeline.due() == [NAME]


def test_the_source_is_free_for_its_refresh_between_two_days_and_only_then(
    installation: Installation, pipeline: Pipeline, history: History
) -> None:
    server = installation.start()
    during: list[object] = []
    between: list[object] = []

    def refresh_meanwhile() -> datetime:
        history.now = lambda: installation.time.moment
        during.append(server.refresh(NAME))
        return installation.time.moment

    for step in pipeline.backfill.run(pipeline.backfill.plan(NAME, ago(3))):
        if isinstance(step, Day):
            between.append(server.refresh(NAME))
        history.now = refresh_meanwhile
    assert during == [None] * 3
    assert len(between) == 3
    assert None not in between


def test_it_waits_for_who_reads_the_source_just_now(
    installation: Installation, pipeline: Pipeline, archive: Archive, history: History
) -> None:
    lease = archive.take(NAME, "the server", 60, state(archive, NAME))
    assert lease
    run = pipeline.backfill.run(pipeline.backfill.plan(NAME, ago(2)))
    first = [next(run) for _ in range(3)]
    assert [wait.why for wait in waits(first)] == ["another process is reading it just now"] * 2
    assert history.requests == []
    archive.succeeded(lease, installation.time.moment, installation.time.moment)
    assert missed(run) == []
    assert history.days == [ago(1), ago(2)]


def test_who_held_the_source_for_too_long_leaves_out_the_day_and_reads_it_again(
    installation: Installation, history: History
) -> None:
    ended_already = timedelta(seconds=-60)
    pipeline = installation.start(fetch_deadline=ended_already)

    def be_overtaken() -> datetime:
        history.now = lambda: installation.time.moment
        assert installation.start().refresh(NAME)
        return installation.time.moment

    history.now = be_overtaken
    steps = fill(pipeline, 1)
    assert [
        (wait.seconds, "another worker has taken over" in wait.why) for wait in waits(steps)
    ] == [(60, True)]
    assert missed(steps) == []


# --- politeness and patience


def test_it_stays_far_below_what_the_site_allows(pipeline: Pipeline, history: History) -> None:
    fill(pipeline, 10)
    gaps = [after - before for before, after in pairwise(history.asked_at)]
    assert len(gaps) == 9
    assert min(gaps) >= PAUSE
    assert 300 / min(gaps) <= 500 / 2


def test_with_the_api_out_of_order_its_pages_are_asked_still_more_slowly(
    pipeline: Pipeline, history: History
) -> None:
    page = b'<div data-target="DailyPapers" data-props=\'{"dailyPapers": [], "dateString": "%s"}\'>'

    def answer(url: str) -> tuple[int, bytes]:
        day = urlsplit(url).path.removeprefix("/papers/date/")
        return (500, b"") if "/api/" in url else (200, page % day.encode())

    history.answer = answer  # type: ignore[method-assign]
    assert missed(fill(pipeline, 8)) == []
    asked_pages = [url for url in history.requests if "/papers/date/" in url]
    assert len(asked_pages) == 8
    seconds = history.asked_at[-1] - history.asked_at[0]
    assert 300 / (seconds / 7) <= 100 / 2


def test_it_waits_as_long_as_the_site_asks_and_goes_on(
    pipeline: Pipeline, history: History
) -> None:
    history.answers[ago(2)] = iter([RateLimited("u", "429", status=429, retry_after=200)])
    history.answers[ago(3)] = iter([{"ratelimit": '"api";r=0;t=123'}])
    steps = fill(pipeline, 5)
    assert missed(steps) == []
    assert [(wait.seconds, wait.why) for wait in waits(steps)] == [
        (200, "u: 429"),
        (123, "its quota is used up"),
    ]
    gaps = [round(after - before) for before, after in pairwise(history.asked_at)]
    assert sorted(gaps)[-2:] == [123, 200]


@pytest.mark.parametrize(
    "wish", [Blocked("u", "403", status=403, retry_after=3600), {"ratelimit": '"api";r=0;t=3600'}]
)
def test_a_site_that_wants_to_be_left_alone_for_long_is(
    pipeline: Pipeline, history: History, wish: Exception | dict[str, str]
) -> None:
    history.answers[ago(3)] = iter([wish])
    with pytest.raises(FeedproxyError, match="60 minutes; the same command goes on there later"):
        fill(pipeline, 8)
    assert history.days == [ago(1), ago(2), ago(3)]


def test_what_the_site_asked_for_in_a_refresh_holds_here_too(
    pipeline: Pipeline, history: History
) -> None:
    history.answers[FRIDAY] = iter([RateLimited("u", "429", status=429, retry_after=3600)])
    pipeline.refresh(NAME)
    with pytest.raises(FeedproxyError, match="asked for a rest: to be left alone for 60 minutes"):
        fill(pipeline, 8)
    assert history.days == [FRIDAY]


def test_a_day_that_cannot_be_read_is_tried_again_and_then_passed_over(
    pipeline: Pipeline, history: History, archive: Archive
) -> None:
    broken = BadStatus("u", "answered 503", status=503)
    history.answers[ago(3)] = iter([Unreachable("u", "connection reset")])
    history.answers[ago(8)] = iter([broken] * 2 * TRIES)
    steps = fill(pipeline, 10)
    assert missed(steps) == [ago(8)]
    assert history.days.count(ago(3)) == 2
    assert history.days.count(ago(8)) == TRIES
    assert min(wait.seconds for wait in waits(steps)) >= 60
    assert ago(8).isoformat() not in archive.states()[NAME].parts


def test_a_site_that_is_down_is_given_up_and_the_day_is_named(
    pipeline: Pipeline, history: History, archive: Archive
) -> None:
    run = pipeline.backfill.run(pipeline.backfill.plan(NAME, ago(60)))
    while ago(4) not in history.days:
        next(run)
    history.error = Unreachable("u", "no route")
    with pytest.raises(FeedproxyError, match=f"stopped at {ago(8)}: u: no route"):
        list(run)
    assert len(history.requests) == 4 + GIVE_UP
    assert len(archive.states()[NAME].parts) == 4
    assert archive.states()[NAME].failures == 0


def test_a_day_that_lost_its_papers_does_not_count_as_read(
    installation: Installation, pipeline: Pipeline, history: History
) -> None:
    history.papers += [replace(paper(ago(1)), id=f"2611.2000{n}") for n in range(8)]
    pipeline.refresh(NAME)
    history.papers = []
    assert missed(fill(pipeline, 3)) == [ago(1)]


# --- what cannot be, and what would be in vain


def test_what_would_be_forgotten_at_once_is_not_read(
    installation: Installation, history: History
) -> None:
    installation.rules.write_text(RULES.replace("lookback: 2d", "lookback: 2d, keep: 10d"))
    pipeline = installation.start()
    plan = pipeline.backfill.plan(NAME, ago(30))
    assert plan.since == plan.days[-1] == ago(10)
    installation.time.pass_by(hours=1)
    plan = pipeline.backfill.plan(NAME, ago(30))
    assert plan.since == ago(9)
    run = list(pipeline.backfill.run(plan))
    assert sum(step.report.new for step in run if isinstance(step, Day)) == len(weekdays(9))


@pytest.mark.parametrize("name", ["hf-weekly", "hf-trending", "blog"])
def test_a_source_without_days_is_refused_and_those_that_have_some_are_named(
    installation: Installation, history: History, name: str
) -> None:
    blog = "  blog: {kind: feed, url: https://lab.example/feed}\n"
    installation.rules.write_text(RULES.replace("topics:", f"{blog}topics:", 1))
    with pytest.raises(FeedproxyError, match=f"{name} has no days .* kind huggingface"):
        installation.start().backfill.plan(name, ago(3))
    assert history.requests == []


def test_a_secret_that_is_missing_ends_it_and_leaves_the_source_free(
    installation: Installation, history: History, archive: Archive
) -> None:
    headers = "lookback: 2d, headers: {Authorization: '${NOT_SET}'}"
    installation.rules.write_text(RULES.replace("lookback: 2d", headers))
    with pytest.raises(FeedproxyError, match="NOT_SET"):
        fill(installation.start(), 3)
    assert archive.take(NAME, "the server", 60, state(archive, NAME))
