"""How time and memory grow with records, topics and clients, as tables and as plots.

Seconds are those of a core, without waits for the disk: they hold whatever else the machine does.
Memory is measured in a process that has done nothing else. The plots are written beside
`RESULTS.md`, which says where each curve bends and why; `--plots 0` only prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

from benchmarks.common import NOW, Result, options, papers, report
from benchmarks.hosts import hosts
from benchmarks.hot_path import PATH, config, unreachable
from benchmarks.load import ask, cpu_seconds, request
from benchmarks.matching import judged
from benchmarks.memory import resident
from benchmarks.plots import svg
from benchmarks.topics import Topics
from feedproxy.assemble import assemble
from feedproxy.config import Config
from feedproxy.index import Index
from feedproxy.library import Library

WORDS = "topics: {words: {from: [hf-daily], include: [language model, cortex]}}"
"""For a topic with words all records are split into words, once, and indexed by them."""
PLOTS = Path(__file__).parent / "plots"
NEW = 50
"""Records that all topics judge."""
KNOWN = 7000
"""Papers that topics are invented from."""

Row = dict[str, float]


def sizes(first: int, limit: int) -> list[int]:
    """`first` and its tenfolds up to `limit`; at least one."""
    found = [first * 10**power for power in range(6) if first * 10**power <= limit]
    return found or [limit]


def spent(work: Callable[[], object]) -> float:
    begun = process_time()
    work()
    return process_time() - begun


def written(records: int, folder: str) -> Row:
    took = spent(lambda: config(Path(folder), records))
    size = (Path(folder) / "archive.db").stat().st_size
    return {"into the archive, s": took, "archive, MB": size / 1e6} | edited(records)


def started(folder: str) -> Row:
    """From a process with nothing in memory to the first feed, of a topic with words, and what that
    leaves there."""
    place = Path(folder)
    (place / "rules" / "words.yaml").write_text(WORDS)
    made = Config(
        rules=place / "rules",
        database=f"sqlite:///{place}/archive.db",
        public_url="https://papers.example",
    )
    begun = process_time()
    pipeline = assemble(made, unreachable)
    pipeline.rules()
    held = process_time() - begun
    pipeline.feed("words", "atom")
    first = process_time() - begun
    pipeline.refresher.stop()
    return {"start, s": held, "start and first feed, s": first, "worker, MB": resident()}


def edited(records: int) -> Row:
    library, invented = Library(many=10 * records), Topics(list(papers(min(records, KNOWN))))
    library.replace(papers(records))
    library.chosen(invented.topic("first"), NOW)
    topics = [invented.topic(f"new-{number}") for number in range(10)]
    waits = [spent(partial(library.chosen, each, NOW)) for each in topics]
    return {"a new topic, ms": 1e3 * sorted(waits)[len(waits) // 2]}


def alone(work: Callable[..., Row], *given: object) -> Row:
    """In a process that has done nothing else."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def of_records(count: int) -> Row:
    with TemporaryDirectory() as folder:
        row = alone(written, count, folder) | alone(started, folder)
    return {"records": count} | row


def of_topics(count: int) -> Row:
    everything = list(papers(KNOWN))
    topics = {each.topic: each for each in Topics(everything)(count)}
    before, begun = resident(), process_time()
    index = Index(topics.values())
    indexed, grown = process_time() - begun, resident() - before
    new = everything[:: KNOWN // NEW][:NEW]
    took = min(spent(lambda: judged(new, index, topics)) for _ in range(3))
    reached = len(judged(new, index, topics))
    return {
        "topics": count,
        "to index, s": max(indexed, 1e-4),
        f"{NEW} new records, ms": 1e3 * took,
        "us by topic": 1e6 * took / count,
        "verdicts reached": max(reached, 1),
        "index, MB": max(grown, 0.1),
    }


def of_clients(counts: Sequence[int], times: int) -> Iterator[Row]:
    """All ask for the same feed of 79 kB at once, on connections that they keep."""
    with TemporaryDirectory() as folder, hosts(Path(folder), 32) as running:
        for clients in counts:
            row: Row = {"clients": clients}
            for host in running:
                before, turns = cpu_seconds(host.pid), max(times // clients, 2)
                waits = ask(host.address, request(PATH), turns * clients, clients)
                spent = max(cpu_seconds(host.pid) - before, 0.01)
                row[f"{host.name}, requests/core-s"] = turns * clients / spent
                row[f"{host.name}, all answered in ms"] = 1e3 * sorted(waits)[len(waits) // 2]
            yield row


def table(rows: Sequence[Row]) -> str:
    """In Markdown."""
    lines = [" | ".join(rows[0]), " | ".join("---:" for _ in rows[0])]
    lines += [" | ".join(_shown(value) for value in row.values()) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def plot(file: Path, title: str, rows: Sequence[Row], columns: Sequence[str]) -> None:
    x = next(iter(rows[0]))
    lines = {name: [(row[x], row[name]) for row in rows] for name in columns}
    file.parent.mkdir(exist_ok=True)
    file.write_text(svg(title, x, lines), "utf-8")


def growth(rows: Sequence[Row], column: str) -> Result:
    """Of `column`, from the smallest to the largest size."""
    first, last = rows[0], rows[-1]
    by = next(iter(first))
    name, _, unit = column.rpartition(", ")
    return Result(
        f"growth, {name} at {last[by]:,.0f} {by}",
        last[column],
        unit or column,
        last[column] / first[column],
        f"at {first[by]:,.0f} {by}",
    )


class Shown(NamedTuple):
    title: str
    rows: list[Row]
    plotted: Sequence[str]
    told: str
    """The column that the last line is about."""


def measure(records: int, topics: int, clients: int, requests: int) -> Iterator[Shown]:
    yield Shown(
        "Records: time and memory",
        [of_records(count) for count in sizes(1000, records)],
        ("into the archive, s", "start, s", "a new topic, ms", "worker, MB"),
        "start and first feed, s",
    )
    new = f"{NEW} new records, ms"
    yield Shown(
        "Topics: new records against all of them",
        [alone(of_topics, count) for count in sizes(10, topics)],
        ("to index, s", new, "us by topic", "index, MB"),
        new,
    )
    if clients:
        counts = dict.fromkeys([*sizes(1, clients), clients])
        rows = list(of_clients(list(counts), requests))
        plotted = [name for name in rows[0] if name.endswith("core-s")]
        yield Shown("Clients: the same feed at once", rows, plotted, "gunicorn, requests/core-s")


if __name__ == "__main__":
    given = options(records=100_000, topics=100_000, clients=500, requests=4000, plots=1)
    for shown in measure(given.records, given.topics, given.clients, given.requests):
        if not given.json:
            print(f"{table(shown.rows)}\n")
        if given.plots:
            file = PLOTS / f"{next(iter(shown.rows[0]))}.svg"
            plot(file, shown.title, shown.rows, shown.plotted)
        report(growth(shown.rows, shown.told), as_json=given.json)
