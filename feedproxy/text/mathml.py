"""Formulas in MathML -> their text, once, though the same may stand beside it in TeX or HTML.

Pure, and linear in the text. Powers and roots become flat, and all fractions but the simplest.
"""

from __future__ import annotations

import re

from feedproxy.text.markup import ATTRIBUTES

_MATHML = re.compile(
    rf"""
    (?:<(?P<tex>(?:jats:)?tex-math)(?=[\s>]){ATTRIBUTES}[^<]*+</(?P=tex)>\s*+)?+
    <(?P<math>(?:mml:)?math)(?=[\s>])(?P<attributes>{ATTRIBUTES})
    (?P<inside>(?:[^<]++|<(?!/?(?P=math)[\s>]))*+)
    </(?P=math)>
    (?P<again>(?=\s*+</span>\s*+<span\s++class=["']katex-html))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A formula; TeX that says the same before it, and whether HTML does behind it."""
_IN_MATHML = re.compile(
    rf"""
      <(?P<name>(?:mml:)?annotation(?:-xml)?)(?=[\s>]){ATTRIBUTES}
      (?:[^<]++|<(?!/?(?P=name)[\s>]))*+ </(?P=name)>\s*+
    | </?(?:mml:)?(?:m[a-z]++|none|semantics)(?=[\s/>]){ATTRIBUTES}\s*+
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What is no text of the formula: the same in another language, and tags."""
_FRACTION = re.compile(
    r"""
    <(?P<x>(?:mml:)?)mfrac[^<>]*+>
    \s*+<(?P=x)m[ino][^<>]*+>(?P<above>[^<>]++)</(?P=x)m[ino]>
    \s*+<(?P=x)m[ino][^<>]*+>(?P<below>[^<>]++)</(?P=x)m[ino]>
    \s*+</(?P=x)mfrac>
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Of two numbers or names: without a line between them it would be another number."""
_BLOCK = re.compile(r"display\s*+=\s*+[\"']?+block", re.IGNORECASE)


def resolve(html: str) -> str:
    """`html` with the text of each formula in place of its MathML."""
    if "<" not in html or "math>" not in html.lower():
        return html
    return _MATHML.sub(_formula, html)


def _formula(found: re.Match[str]) -> str:
    if found["again"] is not None:
        return ""
    shown = _IN_MATHML.sub("", _FRACTION.sub(r"\g<above>/\g<below>", found["inside"]))
    return f" {shown} " if _BLOCK.search(found["attributes"]) else shown
