"""One topic's part of its file, as a text that can be read alone.

The lines are cut out as they stand, comments included. If the file's layout does not allow
that, the same is written anew. `sources` are left out, since they hold for all files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import yaml

from feedproxy.rulefiles.nodes import Node, Table, as_table, parse
from feedproxy.rulefiles.places import scalars


def excerpt(texts: Mapping[str, str], topic: str) -> str:
    """The topic, its file's `defaults`, and the lists of its file that these two use.

    `texts` are the good ones, by file name. Empty if none of them has the topic.
    """
    for text in texts.values():
        root = as_table(parse(text, "").root)
        if topic in as_table(root.find("topics")):
            wanted = _wanted(root, topic)
            cut = _cut(text, root, wanted)
            return cut if parse(cut, "").root == wanted else _written(wanted)
    return ""


def _wanted(root: Table, topic: str) -> Table:
    """The file with nothing else in it, in its order."""
    topics = _some(as_table(root.find("topics")), {topic})
    lists = as_table(root.find("lists"))
    used = _used(lists, topics, root.find("defaults"))
    parts = {"topics": topics, "lists": _some(lists, used)}
    wanted = _some(root, {"defaults", "topics", "lists"} if used else {"defaults", "topics"})
    wanted.update((key, parts[key]) for key in wanted if key in parts)
    return wanted


def _used(lists: Table, *nodes: Node | None) -> set[str]:
    """The lists that the nodes name, and the lists that those name, and so on."""
    used: set[str] = set()
    waiting = [node for node in nodes if node is not None]
    while waiting:
        for name in _named(waiting.pop()) - used:
            if (node := lists.find(name)) is not None:
                used.add(name)
                waiting.append(node)
    return used


def _named(node: Node) -> set[str]:
    return {scalar[1:] for scalar in scalars(node) if scalar.startswith("$")}


def _some(table: Table, names: Collection[str]) -> Table:
    some = Table(table.place)
    some.update((key, node) for key, node in table.items() if key in names)
    return some


def _cut(text: str, root: Table, wanted: Table) -> str:
    """The lines of what is wanted; right only if every key begins a line of its own."""
    lines = text.splitlines(keepends=True)
    sections = []
    for section, first, stop in _spans(lines, root, 0, len(lines)):
        kept = lines[first:stop] if section == "defaults" else []
        if names := as_table(wanted.find(section)) if not kept else ():
            entries = list(_spans(lines, as_table(root.find(section)), first, stop))
            kept = lines[first : entries[0][1]]
            kept += (line for name, a, b in entries if name in names for line in lines[a:b])
        sections.append("".join(kept).strip("\n"))
    return "\n\n".join(filter(None, sections)) + "\n"


def _spans(lines: list[str], table: Table, begin: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Each key, its first line, and the line behind its last; comments above belong to a key."""
    starts = []
    for key in table:
        start = key.place.line - 1
        while start > begin and lines[start - 1].lstrip().startswith("#"):
            start -= 1
        starts.append(start)
    yield from zip(map(str, table), starts, [*starts[1:], end], strict=True)


def _written(wanted: Table) -> str:
    return yaml.safe_dump(_plain(wanted), sort_keys=False, allow_unicode=True, width=100)


def _plain(node: Node) -> Any:
    if isinstance(node, Table):
        return {str(key): _plain(value) for key, value in node.items()}
    return str(node) if isinstance(node, str) else [_plain(each) for each in node]
