"""Signs that look like a space, or like nothing, and are something else to YAML.

They are welcome within a text, so they are only told of in a file that is wrong anyway.
"""

from __future__ import annotations

import re
import unicodedata

from feedproxy.errors import Problem
from feedproxy.rulefiles.reading import position

_BREAK = re.compile("[\x85\u2028\u2029]")
_SPACE = re.compile(
    r"^ *+(?:- *+)*+(?:[\w-]++:)? *+(?P<sign>[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000])",
    re.MULTILINE,
)
"""In the indentation, or behind a key's colon or the dash of a list's item."""


def invisible(text: str, file: str) -> tuple[Problem, ...]:
    """The first of each kind."""
    found = []
    if line_break := _BREAK.search(text):
        what = "is a line break to YAML, so it counts one line more from here: remove it"
        found.append(_problem(text, line_break.start(), file, what))
    if space := _SPACE.search(text):
        what = "is no space to YAML: write an ordinary one"
        found.append(_problem(text, space.start("sign"), file, what))
    return tuple(found)


def _problem(text: str, at: int, file: str, what: str) -> Problem:
    name = f"U+{ord(text[at]):04X} ({unicodedata.name(text[at], 'next line').lower()})"
    return Problem(file, *position(text[:at]), f"{name} stands here, which {what}")
