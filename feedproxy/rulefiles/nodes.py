"""YAML -> text, tables and lists that know where they were written; nothing is interpreted.

No value is ever turned into a number, a date or a truth value: `no`, `3.10` and `2026-11-21`
stay the text that was written. Events are read one by one, so that depth, aliases and anchors
are refused before anything grows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import yaml

from feedproxy.errors import Problem
from feedproxy.rulefiles.escapes import escaped
from feedproxy.rulefiles.messages import quoted
from feedproxy.rulefiles.syntax import block_scalar, described

DEEPEST = 64
_HEAD = re.compile(r"[>|][-+]?[1-9][-+]?")
_PART, _BEGINNING = re.compile(r" #\w"), re.compile(r" +#\w")
"""Comments that look like a part of the text before them, or like the beginning of one."""
_SHORT = 60
"""No line up to this length is broken to keep it short."""
_SIMPLE_KEY = re.compile(r"[\w$.-]{1,64}")


class Place(NamedTuple):
    """Where something stands: line and column, from 1; `path` is the keys that lead there."""

    file: str
    line: int
    column: int
    path: str = ""

    def problem(self, message: str) -> Problem:
        return Problem(self.file, self.line, self.column, message, self.path)

    @property
    def position(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Scalar(str):
    """A text as it was written, with quotes and folded lines resolved."""

    __slots__ = ("cut", "goes_on", "place")
    place: Place
    goes_on: int
    """The second line of a text that is not quoted, if it has one and began a line; else 0."""
    cut: bool
    """Whether a comment behind it was likely meant as a part of it, as in `main #list`."""

    def __new__(cls, text: str, place: Place, goes_on: int = 0, *, cut: bool = False) -> Scalar:
        self = super().__new__(cls, text)
        self.place = place
        self.goes_on = goes_on
        self.cut = cut
        return self


class Table(dict[Scalar, "Node"]):
    """A mapping. Of duplicate keys the first stays."""

    __slots__ = ("is_whole", "place")
    is_whole: bool
    """False if keys that were refused are left out."""

    def __init__(self, place: Place) -> None:
        self.is_whole = True
        self.place = place

    def find(self, key: str) -> Node | None:
        return self.get(Scalar(key, self.place))


class Items(list["Node"]):
    __slots__ = ("place",)

    def __init__(self, place: Place) -> None:
        self.place = place


Node = Scalar | Table | Items


def as_table(node: Node | None) -> Table:
    """The node; an empty table if it is none, as where nothing stands behind a colon."""
    return node if isinstance(node, Table) else Table(Place("", 1, 1))


@dataclass(slots=True)
class Document:
    root: Node
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def parse(text: str, file: str) -> Document:
    """What `text` holds; `file` is how problems name it."""
    top = Place(file, 1, 1)
    document = Document(Table(top))
    try:
        _Reader(text, file, document).read()
    except yaml.YAMLError as e:
        line, column, message = described(e, text)
        document.problems.append(Problem(file, line, column, message))
    except _TooDeep as e:
        place = e.place._replace(path="")
        document.problems.append(
            place.problem(f"nested more than {DEEPEST} deep: use lists, as $name")
        )
    return document


class _TooDeep(Exception):
    def __init__(self, place: Place) -> None:
        self.place = place


class _Reader:
    def __init__(self, text: str, file: str, document: Document) -> None:
        self._text = text
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._file = file
        self._document = document

    def read(self) -> None:
        documents = 0
        for event in self._events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            documents += 1
            root = self._node(next(self._events), "", 0)
            if documents == 1 and root != "":
                self._document.root = root
            if documents == 2:
                self._refuse(event, "", "a second document begins here: remove the ---")

    def _node(self, event: yaml.Event, path: str, depth: int) -> Node:
        place = self._place(event, path)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, path, _alias(str(event.anchor)))
            return Scalar(f"*{event.anchor}", place)
        assert isinstance(event, yaml.NodeEvent)  # noqa: S101  # mypy: YAML's grammar has no other
        self._check_properties(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place)
        if depth == DEEPEST:
            raise _TooDeep(place)
        if isinstance(event, yaml.SequenceStartEvent):
            items = Items(place)
            items.extend(self._node(each, path, depth + 1) for each in self._until_end())
            return items
        return self._table(place, depth)

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        if event.style == '"' and (complaint := escaped(self._source(event))):
            self._document.warnings.append(place.problem(complaint))
        if event.style in (">", "|") and not event.value.strip() and (head := self._head(event)):
            self._document.problems.append(place.problem(block_scalar(head)))
            return Scalar(head, place)
        return Scalar(event.value, place, self._goes_on(event, place), cut=self._is_cut(event))

    def _is_cut(self, event: yaml.ScalarEvent) -> bool:
        part = _PART if event.value else _BEGINNING
        return not event.style and bool(part.match(self._text, _marks(event)[1].index))

    def _goes_on(self, event: yaml.ScalarEvent, place: Place) -> int:
        start, end = _marks(event)
        if event.style not in ("", "|") or start.line == end.line:
            return 0
        first, *more = self._source(event).split("\n")
        if self._is_wrapped(event, first):
            return 0
        filled = (number for number, line in enumerate(more, place.line + 1) if line.strip())
        return next(islice(filled, 1 if event.style else 0, None), 0)

    def _is_wrapped(self, event: yaml.Event, first: str) -> bool:
        """Whether a line, of which `first` is the end, is broken as it is long or in brackets."""
        start = _marks(event)[0]
        before = self._text[start.index - start.column : start.index]
        return len(before + first) > _SHORT or any(sign in before for sign in ",[{")

    def _source(self, event: yaml.Event) -> str:
        """The text as it stands in the file."""
        start, end = _marks(event)
        return self._text[start.index : end.index]

    def _head(self, event: yaml.Event) -> str:
        """The head of a block scalar such as `>5`, by which YAML takes a comparison for one."""
        found = _HEAD.match(self._source(event))
        return found[0] if found else ""

    def _table(self, place: Place, depth: int) -> Table:
        table = Table(place)
        for event in self._until_end():
            key = self._node(event, place.path, depth + 1)
            path = f"{place.path}.{_step(key)}" if place.path else _step(key)
            value = self._node(next(self._events), path, depth + 1)
            if complaint := _complaint(table, key):
                self._document.problems.append(key.place.problem(complaint))
                table.is_whole = False
            elif isinstance(key, Scalar):
                table[key] = value
        return table

    def _until_end(self) -> Iterator[yaml.Event]:
        for event in self._events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield event

    def _check_properties(self, event: yaml.NodeEvent, path: str) -> None:
        if event.anchor is not None:
            self._refuse(
                event,
                path,
                f'"&{event.anchor}" is a YAML anchor, which is refused: '
                "a text that begins with & needs quotes; for reuse there are lists, as $name",
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            written = tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(
                event,
                path,
                f"{quoted(written)} is a YAML tag, which is refused: "
                "a text that begins with ! needs quotes",
            )

    def _refuse(self, event: yaml.Event, path: str, message: str) -> None:
        self._document.problems.append(self._place(event, path).problem(message))

    def _place(self, event: yaml.Event, path: str) -> Place:
        mark, _ = _marks(event)
        return Place(self._file, mark.line + 1, mark.column + 1, path)


def _marks(event: yaml.Event) -> tuple[Any, Any]:
    """Where it begins and ends: libyaml's own marks, as what is parsed has them."""
    return event.start_mark, event.end_mark


def _step(key: Node) -> str:
    """A key as part of a path."""
    if not isinstance(key, Scalar):
        return "?"
    return str(key) if _SIMPLE_KEY.fullmatch(key) else quoted(key)


def _complaint(table: Table, key: Node) -> str | None:
    if not isinstance(key, Scalar):
        return "a key must be a single text: write it as key: value"
    if key == "":
        return "an empty key: write a name before the colon"
    if key == "<<":
        return '"<<" (merging) is refused: use defaults, or lists as $name'
    if key in table:
        first = next(known for known in table if known == key)
        return f"duplicate key {quoted(key)}, first at {first.place.position}: join the two"
    return None


def _alias(anchor: str) -> str:
    return (
        f'"*{anchor}" is a YAML alias, which is refused: a word\'s beginning is written '
        f"{anchor}*, a list ${anchor}"
    )
