"""What a worker keeps in memory that answers from 10,000 records and 1,000 topics.

Each topic's feed was asked for once, as Atom. The baseline is the program without any.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.common import Result, options, report
from benchmarks.hot_path import config, unreachable
from benchmarks.loading import write
from feedproxy.assemble import assemble
from feedproxy.config import Config
from feedproxy.web import create_app

GOAL = "150 MB"


def resident() -> float:
    """MB of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def serving(made: Config) -> float:
    pipeline = assemble(made, unreachable)
    pipeline.refresher.stop()
    client = create_app(pipeline, made).test_client()
    for topic in pipeline.rules().topics:
        assert client.get(f"/feeds/{topic}.atom").status_code == 200
    return resident()


def measure(records: int, topics: int) -> Result:
    with TemporaryDirectory() as full, TemporaryDirectory() as empty:
        made = config(Path(full), records)
        write(made.rules, topics)
        whole, nothing = alone(made), alone(config(Path(empty), 0))
    name = f"memory of a worker, {records:,} records, {topics:,} topics"
    return Result(name, whole, "MB", whole / nothing, "the program with nothing to serve", GOAL)


def alone(made: Config) -> float:
    """In a process that has done nothing else."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(serving, made).result()


if __name__ == "__main__":
    given = options(records=10_000, topics=1000)
    report(measure(given.records, given.topics), as_json=given.json)
