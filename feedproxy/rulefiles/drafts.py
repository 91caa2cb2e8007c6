"""A text that is only tried: what it would say in place of what is in force. Nothing is kept.

It replaces whatever the files define under the same names, and may use their other lists and
sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from feedproxy.errors import Problem
from feedproxy.rulefiles.nodes import parse
from feedproxy.rulefiles.places import Places, scalars
from feedproxy.rules.conditions import RuleSet

NAME = "this text"
"""What problems call it."""
MOST_REGEXES = 10
"""How many one text may have: compiling one may take a tenth of a second, and megabytes."""


@dataclass(frozen=True)
class Draft:
    topics: Mapping[str, RuleSet] = field(default_factory=dict)
    """Only those of the text; none if it cannot be read."""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    text: str = ""

    def places(self) -> Places:
        return Places(Path(), {NAME: self.text})


def crowd_of_regexes(text: str) -> tuple[Problem, ...]:
    """A problem at the first regular expression that is too many, if there are too many."""
    found = [each for each in scalars(parse(text, NAME).root) if each.startswith("/")]
    if len(found) <= MOST_REGEXES:
        return ()
    message = f"more than {MOST_REGEXES} regular expressions: so many are not tried here"
    return (found[MOST_REGEXES].place.problem(message),)
