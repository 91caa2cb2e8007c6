"""The small language that says where something stands in an answer.

    data        authors[].name        a JMESPath: https://jmespath.org
    https://arxiv.org/abs/{id}        an address, filled with what the paths in it find

Parsing raises BadTerm, which says what to write instead; finding never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import jmespath
from jmespath.exceptions import EmptyExpressionError, JMESPathError, ParseError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult

from feedproxy.errors import BadTerm

LONGEST = 20_000
"""How many characters of one text are read."""
LARGEST = 10**15
"""A larger number is neither a count nor a moment; nor are NaN and infinity."""
LARGEST_ID = 2**64
"""But a larger whole number may be an id, as on Mastodon or Zhihu."""

_ONE_OR_TWO = re.compile(r"(?!.* and )[^,;&]+, [^,;&]+")
"""A surname and given names, or two people."""
_HOLE = re.compile(r"\{([^{}]*)\}")
_IN_QUERY = "/:@!$'()*,=~"
_IN_PATH = _IN_QUERY + "&+;"
"""Behind the `?` these three part values, or mean a space."""


def is_template(written: str) -> bool:
    return written.startswith(("http://", "https://"))


def parse(written: str) -> None:
    """Raises BadTerm if `written` is neither a path nor a template."""
    if not is_template(written):
        parse_path(written)
        return
    holes = _HOLE.findall(written)
    if not holes:
        raise BadTerm(f"{written!r} is the same for every item: fill it, as https://…/{{id}}")
    for hole in holes:
        parse_path(hole)


@lru_cache(maxsize=512)
def parse_path(written: str) -> ParsedResult:
    try:
        path = jmespath.compile(written)
        unknown = next(_unknown_functions(path.parsed), None)
    except EmptyExpressionError:
        raise BadTerm("a JMESPath is missing: write one such as title or authors[].name") from None
    except (JMESPathError, RecursionError) as e:
        raise BadTerm(f"{written!r} is no JMESPath: {_what_is_wrong(e)}") from e
    if unknown:
        raise BadTerm(f"{written!r}: JMESPath has no function {unknown}")
    return path


def _unknown_functions(node: Any) -> Iterator[str]:
    if node["type"] == "function_expression" and node["value"] not in Functions.FUNCTION_TABLE:
        yield node["value"]
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _unknown_functions(child)


def _what_is_wrong(error: Exception) -> str:
    """The library's message without its drawing."""
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, ParseError) and error.token_type not in (None, "EOF"):
        return f"{error.token_value!r} is not possible at character {error.lex_position + 1}"
    return "it ends too early"


def find(written: str, value: object) -> object:
    """What the path leads to, or the filled template; None or empty if that is nothing, or if a
    function in the path fails on it.
    """
    if is_template(written):
        return _filled(written, value)
    try:
        return parse_path(written).search(value)
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError):
        return None  # jmespath's own errors, and those that its functions let through


def texts_of(value: object) -> Iterator[str]:
    """The text or number that was found, or those in the list that was."""
    if isinstance(value, str):
        if text := value[:LONGEST].strip():
            yield text
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) < (LARGEST_ID if isinstance(value, int) else LARGEST):
            yield str(int(value)) if value == int(value) else str(value)
    elif isinstance(value, list):
        for each in value:
            if not isinstance(each, list):
                yield from texts_of(each)


def dates_of(value: object) -> Iterator[str]:
    """Like `texts_of`, with the parts of a date joined."""
    if isinstance(value, list) and _is_date(value):
        yield "-".join(map(str, value))
    else:
        yield from texts_of(value)


def counts_of(value: object) -> Iterator[str]:
    """Like `texts_of`, with a number rounded: as a text, 5.667 could be five thousand."""
    if isinstance(value, float) and abs(value) < LARGEST:
        yield str(round(value))
    else:
        yield from texts_of(value)


def names_of(value: object) -> Iterator[str]:
    """Like `texts_of`; behind the only name in a list, which is one person's, stands a `;` if it
    could be taken for two names: `van Loon, Ada Maria;`.
    """
    found = tuple(texts_of(value))
    if isinstance(value, list) and len(found) == 1 and _ONE_OR_TWO.fullmatch(found[0]):
        yield found[0] + ";"
    else:
        yield from found


def _is_date(parts: list[object]) -> bool:
    """Whether it is `[2026, 11, 20]` or `[2026, 11]`, as Crossref and CSL write dates."""
    if len(parts) not in (2, 3) or any(type(each) is not int for each in parts):
        return False
    bounds = (range(1000, 3000), range(1, 13), range(1, 32))
    return all(each in bound for each, bound in zip(parts, bounds, strict=False))


def _filled(template: str, item: object) -> str:
    """The filled template; empty if one of its places is."""
    found = {hole: next(texts_of(find(hole, item)), "") for hole in _HOLE.findall(template)}
    if not all(found.values()):
        return ""

    def filled(hole: re.Match[str]) -> str:
        in_query = "?" in _HOLE.sub("", template[: hole.start()])
        return quote(found[hole[1]], _IN_QUERY if in_query else _IN_PATH, errors="replace")

    return _HOLE.sub(filled, template)
