"""Any feed: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed, podcasts and media included.

    page -> text -> lean XML -> feedparser -> items -> records -> Listing
                 or JSON                   -> items

One request, to which the site may answer that nothing has changed. No I/O here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedproxy.errors import NothingFound
from feedproxy.kinds import Key
from feedproxy.links import problem_of_address
from feedproxy.models import Listing, Page, Request, Source, Steps
from feedproxy.sources.documents import data_text
from feedproxy.sources.feed import jsonfeed, records, syndication, webpage
from feedproxy.sources.feed.tokens import find_root
from feedproxy.sources.paging import ask

__all__ = ["KEYS", "parse", "read"]

KEYS: Mapping[str, Key] = {
    "url": Key("text", "the feed's address", required=True, check=problem_of_address),
}


def read(source: Source, _now: datetime, _history: Mapping[str, datetime]) -> Steps:
    """The feed as it is now, or nothing if it has not changed. Raises SourceError."""
    page = yield from ask(Request(source.options["url"], may_be_unchanged=True))
    if page.status != 304:
        yield parse(page, source.options["url"])


def parse(page: Page, home: str = "") -> Listing:
    """`home` is the feed's address in the rules, if it has one.

    Raises NothingFound, which says what the page is, if it is no feed; and Damaged.
    """
    text = data_text(page)
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        found = jsonfeed.read(text.encode("utf-8", "replace"), page.url, page.fetched)
    elif (start := find_root(text)) is not None:
        found = syndication.read(text, start, page.url, page.fetched)
    else:
        raise NothingFound(page.url, webpage.described(text, page.url))
    return records.listing(found, page.url, home or page.url, page.fetched)
