"""An HTML page -> what may be its listing, as options of the kind `html`, and how likely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree

from feedproxy.errors import Damaged
from feedproxy.links import absolute, leads_to_feed
from feedproxy.models import Page
from feedproxy.sources.documents import base_of, parse
from feedproxy.sources.guess.fields import Fields, fields
from feedproxy.sources.guess.guesses import NO_DATES, Evidence, Found, Guess, confirmed
from feedproxy.sources.guess.repeats import Element, Structure, glimpse, structures
from feedproxy.sources.guess.selectors import Naming, find
from feedproxy.sources.html import read_items

MOST_GUESSES = 3
MOST_NEXT = 5
MOST_ELEMENTS = 50_000
OTHERS = 0.1
"""How many other elements an item selector may find, as a share of the items."""

_NEXT = re.compile(r"(?:next|older|more|weiter|nächste|suivant|siguiente)\b.{0,12}|[›»→>]+", re.I)
_PAGING = re.compile(r"next|older|previous|pag(?:er|ination|ing)", re.I)


@dataclass(frozen=True)
class _Candidate:
    structure: Structure
    item: str
    fields: Fields

    @property
    def worth(self) -> float:
        found = self.fields
        beside = 0.3 if self.structure.is_beside else 1.0
        richness = 1 + 0.3 * found.dated + 0.2 * ("abstract" in found.written)
        return self.structure.bulk * beside * found.titleness * richness * found.alike**2


def guess_page(page: Page) -> Found:
    """Raises Damaged."""
    document = parse(page)
    if sum(1 for _ in document.iter(etree.Element)) > MOST_ELEMENTS:
        raise Damaged(page.url, f"too large to guess at: it has over {MOST_ELEMENTS:,} elements")
    base, naming = base_of(document, page.url), Naming(document)
    found = [_candidate(each, naming, document, base, page) for each in structures(document, base)]
    candidates = _apart(sorted(filter(None, found), key=lambda each: -each.worth))
    following = _following(document, naming)
    likeliest = (_guess(each, candidates, following, page) for each in candidates[:MOST_GUESSES])
    guesses = tuple(filter(None, likeliest))
    return Found(guesses, tuple(_feeds(document, base)), _described(guesses))


def _candidate(
    widest: Structure, naming: Naming, document: Element, base: str, page: Page
) -> _Candidate | None:
    """The structure with the largest items that a selector tells from the rest of the page."""
    structure: Structure | None = widest
    while structure and not (item := _item(structure, naming, document)):
        structure = structure.narrower()
    if structure and (found := fields(structure, naming, base, page.fetched)):
        return _Candidate(structure, item, found)
    return None


def _item(structure: Structure, naming: Naming, document: Element) -> str:
    """The shortest selector that finds the items and little else, preferably with a class or id."""
    wanted, bare = set(structure.items), ""
    for css in naming.selectors(structure.items, ()):
        found = set(find(css, document))
        if not wanted <= found or len(found) > (1 + OTHERS) * len(wanted):
            continue
        if any(not found.isdisjoint(each.iterancestors()) for each in found):
            continue
        if "." in css or "#" in css:
            return css
        bare = bare or css
    return bare


def _apart(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The candidates that are not part of a likelier one."""
    kept: list[_Candidate] = []
    taken: set[Element] = set()
    for each in candidates:
        first = each.structure.items[0]
        if taken.isdisjoint((first, *first.iterancestors())):
            kept.append(each)
            taken.update(each.structure.items)
    return kept


def _guess(
    one: _Candidate, all_: Sequence[_Candidate], following: Mapping[str, Any], page: Page
) -> Guess | None:
    """The guess, with what its kind reads; None if that is not what was seen here."""
    options = {"url": page.url, "item": one.item, "fields": one.fields.written, **following}
    seen = len(one.structure.items)
    return confirmed("html", options, page, read_items, seen, _evidence(one, all_))


def _evidence(one: _Candidate, all_: Sequence[_Candidate]) -> Iterator[Evidence]:
    items, found = one.structure.items, one.fields
    weight = 0.15 if len(items) >= 10 else 0.05 if len(items) >= 4 else -0.2
    yield weight, f"{len(items)} items are built alike, each with its own link and title"
    if found.title.is_heading:
        yield 0.15, "the titles are headings, or called titles"
    words = found.title.words
    if words >= 4:
        yield 0.1, f"the titles are {words:.0f} words long, typically"
    elif words < 2:
        yield -0.4, "the titles are single words, as in a menu"
    if found.dated:
        yield 0.15, f"{found.dated:.0%} of the items say a date"
    else:
        yield NO_DATES
    if one.structure.is_beside:
        yield -0.3, "they stand in a menu, a sidebar or a footer"
    if rival := _rival(one, all_):
        count = len(rival.structure.items)
        yield -0.15, f"another list on the page, of {count} items, is about as likely"


def _rival(one: _Candidate, all_: Sequence[_Candidate]) -> _Candidate | None:
    """The likeliest of the other lists, if it is at least about as likely."""
    best = next((each for each in all_ if each is not one), None)
    return best if best and best.worth >= 0.6 * one.worth else None


def _following(document: Element, naming: Naming) -> dict[str, Any]:
    """The option `next`, if a link to the next page is found.

    `pages: 1` keeps it from being followed until the user raises it.
    """
    for css in ("a[rel~=next]", "link[rel~=next]"):
        if find(css, document):
            return {"next": (f"{css}@href",), "pages": 1}
    called = (link for link in document.iterfind(".//a[@href]") if _NEXT.fullmatch(glimpse(link)))
    for link in islice(called, MOST_NEXT):
        for css in naming.selectors([link], ()):
            if _PAGING.search(css) and find(css, document)[:1] == [link]:
                return {"next": (f"{css}@href",), "pages": 1}
    return {}


def _described(guesses: tuple[Guess, ...]) -> str:
    if not guesses:
        return "a web page, on which no links stand in a list that could be told from the rest"
    lists = "; ".join(
        f"{len(each.records)} links such as {each.records[0].title[:60]!r}" for each in guesses
    )
    return f"a web page with lists that do not look like articles: {lists}"


def _feeds(document: Element, base: str) -> Iterator[str]:
    """The feeds that the page names."""
    for link in document.iterfind(".//link[@href]"):
        named = leads_to_feed(link.get("rel", ""), link.get("type", ""))
        if named and (address := absolute(base, link.get("href", ""))):
            yield address
