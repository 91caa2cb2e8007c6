"""A page and what the user says of it -> the records that it shows. No paging, no I/O.

That there is no container, no item in it, or no title or link in most items are three different
errors; each quotes what the page has instead. What one item lacks never costs another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import islice
from typing import Any

from lxml import etree

from feedproxy.errors import Damaged, NothingFound
from feedproxy.links import absolute
from feedproxy.models import Page, Record
from feedproxy.sources.dates import day_of
from feedproxy.sources.documents import base_of, parse
from feedproxy.sources.html.selectors import Items, Selector, parse_items, parse_selector
from feedproxy.sources.html.texts import text_of
from feedproxy.sources.items import (
    LINKS,
    MANY,
    MOST_ITEMS,
    NUMBERS,
    REQUIRED,
    gather,
    lacking,
    record,
)

QUOTED = 60
"""Characters of what was found that a message shows."""

_NOT_TEXT = {**dict.fromkeys(LINKS, "href"), "thumbnail": "src", "video": "src"}
"""The attribute that is taken where none is written and the text is never meant."""

Fields = Mapping[str, Sequence[Selector]]
Found = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one page shows."""

    records: tuple[Record, ...]
    notes: tuple[str, ...] = ()
    """What was odd: items that were left out, fields that no item has."""
    following: str = ""
    """The address of the next page; empty if there is none."""
    trouble: Damaged | None = None
    """Why the page is not as it should be, though these records are good."""


def read_items(page: Page, options: Mapping[str, Any]) -> Shown:
    """`options` are the kind's keys, as they arrive in `Source.options`.

    Raises NothingFound where there is no container or no item in it, Damaged for what is no page.
    """
    document, seen = parse(page), page.fetched
    base = base_of(document, page.url)
    fields = {name: tuple(map(parse_selector, each)) for name, each in options["fields"].items()}
    elements = _elements(document, parse_items(options["item"]), page.url)
    outermost = tuple(islice(_outermost(elements), MOST_ITEMS + 1))
    found = [_texts(element, fields, base, seen) for element in outermost]

    home = options.get("url", page.url)

    def read(texts: Found) -> Record:
        return record(texts, base, home, day_of("".join(texts.get("published", ())), seen), seen)

    gathered = gather(found, read)
    within = len(elements) - len(outermost)
    return Shown(
        records=gathered.records,
        notes=(*gathered.notes, *_notes(found, fields, seen), *_left_out(within, len(elements))),
        following=_following(document, options.get("next", ()), base, seen),
        trouble=_trouble(outermost, found, fields, page.url),
    )


def _outermost(elements: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """Without those within others, so that no part of the page is looked at twice."""
    taken: set[etree._Element] = set()
    for element in elements:  # in the page's order
        if taken.isdisjoint(element.iterancestors()):
            taken.add(element)
            yield element


def _texts(item: etree._Element, fields: Fields, base: str, seen: datetime) -> Found:
    return {name: _field(item, name, fields[name], base, seen) for name in fields}


def _field(
    item: etree._Element, name: str, selectors: Sequence[Selector], base: str, seen: datetime
) -> tuple[str, ...]:
    """What the first of the selectors finds that finds something."""
    for selector in selectors:
        texts = selector.texts(item, seen, _NOT_TEXT.get(name, ""))
        if name in LINKS:
            texts = filter(None, (absolute(base, text) for text in texts))
        elif name not in NUMBERS:
            texts = map(escape, texts)  # `record` reads markup: what looks like it here is text
        if found := tuple(texts if name in MANY else islice(texts, 1)):
            return found
    return ()


def _following(
    document: etree._Element, selectors: Sequence[str], base: str, seen: datetime
) -> str:
    parsed = tuple(map(parse_selector, selectors))
    return next(iter(_field(document, "link", parsed, base, seen)), "")


# --- what is not as it should be -----------------------------------------------------


def _elements(document: etree._Element, wanted: Items, url: str) -> list[etree._Element]:
    found = _only_elements(wanted.find(document))
    if found:
        return found
    title = document.findtext(".//title") or ""
    page = f"the page {_quoted(title)}" if title.strip() else "the page, which has no title,"
    containers = _only_elements(wanted.find_container(document))
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


def _only_elements(found: object) -> list[etree._Element]:
    each = found if isinstance(found, list) else []
    return [element for element in each if isinstance(element, etree._Element)]


def _inventory(elements: Iterable[etree._Element]) -> str:
    """The most frequent elements, as `12 li.paper, 3 a`."""
    names = (".".join([str(each.tag), *each.get("class", "").split()[:2]]) for each in elements)
    most = Counter(names).most_common(4)
    return ", ".join(f"{count} {name[:QUOTED]}" for name, count in most) or "nothing"


def _trouble(
    items: Sequence[etree._Element], found: Sequence[Found], fields: Fields, url: str
) -> Damaged | None:
    for name in REQUIRED:
        if without := lacking(found, name):
            return Damaged(
                url,
                f"half-empty: {len(without)} of {len(items)} items have no {name}:"
                f" {_written(fields[name])} finds nothing in {_quoted(text_of(items[without[0]]))}",
            )
    return None


def _notes(found: Sequence[Found], fields: Fields, seen: datetime) -> Iterator[str]:
    for name in fields:
        if name not in REQUIRED and not any(texts[name] for texts in found):
            yield f"{name}: {_written(fields[name])} finds nothing in any item"
    dates = [texts["published"][0] for texts in found if texts.get("published")]
    if dates and not any(day_of(each, seen) for each in dates):
        yield f"published: {_quoted(dates[0])} is no date that is known: add | date:%d %B %Y"


def _left_out(within: int, all_: int) -> tuple[str, ...]:
    return (f"{within} of {all_} items left out: they are within others",) if within else ()


def _written(selectors: Sequence[Selector]) -> str:
    return " or ".join(repr(selector.written) for selector in selectors)


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= QUOTED else line[: QUOTED - 1] + "…")
