"""A feed of 200 entries written again after 5 new ones, against feedgen writing all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from benchmarks.common import NOW, Result, interleaved, options, papers, report
from feedproxy.formats import FORMATS
from feedproxy.models import Entry, Feed, Record
from feedproxy.splicing import Splicer

NEW = 5


def entry(record: Record) -> Entry:
    return Entry(record.id, record, NOW, NOW, ("spiking neural network", "10 upvotes"), 12)


def feed_of(records: Iterable[Record]) -> Feed:
    return Feed(
        topic="spiking",
        title="Spiking papers",
        id="tag:feedproxy.invalid,2026:spiking",
        updated=NOW,
        home="https://papers.example/topics/spiking",
        base="https://papers.example/feeds/spiking",
        ttl=timedelta(minutes=30),
        entries=tuple(map(entry, records)),
    )


def measure(entries: int, rounds: int, format_name: str = "atom") -> tuple[Result, Result]:
    """With the new entries to be written, which bounds it at `entries / NEW`; and with none."""
    format_ = FORMATS[format_name]
    arriving = papers(entries + NEW * rounds)
    feed = feed_of(islice(arriving, entries))
    splicer = Splicer()
    splicer.write(feed, format_)

    def spliced() -> None:
        splicer.write(feed, format_)

    def whole() -> None:
        format_.write(feed)

    best = [float("inf")] * 3
    for _ in range(rounds):
        newest = tuple(map(entry, islice(arriving, NEW)))
        feed = replace(feed, entries=(*newest, *feed.entries)[:entries])
        best = list(map(min, best, interleaved(spliced, spliced, whole, rounds=1)))
    with_new, with_none, all_ = best

    def result(what: str, took: float, goal: str = "") -> Result:
        name = f"warm path, {entries} {format_name} entries, {what}"
        return Result(name, took * 1e6, "us", all_ / took, "the whole feed by feedgen", goal)

    goal = f"100 times; writing {NEW} of {entries} allows {entries / NEW:.0f}"
    return result("all written before", with_none), result(f"{NEW} of them new", with_new, goal)


if __name__ == "__main__":
    given = options(entries=200, rounds=20)
    for result in measure(given.entries, given.rounds):
        report(result, as_json=given.json)
