r"""TeX inside `$…$` and `\(…\)` -> Unicode, through pylatexenc; outside, only accents are TeX.

What cannot be read, or uses unknown macros, stays exactly as it was written. Nothing here
raises, and the work is bounded for any text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice

from pylatexenc.latex2text import (
    LatexNodes2Text,
    MacroTextSpec,
    get_default_latex_context_db,
)
from pylatexenc.latexwalker import LatexWalker, LatexWalkerParseError

from feedproxy.text import accents

FORMULAS = 200
"""How many formulas of one text are converted at most."""
DEPTH = 20
"""A formula with more opening braces is left as it is: pylatexenc recurses."""

# As in Pandoc, no space may stand inside single dollars, so that prices are not taken for TeX.
_MATH = re.compile(
    r"""
      (?<![\\$]) (?P<mark>\$\$?) (?=[^\s$]) (?P<dollars>(?:[^$\\]|\\.){1,400}+)
      (?: (?<!\s) (?P=mark) | (?P=mark) (?<=\$\$) ) (?!\$)
    | \\\( (?P<parens>(?:[^\\]|\\[^()]){1,400}+) \\\)
    """,
    re.VERBOSE | re.DOTALL,
)
_SPECIAL = re.compile(r"[\\{}^_~]")
_PROSE = re.compile(r"\s[^\W\d_]{2,}|[^\W\d_]{2,}\s")
_SCRIPT = re.compile(r"(?P<mark>[\^_])\s*(?:\{(?P<group>[^{}]*)\}|(?P<one>[^\s{}^_]))")
_STYLED = re.compile("[\U0001d400-\U0001d7ff\u210b\u2110\u2112\u211b\u2130\u2131\u2133]")

_RAISED = str.maketrans("0123456789+-−=()ni∘°′'*∗⋆†", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ°°′'***†")
_LOWERED = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")

_STYLES = (  # macros that only change how the following looks
    "left right middle big Big bigg Bigg bigl bigr Bigl Bigr bm boldsymbol operatorname mathop"
    " mathbin mathrel displaystyle textstyle scriptstyle limits nolimits xspace bf it rm sf tt"
    " sc cal em boldmath pmb mathds"
)


class _Unknown(Exception):
    pass


def _refuse(node: object, **_: object) -> str:
    raise _Unknown(node)


def _converter() -> LatexNodes2Text:
    known = get_default_latex_context_db()
    known.add_context_category(
        "feedproxy",
        prepend=True,
        macros=[
            *(MacroTextSpec(name, simplify_repl="") for name in _STYLES.split()),
            *(MacroTextSpec(name, simplify_repl="%s") for name in ("texttt", "textup")),
            *(
                MacroTextSpec(name, simplify_repl=_refuse)
                for name in ("input", "include", "href", "cite", "ref", "item", "footnote")
            ),
            MacroTextSpec("|", simplify_repl="‖"),
            MacroTextSpec("bot", simplify_repl="⊥"),
        ],
    )
    known.set_unknown_macro_spec(MacroTextSpec("", simplify_repl=_refuse))
    return LatexNodes2Text(
        latex_context=known,
        math_mode="text",
        strict_latex_spaces="based-on-source",
        keep_braced_groups=True,
        keep_braced_groups_minlen=0,
    )


_CONVERTER = _converter()


def resolve(text: str) -> str:
    """`text` with its formulas in Unicode: `$\\alpha$-divergence` -> `α-divergence`."""
    if "$" not in text and "\\(" not in text:
        return accents.resolve(text)
    shown: list[str] = []
    at = 0
    for found in islice(_MATH.finditer(text), FORMULAS):
        shown += accents.resolve(text[at : found.start()]), _formula(found) or found[0]
        at = found.end()
    return "".join(shown) + accents.resolve(text[at:])


def _formula(found: re.Match[str]) -> str:
    tex = (found["dollars"] or found["parens"]).strip()
    if "\\" not in tex and _PROSE.search(tex):
        return ""
    if not _SPECIAL.search(tex):
        around = (
            found.string[max(found.start() - 1, 0)] + found.string[found.end() : found.end() + 1]
        )
        return "" if any(map(str.isdigit, around)) else tex
    return _unicode(tex) if tex.count("{") <= DEPTH else ""


@lru_cache(maxsize=1024)
def _unicode(tex: str) -> str:
    """The formula as text; empty if it cannot be converted."""
    try:
        text = _symbols(tex) if "\\" in tex else tex
    except (_Unknown, LatexWalkerParseError, RecursionError, ValueError, IndexError, TypeError):
        return ""
    while (scripts := _SCRIPT.sub(_script, text)) != text:
        text = scripts
    text = text.replace("{", "").replace("}", "").replace("~", " ").translate(_LITERAL)
    return _STYLED.sub(lambda letter: unicodedata.normalize("NFKC", letter[0]), text)


# Private characters that stand in for `^`, `_`, `{` and `}` where these are plain text.
_LITERAL = {0xE000 + ord(mark): mark for mark in "^_{}"}


def _symbols(tex: str) -> str:
    tex = re.sub(r"\\([{}_^])", lambda mark: chr(0xE000 + ord(mark[1])), tex)
    tex = re.sub(r"(?<!\\)([%&#])", r"\\\1", tex)
    tex = re.sub(r"([\^_])\s*(\\[A-Za-z]+\{[^{}]*\})", r"\1{\2}", tex)
    walker = LatexWalker(tex, tolerant_parsing=False)
    state = walker.make_parsing_state(in_math_mode=True)
    nodes, _, _ = walker.get_latex_nodes(parsing_state=state)
    # pylatexenc puts the accent of `\\hat{x}` on the braces, too.
    return re.sub(r"([{}])[\u0300-\u036f\u20d0-\u20ff]+", r"\1", _CONVERTER.nodelist_to_text(nodes))


def _script(found: re.Match[str]) -> str:
    """`^{-3}` -> `⁻³`; what Unicode has no signs for stays on the line: `_total`, `^(a/b)`."""
    inner = (found["group"] if found["one"] is None else found["one"]).strip()
    moved = _RAISED if found["mark"] == "^" else _LOWERED
    if all(ord(sign) in moved for sign in inner) and not re.search(r"[a-z]{2}", inner):
        return inner.translate(moved)
    mark = chr(0xE000 + ord(found["mark"]))
    return f"{mark}{inner}" if re.fullmatch(r"[\w.]+|.", inner) else f"{mark}({inner})"
