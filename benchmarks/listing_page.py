"""A listing page of 835 kB to records, against parsing its HTML alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path

from lxml import html

from benchmarks.common import Result, interleaved, options, papers, report
from feedproxy.models import Page
from feedproxy.sources.huggingface import page, parts

DAY = date(2026, 2, 3)
SIZE = 835_000


def rows(corpus: Path) -> Iterator[dict[str, object]]:
    """As the site's own script gets them."""
    if corpus.exists():
        with gzip.open(corpus, "rt") as lines:
            for line in lines:
                yield json.loads(line)
        return
    for record in papers(2000):
        yield {
            "paper": {
                "id": record.short_id,
                "title": record.title,
                "summary": record.summary,
                "upvotes": record.numbers["upvotes"],
                "authors": [{"name": name} for name in record.authors],
            },
            "title": record.title,
        }


def listing(corpus: Path) -> Page:
    """A page of SIZE bytes as the site writes it: the data in an attribute, then articles."""
    papers_on_it: list[dict[str, object]] = []
    size = 0
    for row in rows(corpus):
        size += len(escape(json.dumps(row), quote=True).encode())
        if size > SIZE:
            break
        papers_on_it.append(row)
    props = {"dailyPapers": papers_on_it, "dateString": DAY.isoformat()}
    body = f'<div data-target="DailyPapers" data-props="{escape(json.dumps(props))}"></div>'
    whole = f"<!doctype html><html><body>{body}</body></html>".encode()
    return Page("https://huggingface.co/papers", whole, datetime(2026, 2, 4, tzinfo=UTC))


def measure(corpus: Path) -> Result:
    read, part = listing(corpus), parts.day(DAY)
    records = page.read(read, part).records
    took, parsing = interleaved(
        lambda: page.read(read, part), lambda: html.document_fromstring(read.body), rounds=20
    )
    name = f"listing page of {len(read.body) / 1e3:.0f} kB to {len(records)} records"
    return Result(name, took * 1e3, "ms", parsing / took, "lxml parsing it", "15 ms")


if __name__ == "__main__":
    given = options()
    report(measure(given.corpus), as_json=given.json)
