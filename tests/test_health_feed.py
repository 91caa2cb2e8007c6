"""The feed of how the sources change: one entry a change, the same from every process."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client

from feedproxy.archive import Archive
from feedproxy.archive.source_states import CHANGES_OF_A_SOURCE
from feedproxy.digest import JOB
from feedproxy.errors import Unreachable
from feedproxy.healthfeed import compose
from feedproxy.models import Source, SourceState
from feedproxy.pipeline import Pipeline
from feedproxy.states import StateChange, change
from feedproxy.web.access import Guard, feed_token
from tests.archive_programs import listing, record
from tests.clocks import NOON
from tests.conftest import Installation

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCE = Source("hf", "huggingface", refresh=30 * MINUTE)
NO_ROUTE = Unreachable("https://huggingface.co/api", "no route to host")


def state(ago: timedelta, error: str = "", notes: tuple[str, ...] = ()) -> SourceState:
    """Last read so long ago; with an error or notes it has been tried in vain since."""
    return SourceState(
        "hf",
        last_success=NOON - ago,
        last_attempt=NOON if error or notes else NOON - ago,
        failures=1 if error else 0,
        error=error,
        notes=notes,
        last_news=NOON - ago,
    )


def last(word: str) -> StateChange:
    return StateChange("hf", NOON - HOUR, word)


WELL, LATE = state(MINUTE), state(3 * HOUR)
STALE, BROKEN = state(3 * HOUR, "no route"), state(2 * DAY, "no route")
NEVER = SourceState("hf", last_attempt=NOON, failures=1, error="no route")


@pytest.mark.parametrize(
    ("found", "before", "told"),
    [
        (WELL, None, None),
        (WELL, last("fresh"), None),
        (STALE, None, ("stale", "no route")),
        (STALE, last("quiet"), ("stale", "no route")),
        (STALE, last("stale"), None),
        (BROKEN, last("stale"), ("broken", "no route")),
        (BROKEN, last("broken"), None),
        (NEVER, None, ("broken", "no route")),
        (STALE, last("broken"), None),
        (WELL, last("stale"), ("fresh", "")),
        (WELL, last("broken"), ("fresh", "")),
        (state(MINUTE, "no route"), last("fresh"), None),
        (state(3 * HOUR, notes=("suspicious", "odd")), None, ("stale", "suspicious")),
        (SourceState("hf"), None, None),
        (LATE, None, None),
        (LATE, last("fresh"), None),
    ],
)
def test_what_is_worth_telling(
    found: SourceState, before: StateChange | None, told: tuple[str, str] | None
) -> None:
    expected = StateChange("hf", NOON, *told) if told else None
    assert change(SOURCE, found, before, NOON) == expected


def test_an_entry_says_what_happened_and_its_id_is_the_source_and_the_moment() -> None:
    changes = (
        StateChange("hf", NOON + HOUR, "quiet"),
        StateChange("hf", NOON, "stale", f"{NO_ROUTE}"),
    )
    feed = compose(changes, "https://p.example/", "https://p.example/feeds/_health")
    recovered, worse = feed.entries
    assert recovered.record.title == "hf is quiet again"
    assert worse.record.title == "hf is stale: no route to host"
    assert worse.record.summary.startswith("https://huggingface.co/api: no route to host. ")
    assert worse.id == "tag:feedproxy.invalid,2026:_health/hf/2026-11-20T12:00:00.000000Z"
    assert (worse.updated, feed.updated) == (NOON, NOON + HOUR)


def test_it_has_the_newest_hundred_changes() -> None:
    changes = [StateChange("hf", NOON - number * MINUTE, "stale") for number in range(101)]
    feed = compose(changes, "https://p.example/", "https://p.example/feeds/_health")
    assert [entry.updated for entry in feed.entries] == [each.at for each in changes[:100]]


def test_of_the_mail_it_tells_what_is_true_of_mail_and_its_id_has_no_spaces() -> None:
    changes = (StateChange(JOB, NOON, "broken", "it answered 451"),)
    entry = compose(changes, "https://p.example/", "https://p.example/feeds/_health").entries[0]
    assert entry.record.summary == "it answered 451."
    assert entry.id.endswith("_health/the%20digest%20mail/2026-11-20T12:00:00.000000Z")


# In the archive


def test_of_all_workers_that_see_a_change_one_notes_it(archive: Archive) -> None:
    archive.remember("hf", listing(record()), NOON)
    judged, before = archive.states()["hf"], archive.versions().states
    told = StateChange("hf", NOON, "stale", "no route")
    with ThreadPoolExecutor(4) as workers:
        for noting in [workers.submit(archive.note_change, told, judged) for _ in range(8)]:
            noting.result()
    assert archive.changes() == (told,)
    assert archive.versions().states == before + 1


def test_who_judged_by_an_old_state_notes_nothing(archive: Archive) -> None:
    archive.remember("hf", listing(record()), NOON)
    old = archive.states()["hf"]
    lease = archive.take("hf", "me", 60, old)
    assert lease
    archive.succeeded(lease, NOON, NOON + HOUR)
    archive.note_change(StateChange("hf", NOON, "stale"), old)
    assert archive.changes() == ()


def test_changes_are_apart_even_if_the_clock_is_set_back_and_old_ones_go(archive: Archive) -> None:
    archive.remember("hf", listing(record()), NOON)
    archive.remember("other", listing(record()), NOON)
    judged = archive.states()
    archive.note_change(StateChange("other", NOON - DAY, "broken"), judged["other"])
    words = ("stale", "fresh") * (CHANGES_OF_A_SOURCE // 2 + 5)
    for number, word in enumerate(words):
        archive.note_change(StateChange("hf", NOON - number * MINUTE, word), judged["hf"])
    kept = [each for each in archive.changes() if each.source == "hf"]
    assert [each.word for each in reversed(kept)] == list(words[-CHANGES_OF_A_SOURCE:])
    assert len({each.at for each in kept}) == CHANGES_OF_A_SOURCE
    assert archive.changes()[-1].source == "other"


# From a site's failure to a subscriber


def read(installation: Installation, *pipelines: Pipeline, times: int = 1) -> None:
    """Half an hour passes and one of `pipelines` reads, again and again."""
    for number in range(times):
        installation.time.pass_by(minutes=30)
        pipelines[number % len(pipelines)].refresh("hf-daily")


def browser(pipeline: Pipeline, installation: Installation, **settings: Any) -> FlaskClient:
    installation.time.pass_by(seconds=2)
    return installation.client(pipeline, **settings)


def titles(client: FlaskClient) -> list[str]:
    items = json.loads(client.get("/feeds/_health.json").data)["items"]
    return [item["title"] for item in items]


STALE_TITLE, FRESH_TITLE = "hf-daily is stale: no route to host", "hf-daily is fresh again"


def test_a_source_that_fails_and_recovers_is_two_entries_however_often_it_is_read(
    pipeline: Pipeline, installation: Installation
) -> None:
    client = browser(pipeline, installation)
    assert titles(client) == []
    installation.site.error = NO_ROUTE
    read(installation, pipeline)
    assert titles(client) == []
    read(installation, pipeline, times=9)
    assert titles(client) == [STALE_TITLE]
    assert client.get("/feeds/_health.json").headers["X-Feedproxy-State"] == "stale"
    installation.site.error = None
    read(installation, pipeline, times=5)
    assert titles(client) == [FRESH_TITLE, STALE_TITLE]
    assert client.get("/feeds/_health.json").headers["X-Feedproxy-State"] == "fresh"


def test_it_is_told_when_the_time_is_over_without_another_attempt(
    pipeline: Pipeline, installation: Installation
) -> None:
    installation.site.error = NO_ROUTE
    read(installation, pipeline)
    installation.time.pass_by(minutes=33)
    pipeline.look_for_work()
    client = browser(pipeline, installation)
    assert titles(client) == [STALE_TITLE]
    installation.time.pass_by(days=1)
    pipeline.look_for_work()
    assert titles(client) == ["hf-daily is broken: no route to host", STALE_TITLE]


def test_a_computer_that_slept_tells_nothing(
    pipeline: Pipeline, installation: Installation
) -> None:
    installation.time.pass_by(hours=9)
    client = browser(pipeline, installation)
    assert client.get("/feeds/_health.json").headers["X-Feedproxy-State"] == "stale"
    assert pipeline.look_for_work() == ["hf-daily"]
    pipeline.refresh("hf-daily")
    assert titles(client) == []


def test_what_cannot_be_noted_now_is_tried_again_after_a_refresh_that_can_be_kept(
    pipeline: Pipeline, installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    installation.site.error = NO_ROUTE
    read(installation, pipeline)
    installation.time.pass_by(minutes=33)
    with closing(sqlite3.connect(installation.folder / "archive.db")) as file:
        file.execute(
            "CREATE TRIGGER full BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, ''); END"
        )
        for _ in range(3):
            pipeline.look_for_work()
        client = browser(pipeline, installation)
        assert titles(client) == []
        assert caplog.text.count("that hf-daily is stale is not noted yet") == 1
        file.execute("DROP TRIGGER full")
    read(installation, pipeline)
    assert titles(client) == [STALE_TITLE]
    assert caplog.text.count("hf-daily is stale now: /healthz tells more") == 1


@pytest.mark.parametrize("ending", ["atom", "rss", "json"])
def test_two_workers_and_a_restarted_one_write_the_same_feed(
    pipeline: Pipeline, installation: Installation, ending: str
) -> None:
    other = installation.start()
    installation.site.error = NO_ROUTE
    read(installation, pipeline, other, times=6)
    installation.site.error = None
    read(installation, other, pipeline, times=3)
    answers = [
        browser(each, installation).get(f"/feeds/_health.{ending}")
        for each in (pipeline, other, installation.start())
    ]
    assert len({answer.data for answer in answers}) == 1
    assert len({(a.headers["ETag"], a.headers["Last-Modified"]) for a in answers}) == 1
    found = [] if ending == "json" else feedparser.parse(answers[0].data).entries
    assert [entry.title for entry in found] == ([FRESH_TITLE, STALE_TITLE] if found else [])


def test_it_is_served_as_any_feed_is(pipeline: Pipeline, installation: Installation) -> None:
    client = browser(pipeline, installation)
    answer = client.get("/feeds/_health.atom")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
    again = client.get("/feeds/_health.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/feeds/_health.atom?page=2").status_code == 404
    assert client.get("/feeds/_health").data == answer.data
    page = client.get("/feeds/_health", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Location"]) == (302, "/")
    assert "https://papers.example/feeds/_health.atom" in client.get("/").text


def test_it_answers_before_anything_was_read_and_without_topics(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    assert browse().get("/feeds/_health.rss").status_code == 200
    installation.rules.unlink()
    assert browse().get("/feeds/_health.rss").status_code == 200


def test_its_token_opens_it_alone(pipeline: Pipeline, installation: Installation) -> None:
    locked = installation.start(access_key="key")
    client = Client(Guard(browser(locked, installation, access_key="key").application, "key"))
    token = feed_token("key", "_health")
    assert client.get("/feeds/_health.json").status_code == 401
    answer = client.get(f"/feeds/_health.json?token={token}")
    assert answer.status_code == 200
    assert json.loads(answer.data)["feed_url"].endswith(f"_health.json?token={token}")
    assert client.get(f"/feeds/spiking.json?token={token}").status_code == 401
    key = {"Authorization": "Basic " + base64.b64encode(b":key").decode()}
    assert f"_health.atom?token={token}" in client.get("/", headers=key).text


def test_every_outage_is_told_and_every_recovery_once(
    pipeline: Pipeline, installation: Installation
) -> None:
    for error in (NO_ROUTE, None, NO_ROUTE, None):
        installation.site.error = error
        installation.time.pass_by(hours=2)
        pipeline.refresh("hf-daily")
        pipeline.look_for_work()
    [source] = pipeline.health().sources
    assert [each.word for each in source.changes] == ["fresh", "stale", "fresh", "stale"]
