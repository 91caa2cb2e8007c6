"""Any feed: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed, podcasts and media included.

    page -> text -> lean XML -> feedparser -> items -> records -> Listing
                 or JSON                   -> items

One request, of which the site may say that nothing has changed. No I/O here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedproxy.errors import NothingFound
from feedproxy.kinds import Key
from feedproxy.links import problem_of_address
from feedproxy.models import Listing, Page, Request, Source, Steps
from feedproxy.sources.documents import text_of
from feedproxy.sources.feed import jsonfeed, page, records, syndication
from feedproxy.sources.feed.tokens import root
from feedproxy.sources.paging import asked

__all__ = ["KEYS", "parse", "read"]

KEYS: Mapping[str, Key] = {
    "url": Key("text", "the feed's address", required=True, check=problem_of_address),
}

ESCAPE = b"\x1b"
"""Changes the charset in ISO-2022, whose bytes are all valid UTF-8."""


def read(source: Source, _now: datetime, _history: Mapping[str, datetime]) -> Steps:
    """The feed as it is now, or nothing if it has not changed. Raises SourceError."""
    came = yield from asked(Request(source.options["url"], may_be_unchanged=True))
    if came.status != 304:
        yield parse(came, source.options["url"])


def parse(came: Page, home: str = "") -> Listing:
    """`home`: the address in the rules, if it is in any. Raises NothingFound for what is no feed,
    naming what it is, and Damaged.
    """
    text = _text(came)
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        found = jsonfeed.read(text.encode("utf-8", "replace"), came.url, came.fetched)
    elif (start := root(text)) is not None:
        found = syndication.read(text, start, came.url, came.fetched)
    else:
        raise NothingFound(came.url, page.described(text, came.url))
    return records.listing(found, came.url, home or came.url, came.fetched)


def _text(came: Page) -> str:
    """What is valid UTF-8 is nothing else, whatever the header or the declaration says."""
    for mark, encoding in ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")):
        if came.body.startswith(mark):
            return came.body.decode(encoding, "replace")
    if ESCAPE not in came.body:
        try:
            return came.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    return text_of(came)
