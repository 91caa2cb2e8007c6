"""Texts as written -> durations, numbers, days, comparisons, names.

Each function raises Wrong, which says what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from math import ceil, floor
from typing import TypeVar

from feedproxy.rulefiles.messages import did_you_mean, listed, quoted
from feedproxy.rulefiles.nodes import Node, Scalar, Table
from feedproxy.rules import conditions

DURATION = r"^[0-9]{1,6}\s*[smhdw]$"
_GROUPED = r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}"
NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$"
INTEGER = r"^[0-9]{1,9}$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
COMPARISON = r"^\s*(>=|<=|>|<|=|≥|≤)\s*([^<>=\s].*?)\s*$"
TOPIC_NAME = rf"^{conditions.TOPIC_NAME}$"
NAME = r"^\w[\w.-]{0,63}$"
ANY_NAME = r"^[^\x00-/:-@\[-^`{-\xa9][^\x00-,/:-@\[-^`{-\xa9]{0,63}$"
"""`NAME` for the JSON Schema. It allows every non-ASCII sign, since `\\w` means ASCII letters only
in a JavaScript editor, and Python has no `\\p{L}`.
"""

T = TypeVar("T")

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=36525)
_LARGEST = 1_000_000_000
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
TRUTH = "^({})$".format(
    "|".join("".join(f"[{sign}{sign.upper()}]" for sign in word) for word in _TRUTHS)
)
"""In any case, spelled out: patterns in a JSON Schema have no flags."""


class Wrong(ValueError):
    """What is wrong with what was written; `node` if only that part of it is wrong."""

    def __init__(self, message: str, node: Node | None = None) -> None:
        super().__init__(message)
        self.node = node


def text(node: Node) -> Scalar:
    if isinstance(node, Table):
        raise Wrong(_not_text(node))
    if not isinstance(node, Scalar):
        raise Wrong("one text is wanted here, not a list")
    if not node.strip():
        raise Wrong("is empty: write something, or remove it")
    return node


IN_BRACKETS = "one stands without a colon, several in brackets, not in braces: [a, b]"


def _not_text(table: Table) -> str:
    if table and all(value == "" for value in table.values()):
        return f"one text is wanted here: {IN_BRACKETS}"
    if len(table) == 1:
        ((key, value),) = table.items()
        if isinstance(value, Scalar):
            return (
                f"one text is wanted here: a phrase with a colon needs quotes: {phrase(key, value)}"
            )
    return "one text is wanted here, not keys and values"


def phrase(key: str, value: str) -> str:
    return quoted(f"{key}: {value}")


def one_of(choices: tuple[str, ...]) -> Callable[[Node], Scalar]:
    def choice(node: Node) -> Scalar:
        written = text(node)
        if written not in choices:
            guess = did_you_mean(written, choices)
            raise Wrong(f"{quoted(written)} is not possible here{guess}: write {listed(choices)}")
        return written

    return choice


def at_most(length: int) -> Callable[[Node], Scalar]:
    def short(node: Node) -> Scalar:
        written = text(node)
        if len(written) > length:
            raise Wrong(f"is {len(written)} characters long, {length} at most")
        return written

    return short


def checked(read: Callable[[Node], T], check: Callable[[str], str | None]) -> Callable[[Node], T]:
    """`read`, followed by a check of the source kind's own."""

    def without_problem(node: Node) -> T:
        value = read(node)
        if problem := check(text(node)):
            raise Wrong(problem)
        return value

    return without_problem


def truth(node: Node) -> bool:
    written = text(node)
    if not re.fullmatch(TRUTH, written):
        raise Wrong(f"{quoted(written)} is neither true nor false")
    return _TRUTHS[written.lower()]


def number(node: Node) -> float:
    written = text(node)
    if not re.fullmatch(NUMBER, written):
        raise Wrong(f"{quoted(written)} is no number: write one such as 10")
    if abs(float(written)) > _LARGEST:
        raise Wrong(f"{quoted(written)}: a number from -{_LARGEST:,} to {_LARGEST:,} is wanted")
    return float(written)


def count(node: Node) -> float:
    """A number, but not 1.000, which is a thousand to many people."""
    written = text(node)
    if re.fullmatch(_GROUPED, written):
        meant = f"{float(written):g} or {written.replace('.', '')}"
        raise Wrong(f"{quoted(written)} may be {meant}: write the one that is meant")
    return number(node)


def integer(least: int, most: int) -> Callable[[Node], int]:
    def within(node: Node) -> int:
        written = text(node)
        if not re.fullmatch(INTEGER, written) or not least <= int(written) <= most:
            raise Wrong(f"{quoted(written)}: a whole number from {least} to {most} is wanted")
        return int(written)

    return within


def duration(node: Node) -> timedelta:
    written = text(node)
    if not re.fullmatch(DURATION, written):
        raise Wrong(f"{quoted(written)} is no duration: write it as 30m, 12h, 7d or 2w")
    length = timedelta(**{_UNITS[written[-1]]: int(written[:-1])})
    if length > _LONGEST:
        raise Wrong(f"{quoted(written)} is longer than a century")
    return length


def day(node: Node) -> date:
    written = text(node)
    try:
        if not re.fullmatch(DAY, written):
            raise ValueError
        return date.fromisoformat(written)
    except ValueError as e:
        raise Wrong(f"{quoted(written)} is no day: write it as 2026-01-31") from e


def as_written(value: float | timedelta | date) -> str:
    """The value as one writes it in the rules: `10`, `30d`, `2026-01-31`."""
    if not isinstance(value, timedelta):
        return f"{value:g}" if isinstance(value, float) else str(value)
    unit = next(u for u, name in reversed(_UNITS.items()) if not value % timedelta(**{name: 1}))
    return f"{value // timedelta(**{_UNITS[unit]: 1})}{unit}"


def slug(text: str) -> str:
    """A name that any topic, list or source may have; empty if the text holds nothing for one."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:64].strip("-")


def topic_name(node: Node) -> Scalar:
    if not isinstance(node, Scalar) or not re.fullmatch(TOPIC_NAME, node):
        hint = f", for example {example}" if (example := slug(str(node))) else ""
        raise Wrong(
            f"{quoted(str(node))} is no topic's name: lower-case letters, digits and hyphens, "
            f"at most 64{hint}"
        )
    return node


def name(node: Node) -> Scalar:
    written = text(node)
    if not re.fullmatch(NAME, written):
        raise Wrong(f"{quoted(written)} is no name: letters, digits, hyphens, at most 64")
    return written


def counts(node: Node) -> Node:
    """`">= 10"` as `{min: 10}`; whole numbers, so `"> 9"` is the same."""
    return _compared(node, ">= 10", lambda sign, limit: _count_bounds(sign, count(limit)))


def points(node: Node) -> Node:
    """Like `counts`, but a score may lie between two whole numbers."""
    return _compared(node, ">= 4", _point_bounds)


def ages(node: Node) -> Node:
    return _compared(node, "<= 7d", _age_bounds)


def days(node: Node) -> Node:
    return _compared(node, ">= 2026-01-31", lambda sign, limit: _day_bounds(sign, day(limit)))


_SIDES = {">": ("min",), ">=": ("min",), "<": ("max",), "<=": ("max",), "=": ("min", "max")}


def _compared(node: Node, example: str, bounds: Callable[[str, Scalar], Mapping[str, str]]) -> Node:
    if not isinstance(node, Scalar):
        return node
    found = re.match(COMPARISON, text(node))
    if not found:
        raise Wrong(f'{quoted(node)}: write a comparison in quotes, as "{example}", or a range')
    sign = found[1].replace("≥", ">=").replace("≤", "<=")
    table = Table(node.place)
    for key, limit in bounds(sign, Scalar(found[2], node.place)).items():
        table[Scalar(key, node.place)] = Scalar(limit, node.place)
    return table


def _count_bounds(sign: str, limit: float) -> Mapping[str, str]:
    if sign == ">":
        return {"min": str(floor(limit) + 1)}
    if sign == "<":
        return {"max": str(ceil(limit) - 1)}
    return {side: str(limit) for side in _SIDES[sign]}


def _point_bounds(sign: str, limit: Scalar) -> Mapping[str, str]:
    if sign in ("<", ">"):
        raise Wrong(f"a score may lie between two numbers: write {sign}= {limit}")
    return dict.fromkeys(_SIDES[sign], limit)


def _age_bounds(sign: str, limit: Scalar) -> Mapping[str, str]:
    if sign == "=":
        duration(limit)
        raise Wrong(
            f"nothing is exactly {limit} old for long: write {{max: {limit}}} or {{min: {limit}}}"
        )
    return dict.fromkeys(_SIDES[sign], limit)


def _day_bounds(sign: str, limit: date) -> Mapping[str, str]:
    try:
        return {
            side: (limit + timedelta(days=away)).isoformat() for side, away in _BESIDE[sign].items()
        }
    except OverflowError as e:
        message = f"{quoted(str(limit))} is where the calendar ends: write another day, or none"
        raise Wrong(message) from e


_BESIDE: Mapping[str, Mapping[str, int]] = {
    ">": {"after": 0},
    ">=": {"after": -1},
    "<": {"before": 0},
    "<=": {"before": 1},
    "=": {"after": -1, "before": 1},
}
"""How many days each bound is away from the day that was written; bounds are exclusive."""
