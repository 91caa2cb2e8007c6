"""Where in the files a text stands, for what is found out only after they were understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from feedproxy.conditions import TEXT_FIELDS
from feedproxy.rulefiles.nodes import Node, Place, Scalar, Table, parse


class Places:
    """Of good texts, by file name, as in `RulesFolder.good_texts`."""

    def __init__(self, folder: Path, texts: Mapping[str, str]) -> None:
        self._places: dict[str, list[Place]] = {}
        for name, text in texts.items():
            for scalar in scalars(parse(text, f"{folder}/{name}").root):
                self._places.setdefault(str(scalar), []).append(scalar.place)

    def has(self, written: str) -> bool:
        return written in self._places

    def find(self, topic: str, key: str, written: str) -> Place:
        """Of `written`, which stands under `key` in the topic, or else in a list or defaults."""
        own = f"topics.{topic}."
        return min(
            self._places[written],
            key=lambda place: (not place.path.startswith(own), _distance(place, key)),
        )


def scalars(node: Node) -> Iterator[Scalar]:
    """All texts but keys, in order."""
    if isinstance(node, Scalar):
        yield node
        return
    for child in node.values() if isinstance(node, Table) else node:
        yield from scalars(child)


def _distance(place: Place, key: str) -> int:
    last = place.path.rpartition(".")[2]
    if last == key:
        return 0
    return 2 if last in TEXT_FIELDS else 1
