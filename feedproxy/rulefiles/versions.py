"""One text of one file, understood, or everything that is wrong with it alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from feedproxy.errors import Problem
from feedproxy.rulefiles import model
from feedproxy.rulefiles.comments import cut_selectors
from feedproxy.rulefiles.definition import Definition
from feedproxy.rulefiles.invisible import invisible
from feedproxy.rulefiles.nodes import Place, parse

MOST_PROBLEMS = 100
"""How many problems of one file are shown."""


@dataclass(frozen=True, eq=False)
class Version:
    """One text of one file, understood."""

    name: str
    shown: str
    """The file's path, as messages show it."""
    text: str
    file: model.File
    warnings: tuple[Problem, ...]
    is_whole: bool = True
    """Whether it is all that the text says."""

    @property
    def top(self) -> Place:
        return Place(self.shown, 1, 1)

    def defines(self, section: str, name: str) -> bool:
        return name in getattr(self.file, section)

    def without_topics(self) -> Version:
        """What stays of a deleted file as long as others need its lists or sources."""
        if not self.file.topics:
            return self
        return replace(self, file=self.file.model_copy(update={"topics": {}}), is_whole=False)


def understood(
    definition: Definition, name: str, shown: str, text: str
) -> Version | tuple[Problem, ...]:
    """The version of the file `name`, whose path problems show as `shown`."""
    if not text.strip():
        empty = "the file is empty: delete it to remove its topics"
        return (Problem(shown, 1, 1, empty),)
    document = parse(text, shown)
    problems = document.problems
    if problems and not document.root:
        return (*problems, *invisible(text, shown))
    file, more = definition.read(document.root)
    if problems or file is None:
        return limited([*problems, *more, *invisible(text, shown)])
    warnings = (*document.warnings, *cut_selectors(document.root))
    return Version(name, shown, text, file, warnings)


def limited(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, each once, in order, and not more than anybody reads."""
    ordered = sorted(set(problems))
    rest = len(ordered) - MOST_PROBLEMS
    if rest <= 0:
        return tuple(ordered)
    last = ordered[MOST_PROBLEMS - 1]
    more = replace(last, message=f"and {rest + 1} more problems in this file", path="")
    return (*ordered[: MOST_PROBLEMS - 1], more)
