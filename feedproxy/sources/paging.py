"""Asking for a page; and, where the user describes pages, page after page as one listing.

All pages of one reading are one listing, so that what is usual for it means something.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from feedproxy.addresses import masked
from feedproxy.errors import FeedproxyError, NothingFound
from feedproxy.kinds import Key
from feedproxy.models import Listing, Page, Record, Request, Source, Steps
from feedproxy.sources.shown import Shown

PAGES = 3
"""Where there can be more pages and `pages` is not written."""
MOST_PAGES = 20

Look = Callable[[Page, Mapping[str, Any]], Shown]
"""(page, the source's options) -> what it shows."""

Following = Callable[[Source, list[Shown], Page], str]
"""(source, its pages until now, the last as it came) -> the next one's address; empty: none."""


def _too_many(written: str) -> str | None:
    return f"at most {MOST_PAGES} pages are read" if int(written) > MOST_PAGES else None


PAGES_KEY = Key("number", "how many pages are read at most", check=_too_many)


def asked(request: Request) -> Generator[Request, Page | None, Page]:
    """The step that asks, and its answer: `page = yield from asked(request)`."""
    page = yield request
    if page is None:
        raise TypeError("a Request has to be answered with its Page")
    return page


def as_one(source: Source, address: str, look: Look, following: Following, *, paged: bool) -> Steps:
    """Page after page from `address` on, until nothing new comes, as one listing.

    None if nothing has changed, which is asked where there is one page only. Raises what the first
    failed request raised, or a SourceError; what came before is kept.
    """
    most = source.options.get("pages", PAGES) if paged else 1
    pages: list[Shown] = []
    records: dict[str, Record] = {}
    visited: set[str] = set()
    try:
        while address and address not in visited and len(visited) < most:
            visited.add(address)
            came = yield from asked(Request(address, may_be_unchanged=most == 1))
            if came.status == 304:
                break
            pages.append(_shown(look, came, source, first=not pages))
            new = {each.id: each for each in pages[-1].records if each.id not in records}
            records |= new
            if pages[-1].trouble:
                raise pages[-1].trouble
            address = following(source, pages, came) if new else ""
    except FeedproxyError:
        if records:
            yield _listing(source, pages, records)
        raise
    if pages:
        yield _listing(source, pages, records)


def _shown(look: Look, came: Page, source: Source, *, first: bool) -> Shown:
    """A page beyond the first may have no items: so some sites end."""
    try:
        return look(came, source.options)
    except NothingFound as error:
        if first:
            raise
        return Shown((), notes=(f"ended at {error}",))


def _listing(source: Source, pages: Sequence[Shown], records: Mapping[str, Record]) -> Listing:
    notes = dict.fromkeys(note for page in pages for note in page.notes)
    return Listing(tuple(records.values()), served_by=source.kind, notes=tuple(notes))


def at_home(source: Source, pages: list[Shown], came: Page, address: str) -> str:
    """The address that the page names as the next one; empty, with a note, if it is elsewhere.

    What the user's headers open is not for other sites, nor for the open wire.
    """
    here = urlsplit(source.options["url"] if source.headers else came.url)
    there = urlsplit(address)
    if not address or (here.netloc == there.netloc and there.scheme in (here.scheme, "https")):
        return address
    note = f"the next page is not read: {masked(address)} is another site"
    pages[-1] = replace(pages[-1], notes=(*pages[-1].notes, note))
    return ""
