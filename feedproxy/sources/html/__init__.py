"""Any HTML page as a listing, told where its items and their fields stand.

    url -> page -> items -> `next` -> page -> items ... -> one Listing

A page that fails ends the reading; what came before it is kept. No I/O here.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from feedproxy.errors import NothingFound
from feedproxy.kinds import Key, problem_of
from feedproxy.links import problem_of_address
from feedproxy.models import Page, Request, Source, Steps
from feedproxy.sources.html.items import read_items
from feedproxy.sources.html.selectors import parse_items, parse_selector
from feedproxy.sources.items import FIELDS, REQUIRED
from feedproxy.sources.paging import PAGES, as_one, asked, is_at_home, not_read, problem_of_pages
from feedproxy.sources.shown import Shown

__all__ = ["KEYS", "Shown", "read", "read_items"]


KEYS: Mapping[str, Key] = {
    "url": Key("text", "the page's address", required=True, check=problem_of_address),
    "item": Key(
        "text",
        'what holds one item: CSS, or XPath behind "xpath:"',
        required=True,
        check=problem_of(parse_items),
    ),
    "fields": Key(
        "fields",
        "where each field stands in an item, as css@attribute; of several, the first that finds"
        " something",
        required=True,
        choices=tuple(sorted(FIELDS)),
        needs=REQUIRED,
        check=problem_of(parse_selector),
    ),
    "next": Key("texts", "the link to the next page", check=problem_of(parse_selector)),
    "pages": Key("number", "how many pages are read at most", check=problem_of_pages),
}


def read(source: Source, _now: datetime, _history: Mapping[str, datetime]) -> Steps:
    """All pages as one listing; nothing if the page has not changed.

    Raises what the first failed request raised, or a SourceError; what came before is kept.
    """
    pages: list[Shown] = []
    yield from as_one(_pages(source, pages), pages, "html")


def _pages(source: Source, pages: list[Shown]) -> Generator[Request, Page | None, None]:
    """Page after page into `pages`, until nothing new comes."""
    options = source.options
    most = options.get("pages", PAGES) if "next" in options else 1
    url, ids = options["url"], set[str]()
    visited: set[str] = set()
    while url and url not in visited and len(visited) < most:
        visited.add(url)
        came = yield from asked(Request(url, may_be_unchanged=most == 1))
        if came.status == 304:
            return
        shown = _shown(came, options, first=not pages)
        home = options["url"] if source.headers else came.url
        pages.append(_at_home(shown, home))
        if shown.trouble:
            raise shown.trouble
        before = len(ids)
        ids.update(record.id for record in shown.records)
        url = pages[-1].following if len(ids) > before else ""


def _shown(came: Page, options: Mapping[str, Any], *, first: bool) -> Shown:
    """A page beyond the first may be empty: so some sites end."""
    try:
        return read_items(came, options)
    except NothingFound as error:
        if first:
            raise
        return Shown((), notes=(f"ended at {error}",))


def _at_home(shown: Shown, home: str) -> Shown:
    if not shown.following or is_at_home(shown.following, home):
        return shown
    return replace(shown, following="", notes=(*shown.notes, not_read(shown.following)))
