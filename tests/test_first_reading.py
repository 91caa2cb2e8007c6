"""A request for a topic that was never read waits for it, whichever worker reads it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from feedproxy.assemble import assemble
from feedproxy.errors import NotReadYet, Unreachable
from feedproxy.models import Page, Request
from feedproxy.pipeline import Pipeline
from tests.conftest import Installation
from tests.running import BOUND


@contextmanager
def reading(installation: Installation) -> Iterator[threading.Event]:
    """Another worker reads the source, and has its answers once the event is set."""
    asked, may_answer = threading.Event(), threading.Event()

    def slowly(request: Request) -> Page:
        asked.set()
        assert may_answer.wait(BOUND)
        return installation.site(request)

    other = assemble(installation.config(), slowly, installation.time.clock)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(other.refresh, "hf-daily")
        assert asked.wait(BOUND)
        try:
            yield may_answer
        finally:
            may_answer.set()
            assert read.result(BOUND)


def looked_for_in_vain(pipeline: Pipeline, times: int) -> None:
    for _ in range(times):
        assert pipeline.refresh("hf-daily") is None


def test_that_another_worker_is_at_it_is_no_reason_to_give_up(installation: Installation) -> None:
    pipeline = installation.start()
    with reading(installation) as may_answer, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(pipeline.feed, "spiking", "atom")
        looked_for_in_vain(pipeline, 40)
        may_answer.set()
        assert b"Spiking Neural Networks at Scale" in waiting.result(BOUND).body
    pipeline.refresher.stop()


def test_where_nothing_is_read_any_more_nobody_waits(installation: Installation) -> None:
    pipeline = installation.start()
    pipeline.refresher.stop()
    before = pipeline.moment()
    with pytest.raises(NotReadYet, match="run feedproxy refresh first"):
        pipeline.feed("spiking", "atom")
    assert pipeline.moment() == before  # nobody has looked for news again


def test_an_edit_while_a_request_waits_costs_it_no_proper_answer(
    installation: Installation,
) -> None:
    def edited(request: Request) -> Page:
        installation.rules.write_text(installation.rules.read_text().replace("hf-daily", "hf"))
        for _ in range(2):  # an edit counts once it has settled
            installation.time.pass_by(seconds=2)
            pipeline.rules()
        raise Unreachable(request.url, "no answer")

    pipeline = assemble(installation.config(), edited, installation.time.clock)
    with pytest.raises(NotReadYet, match=r"hf-daily: .*no answer"):
        pipeline.feed("spiking", "atom")
    pipeline.refresher.stop()


def test_a_host_is_ready_once_one_source_of_one_topic_was_read(
    installation: Installation,
) -> None:
    installation.rules.write_text(
        "sources:\n"
        "  hf-daily: {kind: huggingface, listing: daily}\n"
        "  lab: {kind: feed, url: https://lab.example/feed}\n"
        "topics:\n"
        "  both: {from: [hf-daily, lab], include: [spiking]}\n"
        "  later: {from: [lab], include: [spiking]}\n"
    )
    pipeline = installation.start()
    client = installation.client(pipeline)
    assert client.get("/readyz").status_code == 503
    pipeline.refresh("hf-daily")
    assert client.get("/feeds/later.atom").status_code == 503
    assert client.get("/readyz").status_code == 200
    (installation.folder / "archive.db").rename(installation.folder / "away.db")
    assert client.get("/feeds/both.atom").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_a_host_without_topics_is_ready(installation: Installation) -> None:
    installation.rules.write_text("lists: {rain: [drizzle]}\n")
    pipeline = installation.start()
    pipeline.refresher.stop()
    assert pipeline.is_ready()
