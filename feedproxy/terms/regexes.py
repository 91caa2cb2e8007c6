r"""Regular expressions in rules: RE2's, in linear time, with Unicode's `\w`, `\d` and `\b`.

RE2's own shorthands know only ASCII. For ASCII text, which is nearly all there is, they are
right as they are. For other text the pattern is rewritten: `\w` and `\d` become Unicode
classes. If it has a `\b`, a marker is put at each word boundary of the text; `\b` then
matches the marker, and every other atom may skip one.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import re2

from feedproxy.errors import BadTerm
from feedproxy.terms.patterns import ITEM, Token, check_edges, tokens_of
from feedproxy.text import Span, shape

LONGEST = 1000
"""The most characters of a pattern."""
MEMORY = 4 << 20
"""The most bytes of a compiled pattern; 4 MB hold some 180 `\\w` in a row."""

# Both end with a class, since a `-` behind the last sign of one would make a range of it.
_WORD = r"_\p{L}\p{M}\p{N}"
# Everything but letters, marks, numbers and `_`, for inside a class that is already negated.
_NO_WORD = (
    r"\x{203F}\x{2040}\x{2054}\x{FE33}\x{FE34}\x{FE4D}-\x{FE4F}\x{FF3F}"
    r"\p{Z}\p{C}\p{S}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}"
)
_NOTHING = r"\P{Any}"
_POSITIVE = {r"\w": _WORD, r"\d": r"\p{Nd}"}
_NEGATIVE = {r"\W": _WORD, r"\D": r"\p{Nd}", r"\S": r"\s"}
_MARK = "\uffff"  # Readable text never holds it.
_COUNTS = re.compile(r"repetition size: (?P<both>\{(?P<least>\d+),(?P<most>\d+)\})")
"""Finds the counts in an error message of RE2."""
_BOUNDARY = re.compile(r"\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Regex:
    """A valid pattern, as written between the slashes, and its compiled programs."""

    pattern: str
    ignore_case: bool
    program: Any = field(compare=False, repr=False)
    """For ASCII text."""
    for_unicode: tuple[Any, bool] = field(compare=False, repr=False)
    """The program for other text, and whether the word boundaries must be marked for it."""

    def find(self, readable: str) -> tuple[Span, ...]:
        """The leftmost matches one after the other, none of them empty."""
        if readable.isascii():
            return _spans(self.program.finditer(readable.encode()))
        program, marked = self.for_unicode
        if not marked:
            return _spans(program.finditer(_storable(readable)))
        text, moved = _with_marks(readable)
        spans = _spans(program.finditer(text))
        return tuple(Span(*(at - bisect_left(moved, at) for at in span)) for span in spans)

    def first(self, readable: str) -> str:
        """The leftmost match, or its first group if the pattern has one; empty without a match."""
        program, marked = _with_groups(self.pattern, self.ignore_case)
        found = program.search(_with_marks(readable)[0] if marked else _storable(readable))
        return (found[min(1, program.groups)] or "").replace(_MARK, "") if found else ""


def parse_regex(pattern: str, *, ignore_case: bool) -> Regex:
    """Raises BadTerm, which names what RE2 does not have, or what is too large."""
    if len(pattern) > LONGEST:
        raise BadTerm(f"it has {len(pattern):,} characters, {LONGEST:,} at most: split it")
    pattern = unicodedata.normalize("NFC", pattern)
    tokens = tuple(tokens_of(pattern))
    check_edges(tokens)
    bare = "".join(token.text for token in tokens if token.kind != "edge")
    try:
        program = _compile(pattern, ignore_case)
        for_unicode = _for_unicode(tokens, ignore_case)
        if _compile(bare, ignore_case).search(b"") is not None:
            raise BadTerm("it matches the empty text, and so everything: write + instead of *")
    except re2.error as error:
        raise BadTerm(_reason(error)) from error
    return Regex(pattern, ignore_case, program, for_unicode)


def _reason(error: Exception) -> str:
    """What RE2 says is wrong, in our words where we know better."""
    said = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
    counts = _COUNTS.search(said)
    if counts and int(counts["least"]) > int(counts["most"]):
        swapped = f"{{{counts['most']},{counts['least']}}}"
        return f"in `{counts['both']}` the first count is above the second: write `{swapped}`"
    if "too large" in said or "repetition size" in said:
        return "it is too large: use smaller counts, or * and +"
    return f"{said}: put a backslash before a character that is meant as such"


# --- for text that is not ASCII ------------------------------------------------------


def _rewritten(tokens: Sequence[Token], marked: bool) -> str:
    skip = f"{_MARK}?" if marked else ""
    parts = []
    for kind, text in tokens:
        if kind == "edge":
            parts.append(_MARK)
        elif kind == "atom":
            atom = _class(text)
            parts.append(f"(?:{skip}{atom})" if marked else atom)
        elif text in ("$", r"\z"):
            parts.append(f"{skip}{text}")
        else:
            parts.append(text)
    return "".join(parts)


def _class(atom: str) -> str:
    """The atom with Unicode's shorthands, changed so that it never matches the marker."""
    if atom == ".":
        return f"[^\\n{_MARK}]"
    if atom[0] == "[":
        negated = atom.startswith("[^")
        return (_none_of if negated else _one_of)(atom[2 if negated else 1 : -1])
    found = ITEM.fullmatch(atom)
    if found and found["none"]:
        return _complement(atom)
    return f"[{_POSITIVE[atom]}]" if atom in _POSITIVE else atom


def _complement(item: str) -> str:
    if item in _NEGATIVE:
        return f"[^{_NEGATIVE[item]}{_MARK}]"
    positive = item.replace("^", "").replace(r"\P", r"\p")
    return f"[^{positive}{_MARK}]"


def _one_of(items: str) -> str:
    found = list(ITEM.finditer(items))
    branches = [_complement(item[0]) for item in found if item["none"]]
    if len(branches) < len(found):
        # What leaves the class keeps its place: else a `^` could come first, or a `-` make a range.
        rest = (_NOTHING if item["none"] else _POSITIVE.get(item[0], item[0]) for item in found)
        branches.append(f"[{''.join(rest)}]")
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _none_of(items: str) -> str:
    named = {**_POSITIVE, r"\W": _NO_WORD, r"\D": r"\P{Nd}"}
    signs = [named.get(item[0], item[0]) for item in ITEM.finditer(items)]
    if signs[-1] == "-":  # else it would make a range up to the marker
        signs[-1] = r"\-"
    return f"[^{''.join(signs)}{_MARK}]"


# --- RE2 -----------------------------------------------------------------------------


def _storable(text: str) -> str:
    """`text` with `?` for lone surrogates, which UTF-8 has not."""
    return text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=8)
def _with_marks(readable: str) -> tuple[str, Sequence[int]]:
    """The text with a marker at each word boundary, and the positions of the markers.

    Kept for the next pattern: a topic asks for all of its own before it goes to the next text.
    """
    text = _storable(readable)
    edges = [edge.start() for edge in _BOUNDARY.finditer(shape(text))]
    parts = (text[a:b] for a, b in zip([0, *edges], [*edges, len(text)], strict=True))
    return _MARK.join(parts), [edge + count for count, edge in enumerate(edges)]


@lru_cache(maxsize=512)
def _with_groups(pattern: str, ignore_case: bool) -> tuple[Any, bool]:
    return _for_unicode(tuple(tokens_of(pattern)), ignore_case, groups=True)


def _for_unicode(
    tokens: Sequence[Token], ignore_case: bool, *, groups: bool = False
) -> tuple[Any, bool]:
    marked = any(token.kind == "edge" for token in tokens)
    return _compile(_rewritten(tokens, marked), ignore_case, groups=groups), marked


def _compile(pattern: str, ignore_case: bool, *, groups: bool = False) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = not groups
    options.max_mem = MEMORY
    options.case_sensitive = not ignore_case
    try:
        return re2.compile(pattern, options)
    finally:
        re2.purge()  # else it caches the last 128 programs, of up to 4 MB each


def _spans(matches: Iterator[Any]) -> tuple[Span, ...]:
    return tuple(Span(*match.span()) for match in matches if match.end() > match.start())
