"""What a worker keeps in memory that answers from 10,000 records and 1,000 topics.

Each topic's feed was asked for once, as Atom. The worker is forked, as servers do it, from a
process that has loaded the program: first all that it holds, then what is its own, which is what
one more worker takes. The baseline is a worker with nothing to serve.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.common import Result, options, report
from benchmarks.hot_path import config, unreachable
from benchmarks.load import memory
from benchmarks.loading import write
from feedproxy.assemble import assemble
from feedproxy.config import Config
from feedproxy.gunicorn_conf import share_program
from feedproxy.web import create_app

GOAL = "150 MB"


def resident() -> float:
    """MB of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


class Held(NamedTuple):
    """MB."""

    in_all: float
    own: float


def serving(made: Config) -> Held:
    pipeline = assemble(made, unreachable)
    pipeline.refresher.stop()
    client = create_app(pipeline, made).test_client()
    for topic in pipeline.rules().topics:
        assert client.get(f"/feeds/{topic}.atom").status_code == 200
    return Held(resident(), memory(os.getpid()) / 1e6)


def measure(records: int, topics: int) -> Iterator[Result]:
    with TemporaryDirectory() as full, TemporaryDirectory() as empty:
        made = config(Path(full), records)
        write(made.rules, topics)
        whole, nothing = in_a_worker(made), in_a_worker(config(Path(empty), 0))
    name = f"memory of a worker, {records:,} records, {topics:,} topics"
    baseline = "one with nothing to serve"
    in_all, own = whole.in_all, whole.own
    yield Result(f"{name}, in all", in_all, "MB", in_all / nothing.in_all, baseline, GOAL)
    yield Result(f"{name}, its own", own, "MB", own / nothing.own, baseline, GOAL)


def in_a_worker(made: Config) -> Held:
    """Of a server that has done nothing else."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(forked, made).result()


def forked(made: Config) -> Held:
    share_program()
    with ProcessPoolExecutor(1, get_context("fork")) as pool:
        return pool.submit(serving, made).result()


if __name__ == "__main__":
    given = options(records=10_000, topics=1000)
    for result in measure(given.records, given.topics):
        report(result, as_json=given.json)
