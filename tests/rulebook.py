"""A rules folder for tests, the kinds of sources it knows, and rules as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from feedproxy.kinds import Key
from feedproxy.models import Source
from feedproxy.rulefiles import Kinds, RulesFolder
from feedproxy.rules.conditions import (
    AllOf,
    AnyOf,
    Condition,
    NoneOf,
    Rules,
    RuleSet,
    TermTest,
)
from feedproxy.sources import SOURCES

PAGE = {
    "url": Key("text", "For tests.", required=True),
    "item": Key("texts", "For tests."),
    "fields": Key("fields", "For tests."),
    "pages": Key("number", "For tests."),
}
KINDS: Kinds = {"page": PAGE, **{name: kind.keys for name, kind in SOURCES.items()}}


class Clocks:
    """Time that passes when it is told to; the file system's own is never trusted."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def wall(self) -> float:
        return 0.0


class Book:
    """A folder of rules files, and what is made of it."""

    def __init__(self, folder: Path, **options: object) -> None:
        self.folder = folder
        self.clocks = Clocks()
        self.options = options
        folder.mkdir(exist_ok=True)

    def write(self, **files: str) -> Book:
        for name, text in files.items():
            (self.folder / f"{name}.yaml").write_text(text, "utf-8")
        return self

    def open(self, kept: Mapping[str, str] | None = None, **options: object) -> RulesFolder:
        clocks = {"monotonic": self.clocks.monotonic, "wall": self.clocks.wall}
        given: dict[str, Any] = {**clocks, **self.options, **options}
        return RulesFolder(self.folder, KINDS, kept or {}, **given)

    def later(self, folder: RulesFolder) -> Rules:
        """The rules when everything has settled."""
        folder.current()
        self.clocks.seconds += 1
        return folder.current()

    def save(self, folder: RulesFolder, **files: str) -> Rules:
        """The rules when these files have been written and everything has settled."""
        self.write(**files)
        return self.later(folder)


def told(rules: Rules) -> str:
    """Topics and sources as lines, to be compared with what a file expects."""
    lines = [line for topic in rules.topics.values() for line in _topic(topic)]
    own = {name: s for name, s in rules.sources.items() if not name.startswith("hf-")}
    return "\n".join([*lines, *map(_source, own.values())]) + "\n"


def _topic(topic: RuleSet) -> Iterator[str]:
    yield f"topic {topic.topic}"
    for each in fields(topic):
        value = getattr(topic, each.name)
        if each.name in ("include", "exclude", "where"):
            for condition in value or ():
                yield f"  {each.name} {_condition(condition)}"
        elif each.name == "score":
            yield from (f"  score {score.add:g} {_condition(score.condition)}" for score in value)
        elif value and each.name != "topic":
            yield f"  {each.name} {value}"


def _condition(condition: Condition) -> str:
    if isinstance(condition, TermTest):
        return f"{condition.field}~{condition.term.written!r}"
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        children = ", ".join(map(_condition, condition.children))
        return f"{condition.written}{type(condition).__name__}({children})"
    return condition.written


def _source(source: Source) -> str:
    values = ((each.name, getattr(source, each.name)) for each in fields(source))
    return "source " + " ".join(f"{name}={value}" for name, value in values if value)
