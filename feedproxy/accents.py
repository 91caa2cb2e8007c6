r"""TeX's accents and escaped signs outside of formulas -> Unicode: `R\'enyi`, `5\%`. Pure.

No other backslash is TeX's: `C:\new`, `\d+`, `\textbf` and `\"quoted\"` stay as they are.
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
_TEX = re.compile(
    r"""
    [{\\] (?: (?<=\\) | (?P<brace>(?<=\{)) \\ ) (?<!\\\\)
    (?: (?P<sign>[%&_\#$])
      | (?: (?P<mark>['`^"~=.])
            (?: (?(brace)|(?=\{))
              | (?!(?<=')(?:(?:s|m|re|ll)\b|(?<=[^\W\d_]\\')[A-Z]))            # it\'s, D\'Angelo
                (?: (?<=[^\W\d_]\\[^=.])                                    # Pok\'emon
                  | (?<=['`"]) (?! [^\\]{1,80} \\ (?P=mark) (?![\w{\\]) ) ) )  # \"quoted\"
          | (?P<named>[uvHckrdb]) (?: \s (?<![db]\s) | (?=\{) ) )
        (?: \{ (?:\\(?=[ij]))? (?P<group>[A-Za-z]) \}
          | (?:\\(?=[ij]))? (?P<one>[A-Za-z]) (?:(?<=\\[ij])\s)? )
      | (?(brace)|(?: (?<=[^\W\d_]\\) | (?=[A-Z]) | (?=[a-z]+\{\}) ))
        (?P<letter>ss|ae|AE|oe|OE|aa|AA|[oOlLij]) (?: \{\} | \s | (?![\w\\{(]) ) )
    (?(brace)\})
    """,
    re.VERBOSE,
)


def resolve(text: str) -> str:
    return _TEX.sub(_meant, text) if "\\" in text else text


def _meant(found: re.Match[str]) -> str:
    if found["sign"] or found["letter"]:
        return found["sign"] or _LETTERS[found["letter"]]
    mark = _MARKS[found["mark"] or found["named"]]
    letter = unicodedata.normalize("NFC", (found["group"] or found["one"]) + mark)
    return letter if len(letter) == 1 else found[0]
