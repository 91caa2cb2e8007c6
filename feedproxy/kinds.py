"""What a kind of source is, as plain data: how it reads, and the keys it takes in the rules.

The sources only describe their keys with it. `rulefiles` checks them, and makes its errors, its
guesses at what was meant and the JSON Schema from the descriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from feedproxy.errors import BadTerm
from feedproxy.models import Source, Steps

Read = Callable[[Source, datetime, Mapping[str, datetime]], Steps]
"""(source, now, when each part was last read) -> its steps."""

ReadDay = Callable[[Source, date, datetime], Steps]
"""(source, day, now) -> the steps that read this day alone."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a source in the rules; its value arrives in `Source.options` as `type`."""

    type: Literal["text", "texts", "number", "duration", "fields"]
    """`str`, `tuple[str, ...]` (one or several), `int`, `timedelta`, `dict[str, tuple[str, ...]]`
    (each one or several)."""
    meaning: str
    choices: tuple[str, ...] = ()
    """The only values, or the only names of `fields`; empty: any."""
    needs: tuple[str, ...] = ()
    """The names that `fields` must hold."""
    check: Callable[[str], str | None] | None = None
    """What is wrong with a value, such as a bad selector, and what to write; None: nothing."""
    default: str | timedelta | None = None
    required: bool = False
    longest: int | None = None
    """In characters."""
    least: int = 1
    """Of a number."""
    only_with: tuple[str, str] | None = None
    """(key, value): the key is allowed, and `required` counts, only if that key has that value."""
    unless: str | None = None
    """Another key: this one is allowed, and `required` counts, only if that one is not there."""


Keys = Mapping[str, Key]


def problem_of(parse: Callable[[str], object]) -> Callable[[str], str | None]:
    """Makes a `Key.check` from a function that raises BadTerm."""

    def check(written: str) -> str | None:
        try:
            parse(written)
        except BadTerm as e:
            return str(e)
        return None

    return check


@dataclass(frozen=True, slots=True)
class Kind:
    read: Read
    keys: Keys
    read_day: ReadDay | None = None
    """For filling in the past; None: the listing has no days to ask for."""
    pace: float = 0.0
    """Seconds between two requests of this kind, whoever sends them; 0: no pause."""
