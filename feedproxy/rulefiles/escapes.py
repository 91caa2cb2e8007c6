"""What YAML makes of a backslash in double quotes where TeX or a regular expression was meant."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:([0abefvNLP_]|[nrt](?=[A-Za-z]))|.)", re.DOTALL)
"""White space counts only before a letter, as in `\\tau`: elsewhere it may be meant."""
_PROSE = re.compile(r'"(?!/)[^$]*')
"""Neither a regular expression nor a formula: it may have several lines."""
_MEANING = {
    "0": "a NUL character",
    "a": "a bell",
    "b": "a backspace",
    "e": "an escape character",
    "f": "a form feed",
    "n": "a line break",
    "r": "a carriage return",
    "t": "a tab",
    "v": "a vertical tab",
    "N": "a next line (U+0085)",
    "L": "a line separator (U+2028)",
    "P": "a paragraph separator (U+2029)",
    "_": "a no-break space",
}


def escaped(source: str) -> str | None:
    """What to write instead of the first escape that spoils a text, if any does.

    `source` is the text with its double quotes, as it stands in the file.
    """
    harmless = "n" if _PROSE.fullmatch(source) else ""
    letter = next((each for each in _ESCAPE.findall(source) if each not in ("", harmless)), None)
    if letter is None:
        return None
    return rf'"\{letter}" in double quotes is {_MEANING[letter]}: use single quotes'
