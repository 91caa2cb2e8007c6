"""A feed as it came -> the same feed, well-formed and bounded, safe for any XML parser.

Broken feeds are common, and what usually mends them (feedparser's second parser, libxml2's
recovery) takes quadratic time on hostile ones. Here one linear pass closes open elements, resolves
HTML's entities, declares prefixes, and drops what is unfinished, such as the item in which a feed
breaks off. No DTD survives, so nothing is ever expanded or loaded. What elements mean is left to
feedparser, except where it has weak spots.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, unescape

from feedproxy.models import doi_of
from feedproxy.sources.feed.tokens import (
    FORBIDDEN,
    LONGEST_TEXT,
    TOKEN,
    attributes,
    resolved,
    shortened,
    without_data,
)
from feedproxy.sources.items import MOST_TAGS

MOST_ITEMS = 2000
LONGEST = 3_000_000
"""In characters; feedparser reads some 2 MB a second."""
MOST_ELEMENTS = 25_000
"""Each takes feedparser up to 50 microseconds."""
MOST_TOKENS = 200_000
"""Tags and texts, including those that are left out."""
DEEPEST = 50
MOST_PREFIXES = 100
"""feedparser searches all of them for each element that it does not know."""
SHORT = 4000
"""In characters; a shorter text of an item is never cut."""
MOST_KEYWORDS = 30
LONGEST_WORD = 48
"""In a person's name: feedparser takes quadratic time to look for mail addresses."""

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/DTDs/PodCast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
}
"""What a prefix means if the feed does not declare it."""

_LONGEST_WRITTEN = 4 * LONGEST_TEXT
"""One sign of HTML may take four characters here: `&lt;`."""
_QUOTES = {"&quot;": '"', "&apos;": "'"}
_GAP = re.compile(r"(?<!\s)\s{20,}")
_WORD = re.compile(rf"[\w.+-]{{{LONGEST_WORD}}}", re.ASCII)
_SIGN = r"[^\s@<>(),;]"
_ADDRESS = rf"(?<![^\s<>(),;]){_SIGN}++@[^\s@<>(),;.]+\.{_SIGN}+"
_MAILED = re.compile(rf"{_ADDRESS}\s*\((?P<name>[^()@]+)\)|[<(]?{_ADDRESS}[>)]?")
"""A mail address, with what is around it: feedparser cuts it off within a long domain ending, such
as `lab.science`."""
_PEOPLE = frozenset(
    {"author", "authors", "contributor", "creator", "email", "managingeditor", "name", "owner"}
    | {"publisher", "webmaster"}
)
_LEAVES = frozenset({"category", "comments", "description", "guid", "link", "pubdate", "title"})
_TAGS = {"category": 1, "subject": 1, "keywords": MOST_KEYWORDS, "tags": MOST_KEYWORDS}
_CAPTION = "media:caption"
"""Our name for `media:description`, of a picture, which feedparser takes for the description."""
_RESERVED = ("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/")


@dataclass(frozen=True, slots=True)
class Lean:
    xml: bytes
    notes: tuple[str, ...]
    """What was left out, if anything was."""


def lean(text: str) -> Lean:
    """`text`, which begins with its root element."""
    text = without_data(text)
    writer, is_cut = _Writer(), len(text) > 2 * LONGEST
    text = FORBIDDEN.sub(" ", text[: 2 * LONGEST])
    for number, token in enumerate(TOKEN.finditer(text)):
        if number == MOST_TOKENS:
            writer.stop()
        elif token["name"]:
            writer.tag(token["name"].lower(), token["attributes"], is_end=bool(token["end"]))
        elif token["cdata"] is not None:
            writer.text(escape(token["cdata"][:_LONGEST_WRITTEN]))
        elif token["text"] is not None:
            writer.text(resolved(token["text"][:_LONGEST_WRITTEN]))
        if writer.done:
            break
    if is_cut and not writer.done:
        writer.stop()
    elif writer.drop():
        writer.notes.append("the feed breaks off within an item, which was left out")
    writer.close(0)
    document = "<?xml version='1.0' encoding='utf-8'?>" + "".join(writer.out)
    return Lean(document.encode(), tuple(writer.notes))


@dataclass(slots=True)
class _Writer:
    """The document so far. Whatever comes, all open elements are closed in the end."""

    out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    done: bool = False
    _length: int = 0
    _elements: int = 0
    _text: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    _scopes: list[frozenset[str]] = field(default_factory=lambda: [frozenset({"xml"})])
    """The prefixes that are declared: outside the first open element, inside it, ..."""
    _prefixes: set[str] = field(default_factory=set)
    _items: int = 0
    _around: int | None = None
    """How many elements are open around the open item; None if no item is open."""
    _begin: int = 0
    """Where in `out` the open item begins."""
    _room: int = LONGEST_TEXT
    """Characters left for the item's long texts; SHORT ones (titles, links, ids) are free."""
    _tags: int = MOST_TAGS
    _doi: str = ""
    """The latest of the item's identifiers that is one: feedparser keeps the last identifier."""

    def text(self, text: str) -> None:
        self._text.append(text)

    def tag(self, name: str, written: str, *, is_end: bool) -> None:
        self._flush()
        if name == "media:description":  # without its type: feedparser gives no text with one
            name, written = _CAPTION, "/" if written.endswith("/") else ""
        if is_end:
            if name in self._open:
                self.close(len(self._open) - 1 - self._open[::-1].index(name))
            return
        if self._is_item(name):
            self._begin_item()
        elif name in _LEAVES:
            if self._in_picture():
                return
            self._close_leaf()
        if self._has_room_for(name):
            self._start(name, written)
            if written.endswith("/"):
                self.close(len(self._open) - 1)

    def close(self, depth: int) -> None:
        """Closes all open elements but the first `depth`."""
        self._flush()
        while len(self._open) > depth:
            self._write(f"</{self._open.pop()}>")
            self._scopes.pop()
        if self._around is not None and depth <= self._around:
            self._around = None
            self._refill()
        self.done = self.done or depth == 0

    def drop(self) -> bool:
        """Takes back the open item, if there is one: half of it could pass for another item.

        Returns whether there was one.
        """
        if self._around is None:
            return False
        self._text.clear()
        del self.out[self._begin :], self._open[self._around :], self._scopes[self._around + 1 :]
        self._items, self._around = self._items - 1, None
        return True

    def _is_item(self, name: str) -> bool:
        prefix, _, local = name.rpartition(":")
        root = self._open[0] if self._open else ""
        return local in ("item", "entry") and (not prefix or prefix == root.rpartition(":")[0])

    def _begin_item(self) -> None:
        if self._around is not None:
            self.close(self._around)
        if self._items == MOST_ITEMS:
            self.stop()
            return
        self._items += 1
        self._around, self._begin = len(self._open), len(self.out)
        self._refill()

    def _refill(self) -> None:
        self._room, self._tags, self._doi = LONGEST_TEXT, MOST_TAGS, ""

    def _close_leaf(self) -> None:
        """Closes a leaf of the item that was left open: no other leaf can begin inside it."""
        inside = 0 if self._around is None else self._around + 1
        if inside and self._open[inside : inside + 1] and self._open[inside] in _LEAVES:
            self.close(inside)

    def _in_picture(self) -> bool:
        """Whether an item's image is open: feedparser takes its title for the item's."""
        return self._around is not None and "image" in self._open[self._around :]

    def stop(self) -> None:
        self.drop()
        self.notes.append(f"only the first {self._items} items were read: the feed is too long")
        self.done = True

    def _has_room_for(self, name: str) -> bool:
        if not self.done and (self._length > LONGEST or self._elements == MOST_ELEMENTS):
            self.stop()
        self._tags -= (cost := _TAGS.get(_local(name), 0))
        few = self._tags >= 0 or not cost
        return not self.done and few and len(self._open) < DEEPEST and self._knows(name)

    def _knows(self, name: str) -> bool:
        """Whether the name's prefix, or the one it declares, is among the first MOST_PREFIXES."""
        prefix = _prefix(name)
        if len(self._prefixes) < MOST_PREFIXES:
            self._prefixes.add(prefix)
        return prefix in self._prefixes

    def _start(self, name: str, written: str) -> None:
        given: dict[str, str] = {}
        for key, value in attributes(written):
            if self._knows(key) and not _is_reserved(key, value):
                given.setdefault(key, resolved(value).replace('"', "&quot;"))
        scope = self._scopes[-1] | {key[6:] for key in given if key.startswith("xmlns:")}
        for prefix in sorted({_prefix(key) for key in (name, *given)} - scope - {""}):
            given[f"xmlns:{prefix}"] = NAMESPACES.get(prefix, f"urn:{prefix}")
            scope |= {prefix}
        self._write(f"<{name}" + "".join(f' {key}="{given[key]}"' for key in given) + ">")
        self._elements += 1
        self._open.append(name)
        self._scopes.append(scope)

    def _flush(self) -> None:
        """Writes the text since the last tag, if it is inside the feed."""
        text, self._text = "".join(self._text), []
        if not text or not self._open:
            return
        holder = _local(self._open[-1])
        if holder.rpartition("_")[2] in _PEOPLE:
            text = escape(_MAILED.sub(r"\g<name>", unescape(text, _QUOTES)))
            text = _GAP.sub("\n", _WORD.sub(r"\g<0> ", text)) + " "
        if self._open[-1] == "dc:identifier":
            self._doi = text if doi_of(text) else self._doi
            text = self._doi or text
        if _TAGS.get(holder) == MOST_KEYWORDS:
            text = ",".join(text.split(",", MOST_KEYWORDS)[:MOST_KEYWORDS])
        if len(text) > SHORT:
            if len(text) > self._room:
                text = escape(shortened(unescape(text, _QUOTES), self._room))
            self._room = max(0, self._room - len(text))
        self._write(text)

    def _write(self, text: str) -> None:
        self.out.append(text)
        self._length += len(text)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _prefix(name: str) -> str:
    """The prefix of an element or attribute; of a declaration, the prefix it declares."""
    first, colon, rest = name.partition(":")
    if first == "xmlns":
        return rest
    return first if colon else ""


def _is_reserved(key: str, value: str) -> bool:
    """Whether it is a declaration that XML forbids."""
    prefix = _prefix(key)
    is_declaration = key.startswith("xmlns")
    return is_declaration and (
        value in _RESERVED or prefix in ("xml", "xmlns") or bool(prefix and not value)
    )
