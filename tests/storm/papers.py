"""The invented papers that the site lists: eight days of four, and some that appear one by one."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

from tests.invented import Paper

DAYS, PER_DAY, LATE = 8, 4, 15
"""47 in all: a search of the site shows 120 at most."""
WORDS = (
    "spiking",
    "neural",
    "network",
    "attention",
    "rain",
    "forecast",
    "sparse",
    "graph",
    "language",
    "agent",
    "memory",
    "diffusion",
    "survey",
    "routing",
    "vision",
    "théorie",
    "$\\alpha$-divergence",
    "<scale>",
    "&",
    "神经",
)


def invented(today: date, seed: int) -> tuple[list[Paper], list[Paper]]:
    """(listed from the start, listed later), the same for the same seed."""
    chance = random.Random(seed)
    days = [today - timedelta(days=number // PER_DAY) for number in range(DAYS * PER_DAY)]
    made = [_paper(number, day, chance) for number, day in enumerate(days + [today] * LATE, 1)]
    return made[: len(days)], made[len(days) :]


def _paper(number: int, day: date, chance: random.Random) -> Paper:
    title = f"Paper {number} on {' '.join(chance.choices(WORDS, k=5))}"
    summary = " ".join(chance.choices(WORDS, k=120))
    return Paper(f"2611.{number:05}", title, day, summary, upvotes=chance.randrange(10))


def write_days(papers: list[Paper], folder: Path) -> None:
    """As the emulator reads them: a file per day."""
    folder.mkdir()
    for day in {paper.day for paper in papers}:
        rows = [paper.row() for paper in papers if paper.day == day]
        (folder / f"{day}.json").write_text(json.dumps(rows), "utf-8")
