"""What a reader sees of an element, as one text. Markup is gone, entities are resolved."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

LONGEST = 20_000
"""Characters that are taken of one element."""

HIDDEN = frozenset({"script", "style", "template", "svg"})
_INLINE = frozenset(
    [
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn"),
        *("em", "font", "i", "ins", "kbd", "label", "mark", "math", "mi", "mn", "mo", "mrow", "q"),
        *("s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var"),
        "wbr",
    ]
)
"""All others begin a line of their own, and so part words."""


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
