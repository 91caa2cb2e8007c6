"""What is counted after a storm, each against its limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from feedproxy.models import ARXIV_ABS, Record
from tests.storm.clients import Ledger, Wrong
from tests.storm.site import Fetch, Site

MS = 1000
SHOWN = 10
"""Details of a broken figure."""
LATE = 0.5
"""The part of a period after which a request is no double of the one before: on a busy machine
one may take long to the site's access log, and the next may not."""
NEAR = 0.5
"""Seconds that a worker may live on after it was killed, or its last words be on their way."""


@dataclass(frozen=True)
class Figure:
    what: str
    value: str
    holds: bool = True
    details: tuple[str, ...] = ()
    timed: bool = False
    """Whether a machine with too much else to do can break it."""

    def __str__(self) -> str:
        lines = [f"{'ok    ' if self.holds else 'BROKEN'} {self.what}: {self.value}"]
        return "\n         ".join([*lines, *self.details[:SHOWN]])


def none_of(what: str, found: Sequence[str]) -> Figure:
    return Figure(what, str(len(found)), not found, tuple(found))


def requests(ledger: Ledger, kills: Sequence[float], clients: int) -> Iterator[Figure]:
    reset = [each for each in ledger.wrong if each.dropped and was_killed(each, kills)]
    failed = [each.what for each in ledger.wrong if each not in reset]
    answers = ", ".join(f"{n:,} x {status}" for status, n in sorted(ledger.statuses.items()))
    yield Figure("answers", f"{len(ledger.asked):,} ({answers})", bool(ledger.asked))
    yield none_of("failed requests", failed)
    most = len(kills) * clients
    yield Figure(
        "requests that died with their worker", f"{len(reset)}, at most {most}", len(reset) <= most
    )
    yield none_of("entries seen that were missing later", ledger.lost)
    yield none_of("entries with another date than before", ledger.redated)


def was_killed(wrong: Wrong, kills: Sequence[float]) -> bool:
    """Whether it was under way when a worker was killed."""
    return any(wrong.start - NEAR <= moment <= wrong.end for moment in kills)


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


def latency(ledger: Ledger, limit: float) -> Iterator[Figure]:
    """The promise is for the stale path. In a storm, new workers start and news come in, too.

    How late a client's own clock woke it is the machine's doing, which the limit allows for.
    """
    for weather in ("site hangs", "storm", "calm"):
        asked = [each for each in ledger.asked if each.weather == weather]
        seconds, overslept = [e.seconds for e in asked], [e.overslept for e in asked]
        allowed = limit + percentile(overslept, 0.999)
        holds = weather != "site hangs" or percentile(seconds, 0.999) < allowed
        value = f"{spread(seconds)}; clients overslept: {spread(overslept)}"
        yield Figure(f"ms, {weather}, {len(asked):,} requests", value, holds, timed=True)


def spread(seconds: Sequence[float]) -> str:
    p50, p99, p999 = (percentile(seconds, share) * MS for share in (0.5, 0.99, 0.999))
    return f"p50 {p50:.1f}, p99 {p99:.1f}, p99.9 {p999:.1f}"


def site_requests(
    fetches: Sequence[Fetch], periods: Mapping[str, float], kills: Sequence[float]
) -> Iterator[Figure]:
    """`periods` in seconds, by how a URL begins. Whatever backoff does, it never shortens one.

    A worker that is killed while it reads leaves its sources to the others, a lease later.
    """
    early, taken_over = [], 0
    for url, moments in by_url(fetches).items():
        for before, after in pairwise(moments):
            if after - before >= period_of(url, periods) * LATE:
                continue
            if any(before - NEAR < kill < after for kill in kills):
                taken_over += 1
            else:
                early.append(f"{url} after {after - before:.2f} s")
    yield Figure("fetches by the site's own log", f"{len(fetches):,}", bool(fetches))
    yield Figure("one more of a URL and period, as its reader was killed", str(taken_over))
    yield none_of("fetches beyond one per URL, period and kill", early)


def by_url(fetches: Sequence[Fetch]) -> dict[str, list[float]]:
    """The moments at which each URL was fetched."""
    moments: dict[str, list[float]] = {}
    for each in fetches:
        moments.setdefault(each.url, []).append(each.at)
    return moments


def period_of(url: str, periods: Mapping[str, float]) -> float:
    return next(seconds for start, seconds in periods.items() if url.startswith(start))


def records(found: Sequence[Record], site: Site) -> Iterator[Figure]:
    known = Counter(record.id.removeprefix(ARXIV_ABS).partition("v")[0] for record in found)
    listed = {paper.id: paper for paper in site.papers}
    yield Figure("papers listed by the site", str(len(listed)))
    yield none_of("lost records", sorted(listed.keys() - known.keys()))
    yield none_of("invented records", sorted(known.keys() - listed.keys()))
    yield none_of("doubled records", [id_ for id_, count in known.items() if count > 1])
    votes = {record.id.removeprefix(ARXIV_ABS): record.numbers.get("upvotes") for record in found}
    yield none_of(
        "records with other votes than the site's",
        [
            f"{id_}: {votes[id_]}, not {paper.upvotes}"
            for id_, paper in listed.items()
            if id_ in votes and votes[id_] != paper.upvotes
        ],
    )


def tracebacks(log: str) -> Iterator[str]:
    """The error that each ended with, and the last line of ours on the way."""
    lines = iter(log.splitlines())
    for line in lines:
        if "Traceback" in line:
            inner = ""
            for next_line in lines:
                if not next_line.startswith(" "):
                    yield f"{next_line} {inner}"
                    break
                if "/feedproxy/" in next_line or not inner:
                    inner = next_line.strip()
