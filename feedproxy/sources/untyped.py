"""Values of any type, as parsers give them -> those of the wanted type; of others, nothing."""

from __future__ import annotations

from typing import Any


def object_of(value: object) -> dict[str, Any]:
    """The object; empty if it is none."""
    return value if isinstance(value, dict) else {}


def objects_in(value: object) -> list[dict[str, Any]]:
    """The objects in a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def strings_in(value: object) -> list[str]:
    """The strings in a list."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
