"""Items that are built alike -> which part of them is the title, the link, the day and so on.

A column is what one short selector finds in each item; each field gets the column that fits it
best, or none. The shape decides first (headings, lengths, dates, how many texts differ), then
the names of classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import escape
from itertools import islice
from statistics import fmean, median

from lxml import etree

from feedproxy.links import absolute
from feedproxy.sources.dates import day_of
from feedproxy.sources.guess.guesses import MANY, MOST
from feedproxy.sources.guess.repeats import SAMPLE, Element, Structure, glimpse
from feedproxy.sources.guess.selectors import Naming, classes, is_stable, tag_of
from feedproxy.sources.html.selectors import parse_selector
from feedproxy.sources.items import authors

MOST_PARTS = 120
"""How many elements of one item are looked at."""

SHORTEST_TITLE, LONGEST_TITLE = 4, 250
DIFFERING = 0.7
"""The share of the titles that must be unique; a link such as `PDF` is none."""
LONGEST_DATE = SHORTEST_ABSTRACT = 60
LONGEST_NAMES = 250
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

_TELLING = HEADINGS | {"time"}

_TITLE = re.compile(r"title|headline|heading|subject", re.IGNORECASE)
_ABSTRACT = re.compile(
    r"summary|abstract|excerpt|description|teaser|snippet|intro|dek", re.IGNORECASE
)
_AUTHOR = re.compile(r"author|byline|creator|writer", re.IGNORECASE)
_DATE = re.compile(r"date|published|time|year", re.IGNORECASE)
_YEAR = re.compile(r"\d{4}")
"""A year alone is a date only in an element that is named like one."""


@dataclass(frozen=True)
class Column:
    """The first element that `css` finds in each item; None where it finds nothing."""

    css: str
    cells: tuple[Element | None, ...]

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple("" if cell is None else glimpse(cell) for cell in self.cells)

    @cached_property
    def filled(self) -> float:
        """The share of the items that have a text here."""
        return sum(map(bool, self.texts)) / len(self.texts)

    @cached_property
    def differing(self) -> float:
        """The number of different texts, as a share of the items."""
        return len(set(filter(None, self.texts))) / len(self.texts)

    @cached_property
    def wordings(self) -> float:
        """As `differing`, of texts that differ in more than numbers, such as those of pages."""
        return len({re.sub(r"\d+", "", text) for text in self.texts if text}) / len(self.texts)

    @cached_property
    def length(self) -> float:
        """The median length of the texts, in characters."""
        return median(map(len, filter(None, self.texts))) if any(self.texts) else 0

    @property
    def naming(self) -> float:
        """The share of the items that have an author's name here."""
        return sum(bool(authors([escape(text)])) for text in self.texts) / len(self.texts)

    @property
    def tag(self) -> str:
        return self.css.partition(".")[0]

    @property
    def words(self) -> float:
        return median(len(text.split()) for text in self.texts)

    @property
    def is_heading(self) -> bool:
        return self.tag in HEADINGS or bool(_TITLE.search(self.css))

    @property
    def has_datetime(self) -> bool:
        cells = self.present()
        return sum("datetime" in cell.attrib for cell in cells) >= MOST * len(cells)

    def present(self) -> list[Element]:
        return [cell for cell in self.cells if cell is not None]


@dataclass(frozen=True)
class Fields:
    written: Mapping[str, tuple[str, ...]]
    """field -> selectors, as in the rules."""
    title: Column
    titleness: float
    """How much its title looks like one; around 1 is usual."""
    dated: float
    """The share of the items that have a date."""
    alike: float
    """How alike the items are: the share of them that a column fills, on average."""


def fields(structure: Structure, naming: Naming, base: str, seen: datetime) -> Fields | None:
    """None if the items have no titles, or if no short selector leads to their links."""
    columns = _columns(structure)
    link = _link(structure, naming, base, seen)
    titles = [each for each in columns if _may_be_title(each, seen)]
    if not link or not titles:
        return None
    worth, title = max(
        ((_titleness(each, structure.links), each) for each in titles), key=lambda each: each[0]
    )
    others = [each for each in columns if not _overlap(each, title)]
    day, dated = _day(others, seen)
    others = [each for each in others if each.css != day]
    byline = _byline(others)
    found = {
        "title": title.css,
        "link": link,
        "abstract": _abstract(others, byline),
        "authors": _authors(byline),
        "published": day,
    }
    written = {name: (css,) for name, css in found.items() if css}
    return Fields(written, title, worth, dated, fmean(each.filled for each in columns))


def _columns(structure: Structure) -> list[Column]:
    """The columns; of several with the same cells one, by class unless the tag is telling."""
    sample = structure.sample
    found: dict[str, list[Element | None]] = {}
    for row, item in enumerate(sample):
        for part in islice(item.iter(etree.Element), MOST_PARTS):
            for css in _names(part) if part is not item else (".",):
                cells = found.setdefault(css, [None] * len(sample))
                cells[row] = part if cells[row] is None else cells[row]
    columns: dict[tuple[Element | None, ...], str] = {}
    for css, cells in found.items():
        kept = columns.get(tuple(cells), "")
        if not kept or ("." not in kept and kept not in _TELLING):
            columns[tuple(cells)] = css
    return [Column(css, cells) for cells, css in columns.items()]


def _names(part: Element) -> Iterator[str]:
    tag = tag_of(part)
    if tag != "*":
        yield tag
    yield from (f"{tag}.{name}" for name in classes(part) if is_stable(name))


def _link(structure: Structure, naming: Naming, base: str, seen: datetime) -> str:
    items, links = structure.sample, structure.links[:SAMPLE]
    if items == links:
        return "@href"
    wanted = [absolute(base, link.get("href", "")) for link in links]
    for css in naming.selectors(links, frozenset(items)):
        selector = parse_selector(f"{css}@href")
        found = [absolute(base, next(selector.texts(item, seen), "")) for item in items]
        if sum(map(str.__eq__, found, wanted)) >= MOST * len(items):
            return selector.written
    return ""


def _may_be_title(column: Column, seen: datetime) -> bool:
    return (
        column.filled >= MOST
        and column.differing >= DIFFERING
        and SHORTEST_TITLE <= column.length <= LONGEST_TITLE
        and _letters(column) >= MANY
        and not (column.length <= LONGEST_DATE / 2 and _dated(column, seen) >= MANY)
    )


def _titleness(column: Column, links: Sequence[Element]) -> float:
    cells = list(zip(column.cells, links, strict=False))
    linked = sum(cell is not None and _is_linked(cell, link) for cell, link in cells) / len(cells)
    return (
        0.8 * (column.tag in HEADINGS)
        + 0.7 * bool(_TITLE.search(column.css))
        + 0.4 * linked
        + 0.1 * min(column.words, 6)
        - 0.3 * (median(map(_pieces, column.present())) > 1)
    )


def _day(columns: Sequence[Column], seen: datetime) -> tuple[str, float]:
    """The selector of the dates, and the share of the items that have one."""
    short = (each for each in columns if each.css != "." and each.length <= LONGEST_DATE)
    shares = {each: _dated(each, seen) for each in short}
    if max(shares.values(), default=0) < MANY:
        return "", 0
    best = max(shares, key=lambda each: (shares[each], each.has_datetime, -each.length))
    return (f"{best.css}@datetime" if best.has_datetime else best.css), shares[best]


def _abstract(columns: Sequence[Column], byline: Column | None) -> str:
    long = (
        each
        for each in columns
        if each.length >= SHORTEST_ABSTRACT
        and each.filled >= MANY
        and each.wordings >= MANY
        and not _AUTHOR.search(each.css)
        and not (byline and _holds(each, byline))
    )
    best = max(
        long,
        key=lambda each: (bool(_ABSTRACT.search(each.css)), each.tag == "p", each.length),
        default=None,
    )
    return best.css if best else ""


def _byline(columns: Sequence[Column]) -> Column | None:
    names = (
        each
        for each in columns
        if _AUTHOR.search(each.css) and each.naming >= MANY and each.length <= LONGEST_NAMES
    )
    return min(names, key=lambda each: each.length, default=None)


def _authors(byline: Column | None) -> str:
    if byline is None:
        return ""
    by = sum(text.lower().startswith("by ") for text in byline.texts) >= MANY * len(byline.texts)
    return byline.css + r" | regex:(?:^[Bb]y )?(.+)" * by


def _holds(column: Column, part: Column) -> bool:
    """Whether the column's elements are around the part's."""
    cells = zip(column.cells, part.cells, strict=True)
    pairs = ((outer, cell) for outer, cell in cells if outer is not None and cell is not None)
    around = sum(outer in cell.iterancestors() for outer, cell in pairs)
    return around >= MANY * len(part.cells)


def _overlap(column: Column, title: Column) -> bool:
    """Whether the column contains the title, or is a part of it."""
    shared = sum(
        bool(mine and its) and (mine in its or its in mine)
        for mine, its in zip(column.texts, title.texts, strict=True)
    )
    return shared >= MANY * len(title.texts)


def _dated(column: Column, seen: datetime) -> float:
    cells = zip(column.cells, column.texts, strict=True)
    written = [text if cell is None else cell.get("datetime", text) for cell, text in cells]
    is_called_so = bool(_DATE.search(column.css))
    days = [day_of(each, seen) for each in written if is_called_so or not _YEAR.fullmatch(each)]
    return sum(day is not None for day in days) / len(written)


def _letters(column: Column) -> float:
    return sum(sum(map(str.isalpha, text)) > 2 for text in column.texts) / len(column.texts)


def _is_linked(cell: Element, link: Element) -> bool:
    """Whether all text of the cell belongs to the link."""
    return cell is link or link in cell.iterancestors() or glimpse(cell) == glimpse(link)


def _pieces(cell: Element) -> int:
    """How many separate pieces of text the cell has."""
    return sum(1 for text in islice(cell.itertext(), 20) if text.strip())
