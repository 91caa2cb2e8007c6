"""Invented records, and programs that the archive's tests run as processes of their own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from feedproxy.archive import Archive
from feedproxy.models import Listing, Record, SourceState

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def record(number: int = 1, **changes: Any) -> Record:
    """An invented paper with all that the best parser knows of it."""
    link = f"https://arxiv.org/abs/2611.{number:05}"
    known = {
        "id": link,
        "link": link,
        "title": f"Paper {number} on pulse-coded circuits",
        "published": NOON,
        "summary": "We let small circuits count pulses.",
        "authors": ("Ada Example", "Bo Sample"),
        "numbers": {"upvotes": 3},
    }
    return Record(**{**known, **changes})


def listing(*records: Record, part: str = "") -> Listing:
    return Listing(records, part)


def state(archive: Archive, source: str = "hf") -> SourceState:
    """As it is now: who judges by it may take the source."""
    return archive.states().get(source, SourceState(source))


def write(url: str, first: str) -> None:
    """Remember one record after another for ever, and print the number of each that is safe."""
    archive = Archive(url)
    for number in range(int(first), 90_000):
        archive.remember("hf", listing(record(number, numbers={"upvotes": number})), NOW)
        print(number, flush=True)


def hold(url: str, ttl: str) -> None:
    """Take the lease of `hf`, say so, and hang."""
    lease = Archive(url).take("hf", "hanging", float(ttl), SourceState("hf"))
    print(lease.token if lease else None, flush=True)
    sys.stdin.read()


def contend(url: str, owner: str, times: str) -> None:
    """Take the lease of `hf` so many times; print when it was held, by one clock."""
    archive = Archive(url, wait=60, read_wait=60)  # on a busy machine others write for long
    left = int(times)
    while left:
        if lease := archive.take("hf", owner, 60, state(archive)):
            began = time.monotonic_ns()
            archive.renew(lease, 60)
            print(lease.token, began, time.monotonic_ns(), flush=True)
            archive.succeeded(lease, NOW - HOUR, NOW)
            left -= 1


def tell(url: str, source: str, papers: str) -> None:
    """Remember so many papers by names of the source's own; only their DOIs are others', too."""
    archive = Archive(url, wait=60)
    for number in range(int(papers)):
        own = f"https://{source}.example/{number}"
        named = record(number, id=own, link=own, doi=f"10.1234/{number}")
        archive.remember(source, listing(named), NOW)
    print("told", flush=True)


def ask(url: str, times: str, apart: str) -> None:
    """Reserve a turn at arXiv so many times; print how long each has to wait."""
    archive = Archive(url)
    for _ in range(int(times)):
        print(archive.kept.reserve("arxiv", float(apart)), flush=True)


PROGRAMS: dict[str, Callable[..., None]] = {
    "ask": ask,
    "write": write,
    "hold": hold,
    "contend": contend,
    "tell": tell,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
