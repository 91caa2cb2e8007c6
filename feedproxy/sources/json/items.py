"""An answer and what the user says of it -> the records in it. No paging, no I/O.

That no list is there, and that most of its items have no title or link, are two errors, which
quote what is there instead; an empty list is no error. What one item lacks never costs another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from feedproxy.errors import Damaged, NothingFound
from feedproxy.links import absolute
from feedproxy.models import Page, Record
from feedproxy.sources.dates import day_of
from feedproxy.sources.items import (
    LINKS,
    MANY,
    MOST_ITEMS,
    REQUIRED,
    Found,
    gather,
    lacking,
    record,
)
from feedproxy.sources.json import paths
from feedproxy.sources.jsontext import decode

QUOTED = 80
"""Characters of what was found that a message shows."""

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one answer holds."""

    items: int
    records: tuple[Record, ...]
    notes: tuple[str, ...] = ()
    cursor: str = ""
    """What leads to the next page; empty if nothing does."""
    trouble: Damaged | None = None
    """Why the answer is not as it should be, though these records are good."""


def read_items(page: Page, options: Mapping[str, Any]) -> Shown:
    """`options` are the kind's keys, as they arrive in `Source.options`.

    Raises NothingFound where there is no list of items, Damaged for what is no JSON.
    """
    answer = decode(page.body, page.url)
    items = _list(answer, options.get("items", "@"), page.url)
    fields: Fields = options["fields"]
    found = [_texts(item, fields, page.url) for item in items[: MOST_ITEMS + 1]]

    home = options.get("url", page.url)

    def read(texts: Found) -> Record:
        return record(texts, page.url, home, _day(texts, page.fetched), page.fetched)

    gathered = gather(found, read)
    notes = (*gathered.notes, *_notes(found, fields, page.fetched))
    trouble = _trouble(items, found, fields, page.url)
    cursor = next(paths.texts(options["cursor"], answer), "") if "cursor" in options else ""
    return Shown(len(items), gathered.records, notes, cursor, trouble)


def _list(answer: object, wanted: str, url: str) -> list[object]:
    items = paths.find(wanted, answer)
    if isinstance(items, list):
        return items
    said = next(paths.texts_of(paths.find("[error, message, detail]", answer)), "")
    raise NothingFound(
        url,
        f"no list: {wanted!r} leads to {_shape(items)}; the answer is {_shape(answer)}"
        + (f", saying {_quoted(said)}" if said else ""),
    )


def _texts(item: object, fields: Fields, base: str) -> Found:
    return {name: _field(item, name, fields[name], base) for name in fields}


def _field(item: object, name: str, written: Sequence[str], base: str) -> tuple[str, ...]:
    """What the first of the paths finds that finds something."""
    for path in written:
        texts = paths.texts(path, item)
        if name in LINKS:
            texts = filter(None, (absolute(base, text) for text in texts))
        if found := tuple(texts if name in MANY else islice(texts, 1)):
            return found
    return ()


def _day(texts: Found, seen: datetime) -> date | None:
    return day_of("".join(texts.get("published", ())), seen)


# --- what is not as it should be -----------------------------------------------------


def _trouble(
    items: Sequence[object], found: Sequence[Found], fields: Fields, url: str
) -> Damaged | None:
    for name in REQUIRED:
        if without := lacking(found, name):
            return Damaged(
                url,
                f"half-empty: {len(without)} of {len(found)} items have no {name}:"
                f" {_written(fields[name])} finds nothing in {_shape(items[without[0]])}",
            )
    return None


def _notes(found: Sequence[Found], fields: Fields, seen: datetime) -> list[str]:
    notes = [
        f"{name}: {_written(fields[name])} finds nothing in any item"
        for name in fields
        if found and name not in REQUIRED and not any(texts[name] for texts in found)
    ]
    dates = [texts["published"][0] for texts in found if texts.get("published")]
    if dates and not any(day_of(each, seen) for each in dates):
        notes.append(f"published: {_quoted(dates[0])} is no date that is known")
    return notes


def _written(paths_: Sequence[str]) -> str:
    return " or ".join(map(repr, paths_))


def _shape(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return f"an object with {_quoted(', '.join(map(str, islice(value, 12))))}"
        case list():
            return f"a list of {len(value)}"
        case str():
            return f"the text {_quoted(value)}"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    line = " ".join(text[: 2 * QUOTED].split())
    return ascii(line if len(line) <= QUOTED else line[: QUOTED - 1] + "…")
