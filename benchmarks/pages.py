"""Every kind of page over an archive of 10,000 records, against the same over 300.

In one process, without a server, each page looked at once before: the first look at a
topic judges the whole archive. `tests/browser` asks what the pages weigh.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient

from benchmarks.common import Result, interleaved, options, report
from benchmarks.hot_path import config, unreachable
from feedproxy.assemble import assemble
from feedproxy.web import create_app

RULES = """
sources: {hf-daily: {kind: huggingface}}
topics:
  agents:
    include: [agent, reasoning, {abstract: [benchmark, "language model*"]}]
    exclude: [title: survey]
    where: {upvotes: {min: 10}}
"""
EDIT = """
topics:
  agents:
    include: [spiking neural network, neuromorphic, SNN, typed {}]
    exclude: [title: survey]
    where: {{upvotes: {{min: 10}}}}
"""
FEW = 300
GOAL = "50 ms"
PAGES = {
    "topics": "/",
    "included": "/topics/agents",
    "near": "/topics/agents?view=near",
    "excluded": "/topics/agents?view=excluded",
    "excluded, a page far back": "/topics/agents?view=excluded&page={far}",
    "search that finds": "/topics/agents?view=excluded&q=mod",
    "search that finds nothing": "/topics/agents?q=nobody+writes+this",
    "search of another view": "/topics/agents?q=survey",
    "why": "/topics/agents/why/{included}",
    "why not": "/topics/agents/why/{excluded}",
    "sources": "/sources",
    "playground": "/try?topic=agents",
    "not found": "/topics/agent",
}


def visitor(folder: Path, records: int) -> tuple[FlaskClient, dict[str, str]]:
    """Of an archive with `records`; and the addresses of its pages, each looked at once."""
    folder.mkdir()
    made = config(folder, records)
    (folder / "rules" / "topics.yaml").write_text(RULES)
    pipeline = assemble(made, unreachable)
    pipeline.refresher.stop()
    preview = pipeline.catalogue.preview("agents")
    names = {
        "far": len(preview.excluded) // 30,
        "included": preview.included[0].record.short_id,
        "excluded": preview.excluded[0].record.short_id,
    }
    client = create_app(pipeline, made).test_client()
    addresses = {page: path.format(**names) for page, path in PAGES.items()}
    for address in addresses.values():
        assert client.get(address).status_code in (200, 404), address
    return client, addresses


def typing(client: FlaskClient) -> Callable[[], object]:
    """Another text each time, as from one keystroke to the next."""
    texts = map(EDIT.format, count())
    return lambda: client.post("/try", data={"text": next(texts), "topic": "agents"})


def works(client: FlaskClient, addresses: dict[str, str]) -> dict[str, Callable[[], object]]:
    looks = {page: partial(client.get, address) for page, address in addresses.items()}
    return {**looks, "playground, an edit": typing(client)}


def measure(folder: Path, records: int, rounds: int) -> list[Result]:
    """The slowest last."""
    large = works(*visitor(folder / "large", records))
    small = works(*visitor(folder / "small", FEW))
    results = []
    for page, work in large.items():
        took, few = interleaved(work, small[page], rounds=rounds)
        name, baseline = f"page, {page}, {records:,} records", f"{FEW} records, same process"
        results.append(Result(name, took * 1e3, "ms", took / few, baseline, GOAL))
    return sorted(results, key=lambda result: result.value)


if __name__ == "__main__":
    given = options(records=10_000, rounds=9)
    with TemporaryDirectory() as place:
        for result in measure(Path(place), given.records, given.rounds):
            report(result, as_json=given.json)
