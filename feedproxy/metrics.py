"""`/metrics` in Prometheus's text format, the same whichever worker answers.

What is said about sources comes from the archive, so it is true for all workers and hosts. The
requests are those of all workers of this host, which is what Prometheus scrapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from feedproxy.states import STATES
from feedproxy.tally import Tally
from feedproxy.watch import Health, SourceHealth

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(health: Health, requests: Mapping[int, int]) -> bytes:
    """`requests`: how many were answered with each status code."""
    return generate_latest(_Collector(health, requests))


class Counted:
    """Counts the answers of `app` in `tally`, including the refusals of the access check."""

    def __init__(self, app: WSGIApplication, tally: Tally) -> None:
        self._app = app
        self._tally = tally

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: object) -> object:
            self._tally.add(int(status[:3]))
            return start_response(status, headers, *more)  # type: ignore[arg-type]  # exc_info

        return self._app(environ, start)  # type: ignore[arg-type]  # as above


class _Collector(NamedTuple):
    health: Health
    requests: Mapping[int, int]

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "feedproxy_http_requests", "Requests answered by this host.", labels=["code"]
        )
        for code, count in self.requests.items():
            requests.add_metric([str(code)], count)
        yield requests
        health = self.health
        yield GaugeMetricFamily("feedproxy_records", "Records in the archive.", health.records)
        yield GaugeMetricFamily(
            "feedproxy_rules_errors", "Mistakes in the rules files.", len(health.problems)
        )
        yield GaugeMetricFamily(
            "feedproxy_archive_up",
            "1 if the archive can be read and written.",
            int(not health.trouble),
        )
        yield from _of_sources(health.sources)


def _of_sources(sources: Iterable[SourceHealth]) -> Iterator[Metric]:
    state = _gauge("state", "1 for the state that it is in.", "state")
    success = _gauge("last_success_timestamp_seconds", "When it was last read; 0 is never.")
    due = _gauge("due_timestamp_seconds", "When it is to be read next.")
    records = _gauge("records", "Its records in the archive.")
    failures = _gauge("failures", "Its failed refreshes in a row.")
    refreshes = CounterMetricFamily(
        "feedproxy_source_refreshes",
        "Its refreshes by all workers and hosts, and how they ended.",
        labels=["source", "outcome"],
    )
    for each in sources:
        name = each.source.name
        for word in STATES:
            state.add_metric([name, word], int(each.word == word))
        success.add_metric([name], _seconds(each.state.last_success))
        due.add_metric([name], _seconds(each.due))
        records.add_metric([name], each.state.records)
        failures.add_metric([name], each.state.failures)
        for outcome, count in each.refreshes._asdict().items():
            refreshes.add_metric([name, outcome], count)
    yield from (state, success, due, records, failures, refreshes)


def _gauge(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"feedproxy_source_{name}", meaning, labels=["source", *labels])


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
