"""An answer and the user's description of it -> the records in it. No paging, no I/O.

A missing list, and a list most of whose items have no title or link, are two errors, which quote
what is there instead. An empty list is no error. A bad item never affects another.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from feedproxy.errors import NothingFound
from feedproxy.models import Page
from feedproxy.sources.items import MOST_ITEMS, NUMBERS, FieldTexts, gather, record
from feedproxy.sources.json import paths
from feedproxy.sources.jsontext import decode_page
from feedproxy.sources.shown import Fields, Shown, first_that_holds, notes, trouble

_READ = {
    "published": paths.dates_of,
    "authors": paths.names_of,
    **dict.fromkeys(NUMBERS, paths.counts_of),
}
"""How what is found for these fields is read, unlike all others."""

QUOTED = 80
"""Characters of what was found that a message shows."""


def read_items(page: Page, options: Mapping[str, Any]) -> Shown:
    """`options` are the kind's keys, as they arrive in `Source.options`.

    Raises NothingFound if there is no list of items, Damaged if it is no JSON.
    """
    answer = decode_page(page)
    items = _list(answer, options.get("items", "@"), page.url)
    fields, home = options["fields"], options.get("url", page.url)
    found = [_texts(item, fields, page.url) for item in items[: MOST_ITEMS + 1]]
    gathered = gather(found, lambda texts: record(texts, page.url, home, page.fetched))
    odd = notes(found, fields, page.fetched, _no_date)
    cursor = paths.find(options["cursor"], answer) if "cursor" in options else None
    return Shown(
        records=gathered.records,
        items=len(items),
        notes=(*gathered.notes, *odd),
        following=next(paths.texts_of(cursor), ""),
        trouble=trouble(found, fields, page.url, lambda at: _shape(items[at])),
    )


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


def _texts(item: object, fields: Fields, base: str) -> FieldTexts:
    return {
        name: first_that_holds(
            name,
            (_READ.get(name, paths.texts_of)(paths.find(path, item)) for path in written),
            base,
        )
        for name, written in fields.items()
    }


# --- what is not as it should be -----------------------------------------------------


def _no_date(written: str) -> str:
    return f"{_quoted(written)} is no date that is known"


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
