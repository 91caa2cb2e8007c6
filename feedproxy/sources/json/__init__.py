"""Any JSON API as a listing, told where its items and their fields stand.

    url -> answer -> items -> {page}, {offset} or cursor -> answer -> items ... -> one Listing

An answer that fails ends the reading; what came before it is kept. No I/O here.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from feedproxy.errors import NothingFound
from feedproxy.kinds import Key, problem_of
from feedproxy.links import absolute, problem_of_address
from feedproxy.models import Page, Request, Source, Steps
from feedproxy.sources.items import FIELDS, REQUIRED
from feedproxy.sources.json import paths
from feedproxy.sources.json.items import read_items
from feedproxy.sources.paging import PAGES, as_one, asked, is_at_home, not_read, problem_of_pages
from feedproxy.sources.shown import Shown

__all__ = ["KEYS", "Shown", "read", "read_items"]

LIMIT = 100
"""What `{limit}` is filled with where `limit` is not written."""

_PLACES = ("offset", "limit", "page", "cursor")
_PLACE = re.compile(r"\{([^{}]*)\}")


def _problem_of_url(written: str) -> str | None:
    for place in _PLACE.findall(written):
        if place not in _PLACES:
            known = ", ".join(f"{{{each}}}" for each in _PLACES)
            return f"{{{place}}} is none of the places that are filled: {known}"
    return problem_of_address(_PLACE.sub("0", written))


KEYS: Mapping[str, Key] = {
    "url": Key(
        "text",
        "the address, which may hold {offset}, {limit}, {page} and {cursor}",
        required=True,
        check=_problem_of_url,
    ),
    "items": Key(
        "text",
        "the JMESPath of the list of items; the whole answer by default",
        default="@",
        check=problem_of(paths.parse_path),
    ),
    "fields": Key(
        "fields",
        "the JMESPath of each field in an item, or an address to fill, as https://…/{id}; of"
        " several, the first that finds something",
        required=True,
        choices=tuple(sorted(FIELDS)),
        needs=REQUIRED,
        check=problem_of(paths.parse),
    ),
    "limit": Key("number", "how many items a page has; one with fewer is the last"),
    "first": Key("number", "what {page} is on the first page; 0 by default", least=0),
    "pages": Key("number", "how many pages are read at most", check=problem_of_pages),
    "cursor": Key(
        "text",
        "the JMESPath of what {cursor} is filled with on the next page, or of its whole address",
        check=problem_of(paths.parse_path),
    ),
}


def read(source: Source, _now: datetime, _history: Mapping[str, datetime]) -> Steps:
    """All pages as one listing; nothing if the answer has not changed.

    Raises what the first failed request raised, or a SourceError; what came before is kept.
    """
    pages: list[Shown] = []
    yield from as_one(_pages(source, pages), pages, "json")


def _pages(source: Source, pages: list[Shown]) -> Generator[Request, Page | None, None]:
    """Page after page into `pages`, until one is short or brings nothing new."""
    options = source.options
    most = options.get("pages", PAGES) if _is_paged(options) else 1
    url, ids = _address(options, 0, 0), set[str]()
    while url and len(pages) < most:
        came = yield from asked(Request(url, may_be_unchanged=most == 1))
        if came.status == 304:
            return
        shown = _shown(came, options, first=not pages)
        pages.append(shown)
        if shown.trouble:
            raise shown.trouble
        before = len(ids)
        ids.update(record.id for record in shown.records)
        if len(ids) == before or shown.items < _size(options):
            return
        home = options["url"] if source.headers else came.url
        url = _following(options, pages, came.url, home)


def _is_paged(options: Mapping[str, Any]) -> bool:
    return "cursor" in options or any(place in options["url"] for place in ("{offset}", "{page}"))


def _size(options: Mapping[str, Any]) -> int:
    """How many items a page has; 0 if that was not said."""
    size: int = options.get("limit", LIMIT if "{limit}" in options["url"] else 0)
    return size


def _shown(came: Page, options: Mapping[str, Any], *, first: bool) -> Shown:
    """A page beyond the first may have no list: so some APIs end."""
    try:
        return read_items(came, options)
    except NothingFound as error:
        if first:
            raise
        return Shown((), notes=(f"ended at {error}",))


def _following(options: Mapping[str, Any], pages: list[Shown], url: str, home: str) -> str:
    """The address of the next page; empty, with a note, if there is none that may be asked."""
    offset = _size(options) * len(pages) or sum(page.items for page in pages)
    cursor = pages[-1].following
    if "cursor" not in options or (cursor and "{cursor}" in options["url"]):
        return _address(options, len(pages), offset, cursor)
    address = cursor and absolute(url, cursor)
    if not address or is_at_home(address, home):
        return address
    pages[-1] = replace(pages[-1], notes=(*pages[-1].notes, not_read(address)))
    return ""


def _address(options: Mapping[str, Any], page: int, offset: int, cursor: str = "") -> str:
    number = options.get("first", 0) + page
    values = {"page": number, "offset": offset, "limit": _size(options), "cursor": cursor}
    return _PLACE.sub(lambda place: quote(str(values[place[1]]), safe=""), options["url"])
