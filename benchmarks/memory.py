"""What a worker keeps in memory that answers from 10,000 records and 1,000 topics.

It is gunicorn's, as `feedproxy serve` starts it; eight clients at once ask for each topic's feed,
as Atom. First all that it holds, then what is its own, which is what one more worker takes. The
baseline is a worker with nothing to serve.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.common import Result, options, report
from benchmarks.hosts import feedproxy
from benchmarks.hot_path import PATH, config
from benchmarks.load import children, memory, once, request
from benchmarks.loading import write

CLIENTS = 8
GOAL = "150 MB"


def resident(pid: int | str = "self") -> float:
    """MB of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


class Held(NamedTuple):
    """MB."""

    in_all: float
    own: float


def serving(records: int, topics: int) -> Held:
    """By a worker that was asked for the feed of each topic."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(config(folder, records).rules, topics)
        paths = [PATH, *(f"/feeds/topic-{number}.atom" for number in range(topics))]
        with feedproxy(folder, "gunicorn", workers=1) as host, ThreadPoolExecutor(CLIENTS) as pool:
            asked = [request(path, Accept_Encoding="gzip") for path in paths]
            for answer in pool.map(partial(once, host.address), asked):
                assert answer.status == 200, answer.body
            [worker] = children(host.pid)
            return Held(resident(worker), memory(worker) / 1e6)


def measure(records: int, topics: int) -> Iterator[Result]:
    whole, nothing = serving(records, topics), serving(0, 0)
    name = f"memory of a worker, {records:,} records, {topics:,} topics"
    baseline = "one with nothing to serve"
    in_all, own = whole.in_all, whole.own
    yield Result(f"{name}, in all", in_all, "MB", in_all / nothing.in_all, baseline, GOAL)
    yield Result(f"{name}, its own", own, "MB", own / nothing.own, baseline, GOAL)


if __name__ == "__main__":
    given = options(records=10_000, topics=1000)
    for result in measure(given.records, given.topics):
        report(result, as_json=given.json)
