"""An explained rule set as a page shows it: complete, but short enough to be read.

Terms that are not found share one line, as a list may have a thousand of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from feedproxy.explain import Node

TERMS, LINES = 500, 250
"""How many terms and how many other conditions are named at most."""
TERM = 60
"""How many characters of a term are shown."""
_TERM = re.compile(r"(?<![^\s(])`(.+?)(?:`(?![^\s,.:;)…])|$)", re.DOTALL)
"""Up to a backtick that a space or punctuation follows: one within a word ends nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A condition, or several terms none of which is found."""

    held: bool
    said: str
    detail: str = ""
    """The sum of a score, or what an entry of it that has conditions of its own adds."""
    since: datetime | None = None
    missing: tuple[str, ...] = ()
    more: int = 0
    """How many others are not shown."""
    children: tuple[Line, ...] = ()


@dataclass(slots=True)
class _Left:
    terms: int = TERMS
    lines: int = LINES


def outline(root: Node) -> tuple[Line, ...]:
    """The gates of a topic, each with its conditions."""
    return _lines(root.children, _Left())


def _lines(nodes: Sequence[Node], left: _Left) -> tuple[Line, ...]:
    lines: list[Line] = []
    for missing, run in groupby(nodes, key=lambda node: node.is_term and not node.held):
        together = tuple(run)
        if missing and len(together) > 1:
            lines.append(_missing(together, left))
            continue
        shown = together[: left.lines]
        left.lines -= len(shown)
        lines += (_line(node, left) for node in shown)
        if rest := len(together) - len(shown):
            lines.append(Line(held=False, said="", more=rest))
    return tuple(lines)


def _line(node: Node, left: _Left) -> Line:
    if node.children:
        children = _lines(node.children, left)
        return Line(node.held, node.label, node.points, node.since, children=children)
    return Line(node.held, node.detail or node.label, since=node.since)


def _missing(nodes: Sequence[Node], left: _Left) -> Line:
    shown = nodes[: left.terms]
    left.terms -= len(shown)
    labels = tuple(shortened(node.label, TERM) for node in shown)
    return Line(held=False, said="", missing=labels, more=len(nodes) - len(shown))


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def by_term(sentence: str) -> list[str]:
    """Our own words and, at every second place, a term that stands in backticks among them."""
    return _TERM.split(sentence)
