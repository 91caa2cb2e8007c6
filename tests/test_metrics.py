"""`/metrics`: Prometheus text that is the same whichever worker answers."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from feedproxy.errors import Unreachable
from feedproxy.metrics import Counted
from feedproxy.pipeline import Pipeline
from feedproxy.tally import Tally
from feedproxy.web import create_app
from feedproxy.web.access import Guard
from tests.conftest import RULES, Installation
from tests.invented import Site, served
from tests.running import Server, eventually, serving

Sample = Callable[..., float]


def samples(text: str) -> Sample:
    """Looks up the value of one sample, by its name and labels."""
    found = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return lambda name, **labels: found[f"feedproxy_{name}", frozenset(labels.items())]


def test_it_is_prometheus_text_that_nobody_keeps(client: FlaskClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.text
    assert "# TYPE feedproxy_source_state gauge" in text
    assert "# TYPE feedproxy_http_requests_total counter" in text


def test_it_says_how_each_source_is(pipeline: Pipeline, installation: Installation) -> None:
    installation.time.pass_by(hours=3)
    installation.site.error = Unreachable("https://huggingface.co", "no route")
    pipeline.refresh("hf-daily")
    client = installation.client(pipeline)
    value = samples(client.get("/metrics").text)
    states = ("fresh", "quiet", "stale", "broken")
    shown = [value("source_state", source="hf-daily", state=word) for word in states]
    assert shown == [0, 0, 1, 0]
    read = installation.time.moment.timestamp()
    assert value("source_last_success_timestamp_seconds", source="hf-daily") == read - 3 * 3600
    assert value("source_due_timestamp_seconds", source="hf-daily") >= read + 60
    assert value("source_records", source="hf-daily") == 3
    assert value("source_failures", source="hf-daily") == 1
    assert value("records") == 3
    assert value("rules_errors") == 0
    assert value("archive_up") == 1


def test_refreshes_are_counted_over_all_processes_and_restarts(
    pipeline: Pipeline, installation: Installation
) -> None:
    other = installation.start()
    for each, error in (
        (other, None),
        (pipeline, Unreachable("https://huggingface.co", "no route")),
        (other, None),
    ):
        installation.time.pass_by(hours=1)
        installation.site.error = error
        assert each.refresh("hf-daily")
    for each in (pipeline, other, installation.start()):
        installation.time.pass_by(seconds=2)
        value = samples(installation.client(each).get("/metrics").text)
        for outcome, count in (("whole", 3), ("failed", 1), ("doubted", 0)):
            assert value("source_refreshes_total", source="hf-daily", outcome=outcome) == count


def test_refusals_of_the_access_check_are_counted_and_it_wants_the_key_too(
    pipeline: Pipeline, installation: Installation
) -> None:
    pipeline.refresher.stop()
    tally = Tally()
    app = create_app(pipeline, installation.config(access_key="key"), tally)
    client = Client(Counted(Guard(app, "key"), tally))
    assert client.get("/metrics").status_code == 401
    assert client.get("/feeds/spiking.atom", auth=("", "key")).status_code == 200
    value = samples(client.get("/metrics", auth=("", "key")).text)
    assert value("http_requests_total", code="401") == 1
    assert value("http_requests_total", code="200") == 1


# Over several workers

EACH, CLIENTS = 40, 6


def requests(server: Server, code: int = 200) -> int:
    return int(samples(server.get("/metrics").body.decode())("http_requests_total", code=str(code)))


def workers(server: Server) -> list[int]:
    path = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(pid) for pid in path.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers in /proc")
def test_any_of_four_workers_counts_the_requests_of_all_and_of_a_killed_one(
    tmp_path: Path, site: Site
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/topics.yaml").write_text(RULES)
    settings = {"FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8"}
    with (
        served(site) as address,
        serving(tmp_path, "--workers", "4", FEEDPROXY_HF_URL=address, **settings) as server,
    ):
        eventually("4 workers", lambda: len(workers(server)) == 4)
        ask_from_many_threads(server)
        for before in range(20):
            assert requests(server, 404) == EACH * CLIENTS
            assert requests(server) == 2 * before + 1
        killed = workers(server)[0]
        os.kill(killed, signal.SIGKILL)
        eventually("a new worker", lambda: len({*workers(server)} - {killed}) == 4)
        ask_from_many_threads(server)
        for _ in range(20):
            assert requests(server, 404) == 2 * EACH * CLIENTS


def ask_from_many_threads(server: Server) -> None:
    together = threading.Barrier(CLIENTS)

    def ask() -> None:
        together.wait(30)
        for _ in range(EACH):
            assert server.get("/nothing").status == 404

    with ThreadPoolExecutor(CLIENTS) as pool:
        for asking in [pool.submit(ask) for _ in range(CLIENTS)]:
            asking.result()


def forked(work: Callable[[], None]) -> int:
    if child := os.fork():
        return child
    work()
    os._exit(0)


def test_processes_never_share_a_row_and_who_takes_one_over_goes_on() -> None:
    tally = Tally()

    def count() -> None:
        for _ in range(5000):
            tally.add(200)

    for so_far in (1, 2, 3):
        for child in [forked(count) for _ in range(3)]:
            assert os.waitpid(child, 0)[1] == 0
        assert tally.sums() == {200: so_far * 15_000}


def test_a_process_too_many_counts_nothing_and_fails_nothing() -> None:
    tally = Tally(rows=1)
    tally.add(200)
    assert os.waitpid(forked(lambda: tally.add(200)), 0)[1] == 0
    assert tally.sums() == {200: 1}


def test_what_is_no_status_is_not_counted() -> None:
    tally = Tally()
    for code in (99, 100, 599, 600):
        tally.add(code)
    assert tally.sums() == {100: 1, 599: 1}
