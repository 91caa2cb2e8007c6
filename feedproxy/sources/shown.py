"""What a page shows of the kinds whose fields the user writes, `html` and `json`.

What one item lacks never costs another; that most of them lack a title or a link is an error.
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
from feedproxy.sources.items import LINKS, MANY, REQUIRED, Found

Fields = Mapping[str, Sequence[str]]
"""field -> the places in an item where it may stand, as the rules have them."""


@dataclass(frozen=True, slots=True)
class Shown:
    records: tuple[Record, ...]
    items: int = 0
    notes: tuple[str, ...] = ()
    """What was odd: items that were left out, fields that no item has."""
    following: str = ""
    """What leads to the next page: its address, or what fills `{cursor}`; empty if nothing does."""
    trouble: Damaged | None = None
    """Why the page is not as it should be, though these records are good."""


def first_that_holds(name: str, places: Iterable[Iterable[str]], base: str) -> tuple[str, ...]:
    """The texts of the first of the places that has any for the field; links are absolute."""
    for texts in places:
        if name in LINKS:
            texts = filter(None, (absolute(base, text) for text in texts))
        if found := tuple(texts if name in MANY else islice(texts, 1)):
            return found
    return ()


def trouble(
    found: Sequence[Found], fields: Fields, url: str, quoted: Callable[[int], str]
) -> Damaged | None:
    """That more than half of the items lack a field: it is looked for in a wrong place.

    `quoted`: the item of that number, as the message shows it.
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
    found: Sequence[Found], fields: Fields, seen: datetime, no_date: Callable[[str], str]
) -> Iterator[str]:
    """Which fields no item has; and of dates none of which is known, what `no_date` says of one."""
    for name in fields:
        if found and name not in REQUIRED and not any(texts[name] for texts in found):
            yield f"{name}: {_written(fields[name])} finds nothing in any item"
    dates = [texts["published"][0] for texts in found if texts.get("published")]
    if dates and not any(day_of(each, seen) for each in dates):
        yield f"published: {no_date(dates[0])}"


def _written(places: Sequence[str]) -> str:
    return " or ".join(map(repr, places))
