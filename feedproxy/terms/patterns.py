r"""The syntax of regular expressions in rules: their tokens, and where a `\b` may stand.

Syntax that RE2 lacks is refused by name, with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from feedproxy.errors import BadTerm

_REFUSED = (
    (r"\(\?=", "lookahead", "match what follows, too, or use two terms under `all:`"),
    (r"\(\?!", "negative lookahead", "put what must not be there under `exclude:` or `none:`"),
    (r"\(\?<=", "lookbehind", "match what precedes, too, or use two terms under `all:`"),
    (r"\(\?<!", "negative lookbehind", "put what must not be there under `exclude:` or `none:`"),
    (r"\(\?>", "the atomic group", "write `(?:`: nothing is ever tried twice here"),
    (r"\(\?\(", "the conditional", "write both cases out, as in `(?:a|b)`"),
    (r"\(\?\|", "the branch reset", "write `(?:`"),
    (r"\(\?#", "the comment", "put it behind a # in the YAML file"),
    (r"\(\?(?:R|&|P>|[+-]?\d)", "recursion", "write the nested part out"),
    (r"\(\?P=\w*\)?|\\[1-9]|\\[kg]", "the back-reference", "write out what is to be repeated"),
    (r"(?:[*+?]|\{\d+(?:,\d*)?\})\+", "the possessive quantifier", "leave out the last +"),
    (r"\{,\d+\}", "the count without a beginning", "write 0 before the comma, as in `{0,3}`"),
    (
        r"\{(?!1000[,}])\d{4,}(?:,\d*)?\}|\{\d+,(?!1000\})\d{4,}\}",
        "a count over 1000",
        "use * or +",
    ),
    (r"\\B", "the non-boundary", "say what stands there, such as `\\w`"),
    (r"\\Z", "the escape", "write `$`"),
    (r"\\[uUN]", "the escape", "write the character itself, or `\\x{00E9}`"),
    (r"\\[QE]", "the quoting", "put a backslash before each special character"),
    (r"\\[CGKRXhHyY]", "the escape", "say which characters are meant, in [...]"),
    (r"\(\?[a-zA-Z]*x[a-zA-Z-]*[:)]", "the flag x", "write the pattern without spaces"),
)
_REFUSED_FORM = re.compile("|".join(f"({form})" for form, _, _ in _REFUSED))

_TOKEN = re.compile(
    r"""
      (?P<edge>\\b)
    | (?P<anchor>[\^$]|\\[Az]|\(\?[a-zA-Z-]+\))
    | (?P<open>\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?)
    | (?P<close>\))
    | (?P<bar>\|)
    | (?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)
    | (?P<atom>\[\^?\]?(?:\\[pP]\{\^?\w+\}|\\.|\[:\^?\w+:\]|[^\]\\])*\]
        |\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|0[0-7]{0,2}|[pP]\{\^?\w+\}|[pP]\w|.)
        |.)
    """,
    re.VERBOSE | re.DOTALL,
)
ITEM = re.compile(
    r"(?P<none>\\[WDS]|\\P\{\w+\}|\\P\w|\\p\{\^\w+\}|\[:\^\w+:\])"
    r"|\[:\w+:\]|\\(?:x\{\w+\}|x\w\w|0[0-7]{0,2}|p\{\w+\}|p\w|.)|[^\\]",
    re.DOTALL,
)


class Token(NamedTuple):
    kind: str
    text: str


def tokens_of(pattern: str) -> Iterator[Token]:
    at = 0
    while at < len(pattern):
        if found := _REFUSED_FORM.match(pattern, at):
            _, what, instead = _REFUSED[(found.lastindex or 1) - 1]
            raise BadTerm(f"{what} `{found[0]}` is not supported: {instead}")
        token = _TOKEN.match(pattern, at)
        if token is None:
            raise BadTerm("it ends with a backslash: write `\\\\` for a backslash")
        if token[0][0] == "[" and any(item[0] == r"\b" for item in ITEM.finditer(token[0])):
            raise BadTerm("`\\b` inside of [...] is not supported: put it before or behind")
        yield Token(str(token.lastgroup), token[0])
        at = token.end()


def check_edges(tokens: Sequence[Token]) -> None:
    """Raises BadTerm for a `\\b` that is not at an end of the expression or of an outer branch."""
    last = len(tokens) - 1
    backwards = [_SWAPPED.get(token.kind, token.kind) for token in reversed(tokens)]
    allowed = set(_outermost([token.kind for token in tokens], _repeated_groups(tokens)))
    allowed |= {last - at for at in _outermost(backwards, set())}
    for at, token in enumerate(tokens):
        if token.kind == "edge" and at not in allowed:
            raise BadTerm(
                "`\\b` is supported at the ends of the expression or of a branch only: "
                "elsewhere write what separates the words, such as `[ -]`"
            )


_SWAPPED = {"open": "close", "close": "open"}


def _outermost(kinds: Sequence[str], repeated: set[int]) -> Iterator[int]:
    """The positions of each `edge` that comes first in its branch."""
    begins, outer = True, [True]
    for at, kind in enumerate(kinds):
        if kind == "open":
            outer.append(begins and at not in repeated)
            begins = outer[-1]
        elif kind == "close":
            outer = outer[:-1] or [False]
            begins = False
        elif kind == "bar":
            begins = outer[-1]
        elif kind != "anchor":
            if kind == "edge" and begins:
                yield at
            begins = False


def _repeated_groups(tokens: Sequence[Token]) -> set[int]:
    opened: list[int] = []
    repeated = set()
    for at, token in enumerate(tokens):
        if token.kind == "open":
            opened.append(at)
        elif token.kind == "close" and opened:
            first = opened.pop()
            if at + 1 < len(tokens) and tokens[at + 1].kind == "repeat":
                repeated.add(first)
    return repeated
