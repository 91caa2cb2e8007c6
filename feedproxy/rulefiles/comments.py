"""Texts that YAML cuts off at a `#`, which begins a comment behind a space."""

from __future__ import annotations

from collections.abc import Iterator

from feedproxy.errors import Problem
from feedproxy.rulefiles.messages import quoted
from feedproxy.rulefiles.nodes import Node, Scalar, as_table
from feedproxy.rulefiles.places import scalars
from feedproxy.rulefiles.syntax import COMMENT

_SELECTORS = ("item", "fields", "next")


def hint(node: Node) -> str:
    """What to add to the message of a problem with `node`; nothing if no `#` is to blame."""
    return f"; {COMMENT}" if isinstance(node, Scalar) and node.cut else ""


def cut_selectors(root: Node) -> Iterator[Problem]:
    """A warning for each selector of HTML that is shorter than it looks: `main #list li`."""
    for source in map(as_table, as_table(as_table(root).find("sources")).values()):
        if source.find("kind") == "html":
            nodes = [node for key in _SELECTORS if (node := source.find(key)) is not None]
            for each in (scalar for node in nodes for scalar in scalars(node) if scalar.cut):
                yield each.place.problem(f"{quoted(each)} is all that is read: {COMMENT}")
