"""The text of an element as a reader sees it: without markup, with entities and MathML resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from feedproxy.text import markup, mathml

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
    return " ".join(first_of(_pieces(element), LONGEST)[:LONGEST].split())


def first_of(pieces: Iterable[str], longest: int) -> str:
    """The first of the pieces, joined, up to the one that ends beyond `longest` characters."""
    taken: list[str] = []
    length = 0
    for piece in pieces:
        taken.append(piece)
        length += len(piece)
        if length > longest:
            break
    return "".join(taken)


def _pieces(element: etree._Element) -> Iterator[str]:
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if node.tag not in _INLINE:
            yield " "
        if event == "end":
            yield (node.tail or "") if node is not element else ""
        elif node.tag in HIDDEN or _is_told_before(node):
            walk.skip_subtree()
        elif node.tag == "math":
            walk.skip_subtree()
            yield _formula(node)
        else:
            yield node.text or ""


def _is_told_before(node: etree._Element) -> bool:
    """Whether it shows the formula that stands before it in MathML, as KaTeX writes both."""
    before = node.getprevious() if node.get("class") == "katex-html" else None
    return before is not None and before.get("class") == "katex-mathml"


def _formula(math: etree._Element) -> str:
    written = etree.tostring(math, encoding="unicode", with_tail=False)
    return markup.plain(mathml.resolve(written))
