"""A JSON answer -> its lists of objects, as options of the kind `json`, and how likely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

from feedproxy.models import Page
from feedproxy.sources.guess.guesses import MOST, NO_DATES, Evidence, Found, Guess, confirmed
from feedproxy.sources.guess.places import Values, fields, values_of, written
from feedproxy.sources.items import REQUIRED
from feedproxy.sources.json import read_items
from feedproxy.sources.jsontext import decode_page

SAMPLE = 50
DEEPEST = 4

_FIRST_PAGE = re.compile(r"(?<=[?&]page=)1(?=&|$)")


@dataclass(frozen=True)
class _Objects:
    """A list of objects: where it stands, and its first entries."""

    path: str
    length: int
    sample: tuple[Values, ...]

    def names(self) -> str:
        places = dict.fromkeys(chain.from_iterable(self.sample))
        return ", ".join(map(written, islice(places, 12)))


def guess_answer(page: Page) -> Found:
    """Raises Damaged if it is no JSON."""
    lists = sorted(_lists(decode_page(page), "@", 0), key=lambda each: -each.length)
    guesses = sorted(filter(None, (_guess(each, page) for each in lists[:3])), key=_order)
    return Found(tuple(guesses), otherwise=_described(lists, page.fetched))


def _order(guess: Guess) -> tuple[float, int]:
    return -guess.confidence, -len(guess.records)


def _lists(value: object, path: str, depth: int) -> Iterator[_Objects]:
    if isinstance(value, list):
        sample = tuple(values_of(each) for each in value[:SAMPLE] if isinstance(each, dict))
        if len(sample) > MOST * len(value[:SAMPLE]):
            yield _Objects(path, len(value), sample)
    elif isinstance(value, dict) and depth < DEEPEST:
        for name, inner in list(value.items())[:SAMPLE]:
            step = written([name])
            yield from _lists(inner, step if path == "@" else f"{path}.{step}", depth + 1)


def _guess(objects: _Objects, page: Page) -> Guess | None:
    """The guess, with what its kind reads; None if that is not what was seen here."""
    found = fields(objects.sample, page.fetched)
    if not set(REQUIRED) <= set(found):
        return None
    url = page.url.replace("{", "%7B").replace("}", "%7D")  # which would name places to be filled
    options = {"url": url, "items": objects.path, "fields": found, **_paging(url)}
    return confirmed("json", options, page, read_items, objects.length, _evidence(objects, found))


def _paging(url: str) -> dict[str, Any]:
    """The options for further pages, if the address names the first one.

    `pages: 1` reads no others until the user raises it.
    """
    paged = _FIRST_PAGE.sub("{page}", url)
    return {"url": paged, "first": 1, "pages": 1} if paged != url else {}


def _evidence(objects: _Objects, found: Mapping[str, object]) -> Iterator[Evidence]:
    yield (
        0.25 if objects.length >= 3 else 0.0,
        f"a list of {objects.length} objects, each with a title and an address",
    )
    if "published" in found:
        yield 0.15, "they say a date"
    else:
        yield NO_DATES


def _described(lists: Sequence[_Objects], seen: datetime) -> str:
    if not lists:
        return "JSON without a list of objects"
    first = lists[0]
    found = fields(first.sample, seen)
    lacking = [field for field in REQUIRED if field not in found]
    return (
        f"JSON with a list of {first.length} objects at {first.path!r}, which have {first.names()};"
        f" none of these looks like a {' or a '.join(lacking) or 'listing'}: write a source of the"
        " kind json, where a link may be an address to fill, as https://site.example/{id}"
        + "".join(f"; {field}: {' or '.join(paths)}" for field, paths in found.items())
    )
