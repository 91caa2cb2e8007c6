"""Formulas in MathML -> their text. A copy in TeX or HTML beside the formula is dropped.

Pure, and linear in the text. Powers, roots and all but the simplest fractions become flat.
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
"""A formula, with the same in TeX before it, if any; `again` if the same follows in HTML."""
_IN_MATHML = re.compile(
    rf"""
      <(?P<name>(?:mml:)?annotation(?:-xml)?)(?=[\s>]){ATTRIBUTES}
      (?:[^<]++|<(?!/?(?P=name)[\s>]))*+ </(?P=name)>\s*+
    | </?(?:mml:)?(?:m[a-z]++|none|semantics)(?=[\s/>]){ATTRIBUTES}\s*+
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""The parts of a formula that are not its text: tags, and annotations in other languages."""
_FRACTION = re.compile(
    r"""
    <(?P<x>(?:mml:)?)mfrac[^<>]*+>
    \s*+<(?P=x)m[ino][^<>]*+>(?P<above>[^<>]++)</(?P=x)m[ino]>
    \s*+<(?P=x)m[ino][^<>]*+>(?P<below>[^<>]++)</(?P=x)m[ino]>
    \s*+</(?P=x)mfrac>
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A fraction of two numbers or names, which without a slash would read as one number."""
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
