"""Asking for one page; and, for kinds whose pages the user describes, page after page.

All pages of one reading make one listing, so that its size can be compared with the usual one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from feedproxy.addresses import masked
from feedproxy.errors import BadStatus, FeedproxyError, NothingFound
from feedproxy.kinds import Key
from feedproxy.links import canonical
from feedproxy.models import Listing, Page, Record, Request, Source, Steps
from feedproxy.sources.shown import Shown

PAGES = 3
"""How many pages are read if there can be more and the rules have no `pages`."""
MOST_PAGES = 20
_NO_SUCH_PAGE = frozenset({400, 404, 410, 422})
"""What sites answer for a page behind the last: WordPress 400, Django's REST framework 404."""

ReadItems = Callable[[Page, Mapping[str, Any]], Shown]
"""(page, the source's options) -> what the page shows."""

NextAddress = Callable[[Source, list[Shown], Page], str]
"""(source, the pages so far, the last of them as it came) -> the next page's address, or empty."""


def _too_many(written: str) -> str | None:
    return f"at most {MOST_PAGES} pages are read" if int(written) > MOST_PAGES else None


PAGES_KEY = Key("number", "how many pages are read at most", check=_too_many)


def ask(request: Request) -> Generator[Request, Page | None, Page]:
    """Asks for a page and returns it: `page = yield from ask(request)`."""
    page = yield request
    if page is None:
        raise TypeError("a Request has to be answered with its Page")
    return page


def read_pages(
    source: Source, address: str, read_items: ReadItems, next_address: NextAddress, *, paged: bool
) -> Steps:
    """Page after page from `address` on, until nothing new comes, as one listing.

    A source of a single page yields no listing if the site says that nothing has changed. Raises
    what the first failed request raised, or a SourceError; what came before that is kept.
    """
    most = source.options.get("pages", PAGES) if paged else 1
    pages: list[Shown] = []
    records: dict[str, Record] = {}
    visited: set[str] = set()
    try:
        while address and address not in visited and len(visited) < most:
            visited.add(address)
            page = yield from ask(Request(address, may_be_unchanged=most == 1))
            if page.status == 304:
                break
            pages.append(read_items(page, source.options))
            new = {each.id: each for each in pages[-1].records if each.id not in records}
            records |= new
            if pages[-1].trouble:
                raise pages[-1].trouble
            address = next_address(source, pages, page) if new else ""
    except FeedproxyError as error:
        end = _end(error) if records else ""
        if records and not end:
            yield _listing(source, pages, records)
        if not end:
            raise
        pages.append(Shown((), notes=(end,)))
    if pages:
        yield _listing(source, pages, records)


def _end(error: FeedproxyError) -> str:
    """A note, if some sites answer so for a page behind the last; else empty."""
    match error:
        case NothingFound():
            return f"ended at {error}"
        case BadStatus(status=status, retry_after=None) if status in _NO_SUCH_PAGE:
            return f"ended at {error.url}, which answered {status}"
    return ""


def _listing(source: Source, pages: Sequence[Shown], records: Mapping[str, Record]) -> Listing:
    notes = dict.fromkeys(note for page in pages for note in page.notes)
    return Listing(tuple(records.values()), served_by=source.kind, notes=tuple(notes))


def on_same_site(source: Source, pages: list[Shown], page: Page, address: str) -> str:
    """`address`, if it is on the same site; else empty, and the last of `pages` gets a note.

    The user's headers may hold secrets, which must not go to other sites, or unencrypted.
    """
    here = urlsplit(canonical(source.options["url"] if source.headers else page.url))
    there = urlsplit(canonical(address))
    if not address or (here.netloc == there.netloc and there.scheme in (here.scheme, "https")):
        return address
    note = f"the next page is not read: {masked(address)} is another site"
    pages[-1] = replace(pages[-1], notes=(*pages[-1].notes, note))
    return ""
