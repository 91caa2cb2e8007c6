"""What arXiv announced last in some categories: one batch a day, from Monday to Friday.

A batch is recognised by its newest id. If that is still the same on a later day, it is the old
batch again: it is read under its own day, and called stale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lxml import etree

from feedproxy.models import Listing, Page, Request, Source, Steps
from feedproxy.sources.arxiv import entries
from feedproxy.sources.arxiv.entries import ARXIV, ATOM, text
from feedproxy.sources.items import gather
from feedproxy.sources.paging import ask

SITE = "https://rss.arxiv.org"
TYPES = ("new", "cross", "replace")
USUAL = ("new", "cross")

OUT_AFTER = timedelta(hours=8)
"""After midnight UTC. Announcements come at midnight in New York; they may be three hours late."""
DAY = timedelta(days=1)

_PART = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)(?: up to (?P<newest>\S+))?", re.ASCII)
_NUMBER = re.compile(r"(\d{4})\.(\d{4,5})(?:v\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Batch:
    """What identifies an announcement."""

    day: date
    newest: str = ""
    """The id of its newest paper, with version; empty if nothing was announced on that day."""

    @property
    def part(self) -> str:
        return f"{self.day} up to {self.newest}" if self.newest else f"{self.day}"


def read(source: Source, now: datetime, history: Mapping[str, datetime], base: str) -> Steps:
    """The current batch. A site that must have a newer one is asked unconditionally."""
    known = list(filter(None, map(_batch_of, history)))
    newest_day = max((batch.day for batch in known), default=None)
    up_to_date = newest_day is not None and newest_day >= due(now)
    url = f"{base}/atom/{'+'.join(source.options['categories'])}"
    page = yield from ask(Request(url, may_be_unchanged=up_to_date))
    if page.status != 304:
        yield listing(page, source.options.get("announce", USUAL), known)


def due(now: datetime) -> date:
    """The day of the newest announcement that must be out."""
    day = (now - OUT_AFTER).date()
    return day - max(0, day.weekday() - 4) * DAY


def listing(page: Page, announce: tuple[str, ...], known: list[Batch]) -> Listing:
    """The page's papers of the wanted types; `known` are the batches that were read before."""
    root = entries.root(page)
    found = root.findall(f"{ATOM}entry")
    come = _batch(root, found, page.fetched)
    same = [batch for batch in known if batch.newest and batch.newest == come.newest]
    batch = min([come, *same], key=lambda each: each.day)
    wanted = [entry for entry in found if _type(entry) in announce]
    papers = gather(wanted, lambda entry: entries.record(entry, batch.day, page.fetched))
    return Listing(
        papers.records, batch.part, "announcements", papers.notes, _stale(batch, page.fetched)
    )


def _stale(batch: Batch, now: datetime) -> str:
    if batch.day >= due(now):
        return ""
    newest = f" (newest id {batch.newest})" if batch.newest else ""
    return f"stale: the announcement of {batch.day} again{newest}, that of {due(now)} is missing"


def _batch(root: etree._Element, found: list[etree._Element], seen: datetime) -> Batch:
    stamps = [text(each, f"{ATOM}published") for each in found[:1]]
    stamps += [text(root, f"{ATOM}updated")]
    days = filter(None, map(entries.day, stamps))
    day = min(next(days, seen.date()), seen.date())
    return Batch(day, max(map(entries.versioned_id, found), key=_age, default=""))


def _batch_of(part: str) -> Batch | None:
    found = _PART.fullmatch(part)
    try:
        return Batch(date.fromisoformat(found["day"]), found["newest"] or "") if found else None
    except ValueError:
        return None


def _age(versioned_id: str) -> tuple[int, int]:
    """A key that sorts ids by age, the oldest first; ids from before 2007 are the oldest."""
    found = _NUMBER.fullmatch(versioned_id)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _type(entry: etree._Element) -> str:
    return text(entry, f"{ARXIV}announce_type").strip().removesuffix("-cross") or "new"
