"""What this room must know of a kind of source: its keys. The table itself is the sources' own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol


class Key(Protocol):
    """One key of a kind; its value arrives in `Source.options`, read by `type`.

    `text` str, `texts` tuple[str, ...] (one or several), `number` int, `duration`
    timedelta, `fields` dict[str, tuple[str, ...]].
    """

    @property
    def type(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def choices(self) -> tuple[str, ...]: ...
    @property
    def needs(self) -> tuple[str, ...]: ...
    @property
    def check(self) -> Callable[[str], str | None] | None: ...
    @property
    def default(self) -> str | timedelta | None: ...
    @property
    def required(self) -> bool: ...
    @property
    def longest(self) -> int | None: ...
    @property
    def only_with(self) -> tuple[str, str] | None: ...
    @property
    def unless(self) -> str | None: ...


Keys = Mapping[str, Key]
Kinds = Mapping[str, Keys]
"""kind -> key -> Key, of the kinds that are available."""
