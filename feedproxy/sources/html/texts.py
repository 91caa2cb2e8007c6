"""The text of an element as a reader sees it: without markup, with entities resolved."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

LONGEST = 20_000
"""How many characters of one element are read."""

HIDDEN = frozenset({"script", "style", "template", "svg"})
_INLINE = frozenset(
    [
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn"),
        *("em", "font", "i", "ins", "kbd", "label", "mark", "math", "mi", "mn", "mo", "mrow", "q"),
        *("s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var"),
        "wbr",
    ]
)
"""All other elements start a new line, and so separate words."""


def text_of(element: etree._Element) -> str:
    pieces: list[str] = []
    length = 0
    for piece in _pieces(element):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST:
            break
    return " ".join("".join(pieces)[:LONGEST].split())


def _pieces(element: etree._Element) -> Iterator[str]:
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if node.tag not in _INLINE:
            yield " "
        if event == "end":
            yield (node.tail or "") if node is not element else ""
        elif node.tag in HIDDEN:
            walk.skip_subtree()
        else:
            yield node.text or ""
