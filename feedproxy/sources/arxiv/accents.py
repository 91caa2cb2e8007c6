r"""TeX's accents outside of formulas -> Unicode: arXiv writes a name as `Andr\'e`. Pure."""

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
_TEX = re.compile(
    r"""
    (?P<formula>\$[^$]*\$)
    | (?P<brace>\{)? \\ (?: (?P<mark>['`^"~=.]) \s? | (?P<named>[uvHckrdb]) (?:\s|(?=\{)) )
      (?: \{ \\?(?P<group>[A-Za-z]) \} | \\?(?P<one>[A-Za-z]) ) (?: (?<=\\[ij]) \s )? (?(brace)\})
    | (?P<outer>\{)? \\ (?P<letter>ss|ae|AE|oe|OE|aa|AA|[oOlLij])
      (?: \{\} | \s | (?![A-Za-z]) ) (?(outer)\})
    """,
    re.VERBOSE,
)


def resolve(text: str) -> str:
    return _TEX.sub(_letter, text) if "\\" in text else text


def _letter(found: re.Match[str]) -> str:
    if found["formula"]:
        return found[0]
    if found["letter"]:
        return _LETTERS[found["letter"]]
    mark = _MARKS[found["mark"] or found["named"]]
    return unicodedata.normalize("NFC", (found["group"] or found["one"]) + mark)
