"""A page and the user's description of it -> the records that it shows. No paging, no I/O.

A missing container, a container without items, and items most of which have no title or link are
three different errors; each quotes what the page has instead. A bad item never affects another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from itertools import islice
from typing import Any

from lxml import etree

from feedproxy.errors import NothingFound
from feedproxy.models import Page
from feedproxy.sources.documents import base_of, parse
from feedproxy.sources.html.selectors import Items, only_elements, parse_items, parse_selector
from feedproxy.sources.html.texts import text_of
from feedproxy.sources.items import LINKS, MOST_ITEMS, NUMBERS, FieldTexts, gather, record
from feedproxy.sources.shown import Fields, Shown, first_that_holds, notes, trouble

QUOTED = 60
"""Characters of what was found that a message shows."""

_NOT_TEXT = {**dict.fromkeys(LINKS, "href"), "thumbnail": "src", "video": "src"}
"""For fields where the text is never meant: the attribute that is read if none is written."""
_NO_MARKUP = {*LINKS, *NUMBERS, "published"}
"""Fields in which `record` reads no markup; in all others what looks like it here is text."""


def read_items(page: Page, options: Mapping[str, Any]) -> Shown:
    """`options` are the kind's keys, as they arrive in `Source.options`.

    Raises NothingFound if there is no container or no item in it, Damaged if it is no page.
    """
    document, seen = parse(page), page.fetched
    base, fields = base_of(document, page.url), options["fields"]
    elements = _elements(document, parse_items(options["item"]), page.url)
    items = tuple(islice(_outermost(elements), MOST_ITEMS + 1))
    found = [_texts(item, fields, base, seen) for item in items]
    home = options.get("url", page.url)
    gathered = gather(found, lambda texts: record(texts, base, home, seen))
    odd = notes(found, fields, seen, _no_date)
    within = len(elements) - len(items) if len(items) <= MOST_ITEMS else 0
    return Shown(
        records=gathered.records,
        items=len(items),
        notes=(*gathered.notes, *odd, *_left_out(within, len(elements))),
        following="".join(_field(document, "link", options.get("next", ()), base, seen)),
        trouble=trouble(found, fields, page.url, lambda at: _quoted(text_of(items[at]))),
    )


def _outermost(elements: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """The elements that are not inside others, so that no part of the page is read twice."""
    taken: set[etree._Element] = set()
    for element in elements:  # in the page's order
        if taken.isdisjoint(element.iterancestors()):
            taken.add(element)
            yield element


def _texts(item: etree._Element, fields: Fields, base: str, seen: datetime) -> FieldTexts:
    return {name: _field(item, name, written, base, seen) for name, written in fields.items()}


def _field(
    item: etree._Element, name: str, selectors: Iterable[str], base: str, seen: datetime
) -> tuple[str, ...]:
    attribute = _NOT_TEXT.get(name, "")
    places = (parse_selector(each).texts(item, seen, attribute) for each in selectors)
    if name in _NO_MARKUP:
        return first_that_holds(name, places, base)
    return first_that_holds(name, (map(escape, texts) for texts in places), base)


# --- what is not as it should be -----------------------------------------------------


def _elements(document: etree._Element, wanted: Items, url: str) -> list[etree._Element]:
    found = only_elements(wanted.find(document))
    if found:
        return found
    title = document.findtext(".//title") or ""
    page = f"the page {_quoted(title)}" if title.strip() else "the page, which has no title,"
    containers = only_elements(wanted.find_container(document))
    inside = [each for container in containers for each in container.iterdescendants()]
    if not containers or not (inside or wanted.container):
        what = repr(wanted.container) if wanted.container else "any element"
        raise NothingFound(
            url,
            f"no container: {page} does not have {what};"
            " it is another page, or blocked, or was changed: open it in a browser to see which",
        )
    where = f"{wanted.container!r} is there and" if wanted.container else f"{page}"
    raise NothingFound(
        url, f"no items: {where} has {_inventory(inside)}, but nothing is {wanted.written!r}"
    )


def _inventory(elements: Iterable[etree._Element]) -> str:
    """The most frequent elements, as `12 li.paper, 3 a`."""
    names = (".".join([str(each.tag), *each.get("class", "").split()[:2]]) for each in elements)
    most = Counter(names).most_common(4)
    return ", ".join(f"{count} {name[:QUOTED]}" for name, count in most) or "nothing"


def _no_date(written: str) -> str:
    return f"{_quoted(written)} is no date that is known: add | date:%d %B %Y"


def _left_out(within: int, all_: int) -> tuple[str, ...]:
    return (f"{within} of {all_} items left out: they are within others",) if within else ()


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= QUOTED else line[: QUOTED - 1] + "…")
