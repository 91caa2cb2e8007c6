"""What the benchmarks share: papers to work on, a stopwatch, and the one line at the end."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from feedproxy.models import ARXIV_ABS, Appearance, Reading, Record, listed_at

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "hf-json"
PAPERS = CORPUS / "records_2024-05_2026-02.ndjson.gz"
"""6,951 real papers, one a line; where they are absent, papers are invented."""
WORDS = ("agent", "reasoning", "model", "survey")
"""What benchmarks look for is in invented papers, too, about as often as in real ones."""
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCE = "hf-daily"


@dataclass(frozen=True)
class Result:
    """The figure of a benchmark, and how it compares within the same run."""

    name: str
    value: float
    unit: str
    ratio: float
    baseline: str
    goal: str = ""

    def __str__(self) -> str:
        figures = f"{self.value:.3g} {self.unit}, {self.ratio:.3g} x baseline"
        return f"{self.name}: {figures} (baseline: {self.baseline})"


def options(**defaults: int | str) -> argparse.Namespace:
    """`--json`, and an option for each of `defaults`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--corpus", type=Path, default=PAPERS, help="papers, one a line, gzipped")
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    return parser.parse_args()


def report(result: Result, *, as_json: bool) -> None:
    """The machine once, the goal, and last the line that a person and a program can read."""
    if as_json:
        print(json.dumps({**asdict(result), "machine": machine()}))
        return
    _tell_machine()
    if result.goal:
        print(f"goal: {result.goal}")
    print(result)


@cache
def _tell_machine() -> None:
    print(f"on {machine()}")


def machine() -> str:
    model = "unknown processor"
    with open("/proc/cpuinfo") as lines:  # noqa: PTH123  a pseudo file of Linux
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), model)
    load = os.getloadavg()[0]
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} x {model}, {system}, load {load:.1f}"


def seconds(work: Callable[[], object], *, rounds: int = 5) -> float:
    """The quickest of `rounds`: what else the machine does only ever adds."""
    best = float("inf")
    for _ in range(rounds):
        begun = perf_counter()
        work()
        best = min(best, perf_counter() - begun)
    return best


def interleaved(*works: Callable[[], object], rounds: int = 5) -> list[float]:
    """The quickest of each, in turns, so that a busy moment strikes all alike."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, work in enumerate(works):
            best[place] = min(best[place], seconds(work, rounds=1))
    return best


def papers(count: int, corpus: Path = PAPERS) -> Iterator[Record]:
    """`count` records: the recorded ones, again and again under other ids."""
    rows = _recorded(corpus) if corpus.exists() else _invented()
    for number in range(count):
        row = rows[number % len(rows)]
        yield _record(row, number // len(rows))


def _recorded(corpus: Path) -> Sequence[dict[str, Any]]:
    with gzip.open(corpus, "rt") as lines:
        return [json.loads(line) for line in lines]


def _invented() -> Sequence[dict[str, Any]]:
    """Titles and abstracts of made-up words, the frequent ones frequent as in any language, and
    of WORDS.
    """
    dice = random.Random(1)  # the same papers in each run
    words = ["".join(dice.choices("aeioulnrst", k=dice.randint(2, 9))) for _ in range(5000)]
    words[20:20] = WORDS
    weights = [1 / rank for rank in range(1, len(words) + 1)]

    def text(length: int) -> str:
        return " ".join(dice.choices(words, weights, k=length))

    return [
        {
            "paper": {"id": f"2611.{n:05}", "title": text(10), "summary": text(170), "upvotes": n},
            "_listing_date": f"2026-{1 + n % 9:02}-{1 + n % 28:02}",
        }
        for n in range(2000)
    ]


def _record(row: dict[str, Any], round_: int) -> Record:
    paper = row["paper"]
    moment = listed_at(date.fromisoformat(row["_listing_date"]), NOW)
    id_ = ARXIV_ABS + paper["id"] + (f"{round_:02}" if round_ else "")
    return Record(
        id=id_,
        link=id_,
        title=" ".join(paper["title"].split()),
        summary=" ".join(paper["summary"].split()),
        authors=tuple(author["name"] for author in paper.get("authors", ())),
        tags=tuple(paper.get("ai_keywords") or ()),
        pdf=f"https://arxiv.org/pdf/{paper['id']}",
        thumbnail=row.get("thumbnail") or "",
        published=moment,
        numbers={"upvotes": paper["upvotes"]},
        readings=(Reading(SOURCE, "upvotes", paper["upvotes"], moment + timedelta(days=1)),),
        appearances=(Appearance(SOURCE, moment, moment),),
    )
