"""A text that is only tried: what it would come to in place of what is in force, and nothing kept.

It stands in for whatever the files define under the same names, and finds their other
lists and sources where it needs them.
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
"""In one text: each may take megabytes, and a tenth of a second, to be compiled."""


@dataclass(frozen=True)
class Draft:
    topics: Mapping[str, RuleSet] = field(default_factory=dict)
    """Only those of the text; none while it cannot be read."""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    text: str = ""

    def places(self) -> Places:
        return Places(Path(), {NAME: self.text})


def crowd_of_regexes(text: str) -> tuple[Problem, ...]:
    """The first of them that is one too many."""
    found = [each for each in scalars(parse(text, NAME).root) if each.startswith("/")]
    if len(found) <= MOST_REGEXES:
        return ()
    message = f"more than {MOST_REGEXES} regular expressions: so many are not tried here"
    return (found[MOST_REGEXES].place.problem(message),)
