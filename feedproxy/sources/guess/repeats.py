"""A page -> its repeated structures: elements that occur again and again, each with its own link.

These are elements only, without selectors or fields yet. Which of them may be the listing is
judged by shape alone, never by a site's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from lxml import etree

from feedproxy.links import absolute
from feedproxy.sources.html.texts import first_of

Element = etree._Element
Likeness = Callable[[Element], Hashable]

MOST_STRUCTURES = 6
FEWEST_ITEMS = 2
APART = 0.9
"""The share of the links that must each stand in an item of their own."""
VARIED = 0.9
"""The share of links with different texts; if fewer differ, several links belong to one item."""
SAMPLE = 50
"""How many items are looked at closely; the others are built like them."""
LONGEST_TEXT = 500

_LANDMARKS = frozenset({"nav", "footer", "aside"})
_BESIDE = re.compile(
    r"(?<![a-z])(?:nav|navbar|navigation|menu|footer|side-?bar|widgets?|breadcrumbs?|pager"
    r"|pagination|related|popular|trending|comments?|social|share)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Structure:
    """Items that are built alike, each with the link that is its own."""

    items: tuple[Element, ...]
    links: tuple[Element, ...]
    """One for each item; it may be the item itself."""

    @property
    def sample(self) -> tuple[Element, ...]:
        return self.items[:SAMPLE]

    def narrower(self) -> Structure | None:
        """The same links with items one element further in; None if the items are the links."""
        if self.items == self.links:
            return None
        ways = zip(self.items, self.links, strict=True)
        return Structure(tuple(_towards(item, link) for item, link in ways), self.links)

    @cached_property
    def is_beside(self) -> bool:
        """Whether it stands in a menu, a sidebar or a footer."""
        *around, body, _ = (self.items[0], *self.items[0].iterancestors())
        return any(_is_beside(each, body) for each in around)

    @cached_property
    def bulk(self) -> float:
        """How much there is to read; more items count more than longer ones."""
        item = median(min(len(glimpse(each)), 200) for each in self.sample)
        return float(min(len(self.items), 200) ** 0.5 * (item + self.bulk_of_links))

    @cached_property
    def bulk_of_links(self) -> float:
        return median(min(len(glimpse(each)), 50) for each in self.links[:SAMPLE])


def structures(document: Element, base: str) -> list[Structure]:
    """The structures with the most to read, which come first; links are relative to `base`."""
    away = (link for link in document.iter("a") if not link.get("href", "#").startswith("#"))
    addresses = {link: absolute(base, link.get("href", "")) for link in away}
    groups: dict[Hashable, list[Element]] = {}
    for likeness in (_by_tag, _by_class):
        for place, link in _links(document, likeness):
            if addresses.get(link):
                groups.setdefault((likeness, place), []).append(link)
    own = (_firsts(_own(links), addresses.__getitem__) for links in groups.values())
    large = (links for links in own if len(links) >= FEWEST_ITEMS)
    found: dict[tuple[Element, ...], Structure] = {}
    for made in map(_structure, large):
        if made.bulk_of_links > found.setdefault(made.items, made).bulk_of_links:
            found[made.items] = made
    return sorted(found.values(), key=lambda each: -each.bulk)[:MOST_STRUCTURES]


def glimpse(element: Element) -> str:
    """The beginning of its text, as one line."""
    return " ".join(first_of(map(str, element.itertext()), LONGEST_TEXT).split())[:LONGEST_TEXT]


def _links(document: Element, likeness: Likeness) -> Iterator[tuple[int, Element]]:
    """Each link with a number for its place, equal for links whose ancestors are all alike."""
    numbers: dict[tuple[int, Hashable], int] = {}
    places: dict[Element | None, int] = {None: 0}
    for element in document.iter(etree.Element):
        step = places[element.getparent()], likeness(element)
        place = places[element] = numbers.setdefault(step, len(numbers) + 1)
        if element.tag == "a":
            yield place, element


def _by_tag(element: Element) -> Hashable:
    return element.tag


def _by_class(element: Element) -> Hashable:
    return element.tag, element.get("class")


def _own(links: Sequence[Element]) -> Sequence[Element]:
    """The links; if many have the same text, such as `PDF`, only the first link of each parent."""
    if len(set(map(glimpse, links))) >= VARIED * len(links):
        return links
    first = _firsts([link for link in links if not _is_label(link)], _parent)
    return first if len(first) >= FEWEST_ITEMS else links


def _is_label(link: Element) -> bool:
    """Whether the link is only a label before the item, as arXiv's numbers are."""
    around = link.getparent()
    return around is not None and around.tag == "dt"


def _parent(link: Element) -> Element | None:
    """The link's parent, or the table row if the link stands in a cell."""
    around = link.getparent()
    return around.getparent() if around is not None and around.tag == "td" else around


def _firsts(links: Sequence[Element], key: Callable[[Element], Hashable]) -> Sequence[Element]:
    """The first link for each key."""
    first: dict[Hashable, Element] = {}
    for link in links:
        first.setdefault(key(link), link)
    return tuple(first.values())


def _structure(links: Sequence[Element]) -> Structure:
    """The structure whose items are the largest elements around each link that hardly any share."""
    items: list[Element] = list(links)
    while True:
        around = [item.getparent() for item in items]
        if None in around or len(set(around)) < APART * len(links):
            break
        items = [each for each in around if each is not None]
    first: dict[Element, Element] = {}
    for item, link in zip(items, links, strict=True):
        first.setdefault(item, link)
    return Structure(tuple(first), tuple(first.values()))


def _towards(item: Element, link: Element) -> Element:
    """The item's child in which the link stands; the link itself if it is the item."""
    around = (link, *link.iterancestors())
    return next((each for each in around if each.getparent() is item), link)


def _is_beside(element: Element, body: Element) -> bool:
    """Whether the element is a menu, sidebar or the like by its tag or names. If it is most of the
    page, a class or id proves nothing.
    """
    if element.tag in _LANDMARKS:
        return True
    called = f"{element.get('class', '')} {element.get('id', '')}"
    return bool(_BESIDE.search(called)) and _length(element) < 0.5 * _length(body)


def _length(element: Element) -> int:
    return sum(map(len, element.itertext()))
