"""How the sources are doing, and what a failure looks like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from feedproxy.catalogue import DAYS, per_day
from feedproxy.errors import ArchiveBusy, RateLimited, Unreachable
from feedproxy.pipeline import Pipeline
from feedproxy.web import chart, create_app
from tests.clocks import NOON
from tests.conftest import Installation
from tests.invented import Paper
from tests.test_web_pages import page, texts


def test_a_source_shows_its_state_its_parser_and_what_it_brought(client: FlaskClient) -> None:
    shown = page(client, "/sources")
    assert texts(shown, ".card h2") == ["hf-daily"]
    assert texts(shown, ".state") == ["fresh"]
    [facts] = texts(shown, ".facts")
    assert "3 records · served by api · 1 time read whole, 0 doubted, 0 failed" in facts
    assert texts(shown, ".events li") == [
        "2026-11-20 12:30 UTC next attempt",
        "2026-11-20 12:00 UTC last record that was new",
        "2026-11-20 12:00 UTC last read whole by way of api",
    ]
    assert len(texts(shown, "details li a")) == 3


def test_one_record_is_none_of_several(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    del installation.site.papers[1:]
    for _ in range(2):
        installation.start().refresh("hf-daily")
    [facts] = texts(page(browse(), "/sources"), ".facts")
    assert "1 record · served by api · 2 times read whole" in facts


def test_failures_and_recoveries_stand_in_order_of_time(
    pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    installation.site.error = Unreachable("https://huggingface.co", "no route to host")
    for _ in range(2):
        installation.time.pass_by(hours=2)
        pipeline.refresh("hf-daily")
    failed = texts(page(client, "/sources"), ".events .bad")
    assert failed[0].startswith("2026-11-20 16:00 UTC last attempt failed, 2 times in a row")
    assert "no route to host" in failed[0]
    assert failed[1].startswith("2026-11-20 14:00 UTC became stale")
    installation.site.error = None
    installation.time.pass_by(hours=1)
    pipeline.refresh("hf-daily")
    shown = page(client, "/sources")
    assert "2026-11-20 17:00 UTC fresh again" in texts(shown, ".events .good")
    assert len(texts(shown, ".events .bad")) == 1


def test_a_site_that_asks_to_be_left_alone_is_not_to_be_asked_by_hand(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    address, day = "https://huggingface.co", 24 * 60 * 60
    installation.site.error = RateLimited(address, "429", status=429, retry_after=day)
    installation.start().refresh("hf-daily")
    [told] = texts(page(browse(), "/topics/spiking"), ".notice")
    assert told.endswith(
        "feeds of it alone answer 503. "
        "Its site asks to be left alone: the next attempt is at 2026-11-21 12:00:00 UTC."
    )


def test_mistakes_in_the_rules_are_told_there_too(
    pipeline: Pipeline, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    pipeline.rules()
    installation.rules.write_text("topics:\n  spiking:\n    inclde: [x]\n")
    assert 'did you mean "include"?' in page(browse(), "/sources").text_content()


def test_without_thumbnails_no_page_may_load_a_picture_of_others(
    browse: Callable[..., FlaskClient],
) -> None:
    on = browse().get("/").headers["Content-Security-Policy"]
    off = browse(thumbnails=False).get("/").headers["Content-Security-Policy"]
    assert "img-src 'self' https:;" in on
    assert "img-src 'self';" in off


@pytest.mark.parametrize(
    ("failure", "status", "said"),
    [
        (ZeroDivisionError("secret detail"), 500, "Internal Server Error"),
        (ArchiveBusy("the archive is locked: stop the other program"), 503, "is locked: stop"),
    ],
)
def test_no_failure_is_ever_a_traceback(
    pipeline: Pipeline, installation: Installation, failure: Exception, status: int, said: str
) -> None:
    pipeline.refresher.stop()
    app = create_app(pipeline, installation.config())

    @app.get("/failing")
    def failing() -> str:
        raise failure

    answer = app.test_client().get("/failing")
    assert answer.status_code == status
    assert said in answer.text
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert 'href="/sources"' in answer.text


def test_the_chart_counts_days_and_says_so_in_words() -> None:
    moments = [NOON - timedelta(days=DAYS), NOON - timedelta(days=1), NOON, NOON]
    days = per_day(moments, NOON + timedelta(hours=3))
    assert days == (*(0,) * (DAYS - 2), 1, 2)
    assert chart.in_words(days) == "3 in the last 28 days, at most 2 a day (today)"
    assert chart.bars(days) == "M182 32v-16h5v16zM189 32v-32h5v32z"
    assert chart.in_words((0,) * DAYS) == "none in the last 28 days"


def test_what_we_serve_of_our_own_is_small() -> None:
    folder = Path(chart.__file__).parent / "static"
    assert sum(len(path.read_bytes()) for path in folder.glob("*.css")) < 10_000
    assert sum(len(path.read_bytes()) for path in folder.glob("*.js")) < 8_000


def test_a_reading_that_was_doubted_is_told_as_neither_whole_nor_failed(
    pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    time, site = installation.time, installation.site
    day = time.moment.date()
    site.papers += [Paper(f"2611.1{n:04}", f"Number {n}", day) for n in range(17)]
    for papers in (site.papers, site.papers[:1]):
        site.papers = papers
        time.pass_by(minutes=30)
        pipeline.refresh("hf-daily")
    shown = texts(page(client, "/sources"), ".events li")
    assert "2026-11-20 13:00 UTC last attempt brought suspiciously little" in shown
    assert "2026-11-20 12:30 UTC last read whole by way of api" in shown
