"""Any JSON API as a listing, told where its items and their fields stand.

    url -> answer -> items -> {page}, {offset} or cursor -> answer -> items ... -> one Listing

An answer that fails ends the reading; the ones before it are kept. No I/O here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from feedproxy.kinds import Key, problem_of
from feedproxy.links import absolute, problem_of_address
from feedproxy.models import Page, Source, Steps
from feedproxy.sources.items import FIELDS, REQUIRED
from feedproxy.sources.json import paths
from feedproxy.sources.json.items import read_items
from feedproxy.sources.paging import PAGES_KEY, on_same_site, read_pages
from feedproxy.sources.shown import Shown

__all__ = ["KEYS", "Shown", "read", "read_items"]

LIMIT = 100
"""What `{limit}` is filled with if the rules have no `limit`."""

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
    "pages": PAGES_KEY,
    "cursor": Key(
        "text",
        "the JMESPath of what {cursor} is filled with on the next page, or of its whole address",
        check=problem_of(paths.parse_path),
    ),
}


def read(source: Source, _now: datetime, _history: Mapping[str, datetime]) -> Steps:
    first, paged = _address(source.options, 0, 0), _is_paged(source.options)
    return read_pages(source, first, read_items, _next_address, paged=paged)


def _is_paged(options: Mapping[str, Any]) -> bool:
    return "cursor" in options or any(place in options["url"] for place in ("{offset}", "{page}"))


def _size(options: Mapping[str, Any]) -> int:
    """How many items a full page has; 0 if that is not known."""
    size: int = options.get("limit", LIMIT if "{limit}" in options["url"] else 0)
    return size


def _next_address(source: Source, pages: list[Shown], page: Page) -> str:
    """The next page's address; empty after a page with fewer items than a full one."""
    options, last, size = source.options, pages[-1], _size(source.options)
    if last.items < size:
        return ""
    if "cursor" not in options or (last.following and "{cursor}" in options["url"]):
        offset = size * len(pages) or sum(page.items for page in pages)
        return _address(options, len(pages), offset, last.following)
    return on_same_site(source, pages, page, absolute(page.url, last.following))


def _address(options: Mapping[str, Any], page: int, offset: int, cursor: str = "") -> str:
    number = options.get("first", 0) + page
    values = {"page": number, "offset": offset, "limit": _size(options), "cursor": cursor}
    return _PLACE.sub(lambda place: quote(str(values[place[1]]), safe=""), options["url"])
