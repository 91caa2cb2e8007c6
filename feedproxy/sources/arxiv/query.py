"""What a query of arXiv's API finds, newest submission first, a hundred at a time.

Each hundred is a listing of its own: what was read is kept if a later one fails, and each is
compared with the same hundred of the last reading. An empty listing, after the last of them, notes
that none of them failed: until there is one for the very same query, all of it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from lxml import etree

from feedproxy.errors import Damaged, NothingFound
from feedproxy.models import Listing, Page, Request, Source, Steps
from feedproxy.sources.arxiv import entries
from feedproxy.sources.arxiv.entries import ATOM, text
from feedproxy.sources.items import gather
from feedproxy.sources.paging import ask

SITE = "https://export.arxiv.org"
PAGE = 100
MOST_PAGES = 10
HELD = timedelta(days=5)
"""How long after its submission a paper may first be found: long weekends, and moderators."""

_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERROR = "arxiv.org/api/errors"


def read(source: Source, history: Mapping[str, datetime], base: str) -> Steps:
    """Reads back to what the last whole reading must have found, or to the thousandth paper."""
    whole = _whole(source.options["query"])
    last = history.get(whole)
    for start in range(0, PAGE * MOST_PAGES, PAGE):
        url = f"{base}/api/query?{_parameters(source.options['query'], start)}"
        page = yield from ask(Request(url))
        found, total = _entries(page, start)
        yield _listing(found, start, page)
        if start + PAGE >= total or (last and _submitted(found[-1], last) < last.date() - HELD):
            break
    yield Listing((), whole, "api")


def _parameters(query: str, start: int) -> str:
    order = {"sortBy": "submittedDate", "sortOrder": "descending"}
    return urlencode({"search_query": query, **order, "start": start, "max_results": PAGE})


def _whole(query: str) -> str:
    """The name under which it is noted when all of the query was read."""
    return f"whole {hashlib.sha256(query.encode()).hexdigest()[:16]}"


def _entries(page: Page, start: int) -> tuple[list[etree._Element], int]:
    """The entries of the page, and how many results there are in all.

    Raises Damaged if arXiv says that there was an error, and NothingFound if the page is empty
    though there are more results: that happens there, and the next attempt brings them.
    """
    root = entries.root(page)
    found = root.findall(f"{ATOM}entry")
    if found and _ERROR in text(found[0], f"{ATOM}id"):
        raise Damaged(page.url, f"arXiv says: {text(found[0], f'{ATOM}summary').strip()[:200]}")
    stated = text(root, f"{_SEARCH}totalResults").strip()
    if not (stated.isascii() and stated.isdigit()) or len(stated) > 9:
        raise Damaged(page.url, "the answer does not say how many results there are")
    if not found and int(stated) > start:
        raise NothingFound(page.url, f"an empty page, though there are {stated} results")
    return found, int(stated)


def _listing(found: list[etree._Element], start: int, page: Page) -> Listing:
    papers = gather(
        found, lambda entry: entries.record(entry, _submitted(entry, page.fetched), page.fetched)
    )
    nothing = () if found else ("the query finds nothing",)
    part = f"{start + 1} to {start + PAGE}"
    return Listing(papers.records, part, "api", (*papers.notes, *nothing))


def _submitted(entry: etree._Element, seen: datetime) -> date:
    """The day on which its first version was submitted."""
    return entries.day(text(entry, f"{ATOM}published")) or seen.date()
