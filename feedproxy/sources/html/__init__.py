"""Any HTML page as a listing, told where its items and their fields stand.

    url -> page -> items -> `next` -> page -> items ... -> one Listing

A page that fails ends the reading; the pages before it are kept. No I/O here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedproxy.kinds import Key, problem_of
from feedproxy.links import problem_of_address
from feedproxy.models import Page, Source, Steps
from feedproxy.sources.html.items import read_items
from feedproxy.sources.html.selectors import parse_items, parse_selector
from feedproxy.sources.items import FIELDS, REQUIRED
from feedproxy.sources.paging import PAGES_KEY, on_same_site, read_pages
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
    "pages": PAGES_KEY,
}


def read(source: Source, _now: datetime, _history: Mapping[str, datetime]) -> Steps:
    options = source.options
    return read_pages(source, options["url"], read_items, _next_address, paged="next" in options)


def _next_address(source: Source, pages: list[Shown], page: Page) -> str:
    return on_same_site(source, pages, page, pages[-1].following)
