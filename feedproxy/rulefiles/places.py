"""Where in the files a text stands, for problems that only show once the files were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, starmap
from pathlib import Path

from feedproxy.rulefiles.nodes import Node, Place, Scalar, Table, as_table, parse
from feedproxy.rules.conditions import TEXT_FIELDS

_RULES = ("topics", "lists", "defaults")


class Places:
    """The places of all texts in files; `texts` are as in `RulesFolder.good_texts`."""

    def __init__(self, folder: Path, texts: Mapping[str, str]) -> None:
        self._places: dict[str, list[Place]] = {}
        self._parts: dict[Place, str] = {}
        self._files: dict[str, str] = {}
        """The file of each topic."""
        for name, text in texts.items():
            sections = _sections(parse(text, f"{folder}/{name}").root)
            for topic in sections.get("topics", ()):
                self._files[str(topic)] = f"{folder}/{name}"
            for part in chain.from_iterable(starmap(_parts, sections.items())):
                for scalar in scalars(part):
                    self._places.setdefault(str(scalar), []).append(scalar.place)
                    self._parts[scalar.place] = part.place.path

    def has(self, written: str) -> bool:
        return written in self._places

    def find(self, topic: str, key: str, written: str) -> Place:
        """The place of `written`, under `key` in the topic, or else in a list or defaults."""
        return min(
            self._places[written],
            key=lambda place: (self._strangeness(place, topic), _distance(place, key)),
        )

    def part(self, place: Place) -> str:
        """The path of the topic, the list or the defaults in which the place is."""
        return self._parts[place]

    def _strangeness(self, place: Place, topic: str) -> int:
        """0 in the topic itself, 1 in what it may use: any list, or its own file's defaults."""
        if place.path.startswith(f"topics.{topic}."):
            return 0
        if place.path.startswith("lists."):
            return 1
        ours = place.path.startswith("defaults.") and place.file == self._files.get(topic)
        return 1 if ours else 2


def _sections(root: Node) -> dict[str, Node]:
    """The sections in which terms stand: what a source searches for is no term."""
    return {str(key): node for key, node in as_table(root).items() if key in _RULES}


def _parts(section: str, node: Node) -> Iterable[Node]:
    """Each topic, each list, or all defaults together."""
    return node.values() if isinstance(node, Table) and section != "defaults" else [node]


def scalars(node: Node) -> Iterator[Scalar]:
    """All texts in the node except keys, in order."""
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
