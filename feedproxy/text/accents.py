r"""TeX's accents and escaped signs outside formulas -> Unicode: `R\'enyi`, `5\%`. Pure.

Any other backslash is left alone: `C:\new`, `\d+`, `\textbf` and `\"quoted\"` stay as they are.
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304",
    ".": "\u0307", "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328",
    "r": "\u030a", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ",
    "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ",
}  # fmt: skip
_COMMAND = re.compile(
    r"""
    [{\\] (?: (?<=\{) (?P<brace>\\) | (?<!\{) (?<!\\\\) )
    (?: (?P<sign>[%&_\#$])
      | (?P<letter>ss|ae|AE|oe|OE|aa|AA|[oOlLij]) (?: \{\} | \s | (?![\w\\{(]) )
      | (?: (?P<mark>['`^"~=.]) | (?P<named>[uvHckr](?:\s|(?=\{))|[db](?=\{)) )
        (?: \{ (?:\\(?=[ij]))? (?P<group>[A-Za-z]) \}
          | (?:\\(?=[ij]))? (?P<one>[A-Za-z]) (?:(?<=\\[ij])\s)? )
    )
    (?(brace)\})
    """,
    re.VERBOSE,
)
_CONTRACTED = re.compile(r"\\'(?:s|m|re|ll)\b")
_QUOTED = re.compile(r"""\\(['`"])[^\\]{1,80}\\\1(?![\w{\\])""")


def resolve(text: str) -> str:
    return _COMMAND.sub(_meant, text) if "\\" in text else text


def _meant(found: re.Match[str]) -> str:
    if found["sign"]:
        return found["sign"]
    if not found["brace"] and _is_text(found):
        return found[0]
    if found["letter"]:
        return _LETTERS[found["letter"]]
    mark = _MARKS[(found["mark"] or found["named"])[0]]
    letter = unicodedata.normalize("NFC", (found["group"] or found["one"]) + mark)
    return letter if len(letter) == 1 else found[0]


def _is_text(found: re.Match[str]) -> bool:
    """Whether this is more likely an escaped apostrophe or quote, or part of a path."""
    text, start, mark = found.string, found.start(), found["mark"]
    goes_on = start > 0 and text[start - 1].isalpha()
    if letter := found["letter"]:
        return not (goes_on or letter[0].isupper() or found[0].endswith("{}"))
    if found["named"] or found["group"]:
        return False
    if _CONTRACTED.match(text, start):
        return True
    if goes_on:
        return mark in "=." or (mark == "'" and found["one"].isupper())  # D\'Angelo
    return mark not in "'`\"" or bool(_QUOTED.match(text, start))
