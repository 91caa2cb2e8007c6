"""What a page shows, for the kinds whose fields the user writes, `html` and `json`.

A bad item never affects another; but if most items have no title or no link, that is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from feedproxy.errors import Damaged
from feedproxy.links import absolute
from feedproxy.models import Record
from feedproxy.sources.dates import day_of
from feedproxy.sources.items import LINKS, MANY, REQUIRED, FieldTexts

Fields = Mapping[str, Sequence[str]]
"""field -> the places in an item where it may stand, as written in the rules."""


@dataclass(frozen=True, slots=True)
class Shown:
    records: tuple[Record, ...]
    items: int = 0
    notes: tuple[str, ...] = ()
    """What is odd: items that were left out, fields that no item has."""
    following: str = ""
    """What leads to the next page: its address, or what fills `{cursor}`; else empty."""
    trouble: Damaged | None = None
    """What is wrong with the page, though these records are good."""


def first_that_holds(name: str, places: Iterable[Iterable[str]], base: str) -> tuple[str, ...]:
    """The texts of the first place that has any for the field; links are made absolute."""
    for texts in places:
        if name in LINKS:
            texts = filter(None, (absolute(base, text) for text in texts))
        if found := tuple(texts if name in MANY else islice(texts, 1)):
            return found
    return ()


def trouble(
    found: Sequence[FieldTexts], fields: Fields, url: str, quoted: Callable[[int], str]
) -> Damaged | None:
    """An error if more than half of the items lack a required field: its place must be wrong.

    `quoted` gives the item of that number as the message shows it.
    """
    for name in REQUIRED:
        without = [at for at, texts in enumerate(found) if not texts.get(name)]
        if 2 * len(without) > len(found):
            return Damaged(
                url,
                f"half-empty: {len(without)} of {len(found)} items have no {name}:"
                f" {_written(fields[name])} finds nothing in {quoted(without[0])}",
            )
    return None


def notes(
    found: Sequence[FieldTexts], fields: Fields, seen: datetime, no_date: Callable[[str], str]
) -> Iterator[str]:
    """A note for each field that no item has, and one by `no_date` if no date is understood."""
    for name in fields:
        if found and name not in REQUIRED and not any(texts[name] for texts in found):
            yield f"{name}: {_written(fields[name])} finds nothing in any item"
    dates = [texts["published"][0] for texts in found if texts.get("published")]
    if dates and not any(day_of(each, seen) for each in dates):
        yield f"published: {no_date(dates[0])}"


def _written(places: Sequence[str]) -> str:
    return " or ".join(map(repr, places))
