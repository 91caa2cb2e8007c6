"""Asking for a page; and, where the user describes pages, page after page as one listing.

All pages of one reading are one listing, so that what is usual for it means something.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from feedproxy.addresses import masked
from feedproxy.errors import FeedproxyError
from feedproxy.models import Listing, Page, Record, Request, Steps

PAGES = 3
"""Where there can be more pages and `pages` is not written."""
MOST_PAGES = 20


class Shown(Protocol):
    """What one page shows."""

    @property
    def records(self) -> tuple[Record, ...]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


def problem_of_pages(written: str) -> str | None:
    """For `Key.check`."""
    return f"at most {MOST_PAGES} pages are read" if int(written) > MOST_PAGES else None


def asked(request: Request) -> Generator[Request, Page | None, Page]:
    """The step that asks, and its answer: `page = yield from asked(request)`."""
    page = yield request
    if page is None:
        raise TypeError("a Request has to be answered with its Page")
    return page


def as_one(
    reading: Generator[Request, Page | None, None], pages: Sequence[Shown], served_by: str
) -> Steps:
    """The steps of `reading`, which puts page after page into `pages`, and their listing.

    Where it fails, the records that came before are kept; an unchanged page is no listing.
    """
    try:
        yield from reading
    except FeedproxyError:
        if any(page.records for page in pages):
            yield _listing(pages, served_by)
        raise
    if pages:
        yield _listing(pages, served_by)


def _listing(pages: Sequence[Shown], served_by: str) -> Listing:
    """Each record once, the first counting."""
    records: dict[str, Record] = {}
    for page in pages:
        for record in page.records:
            records.setdefault(record.id, record)
    notes = dict.fromkeys(note for page in pages for note in page.notes)
    return Listing(tuple(records.values()), served_by=served_by, notes=tuple(notes))


def is_at_home(address: str, home: str) -> bool:
    """What the user's headers open is not for other sites, nor for the open wire."""
    here, there = urlsplit(home), urlsplit(address)
    return here.netloc == there.netloc and there.scheme in (here.scheme, "https")


def not_read(address: str) -> str:
    """The note of a next page that is not at home."""
    return f"the next page is not read: {masked(address)} is another site"
