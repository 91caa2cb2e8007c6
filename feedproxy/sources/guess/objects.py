"""A JSON answer -> its lists of objects, as options of the kind `json`, and how likely."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from feedproxy.errors import SourceError
from feedproxy.models import Page
from feedproxy.sources.guess.guesses import Evidence, Guess, weigh
from feedproxy.sources.json import read_items
from feedproxy.sources.jsontext import decode

SAMPLE = 50
DEEPEST = 4
MOST_VALUES = 20_000
MOST = 0.9
"""The share of the items in which a field must be found."""

_CALLED = {
    "title": ("title", "headline", "name", "subject", "displayname"),
    "link": ("url", "link", "htmlurl", "href", "permalink", "weburl", "uri", "landingpageurl"),
    "id": ("id", "guid", "paperid", "uuid", "identifier", "key"),
    "abstract": ("abstract", "summary", "description", "excerpt", "snippet"),
    "authors": ("authors", "author", "creators", "creator", "by"),
    "published": (
        *("published", "publishedat", "publicationdate", "datepublished", "pubdate", "date"),
        *("createdat", "created", "submittedat", "timestamp", "time", "updatedat", "updated"),
    ),
    "upvotes": ("upvotes", "votes", "score", "points", "likes", "citationcount"),
    "comments": ("comments", "commentcount", "commentscount", "numcomments", "descendants"),
}
"""What the fields are called elsewhere, the likeliest first; letters only, in lower case."""

Values = Mapping[str, object]
"""JMESPath -> value, of one object."""


@dataclass(frozen=True)
class _Objects:
    """A list of objects: where it stands, and the beginning of it."""

    path: str
    length: int
    sample: tuple[Values, ...]

    def names(self) -> str:
        return ", ".join(list(dict.fromkeys(path for each in self.sample for path in each))[:12])


def guess_answer(page: Page) -> tuple[tuple[Guess, ...], str]:
    """The likeliest first; and, in words, what was found. Raises Damaged for what is no JSON."""
    lists = sorted(_lists(decode(page.body, page.url), "@", 0), key=lambda each: -each.length)
    guesses = sorted(filter(None, (_guess(each, page) for each in lists[:3])), key=_order)
    return tuple(guesses), _described(lists)


def _order(guess: Guess) -> tuple[float, int]:
    return -guess.confidence, -len(guess.records)


def _lists(value: object, path: str, depth: int) -> Iterator[_Objects]:
    if isinstance(value, list):
        sample = tuple(_values(each) for each in value[:SAMPLE] if isinstance(each, dict))
        if len(sample) > MOST * len(value[:SAMPLE]):
            yield _Objects(path, len(value), sample)
    elif isinstance(value, dict) and depth < DEEPEST:
        for name, inner in list(value.items())[:SAMPLE]:
            yield from _lists(inner, _joined(path, name), depth + 1)


def _values(item: Mapping[str, object]) -> Values:
    """Its own values and, behind them, those of the objects in it."""
    own = {_joined("@", name): value for name, value in list(item.items())[:SAMPLE]}
    inner = {
        _joined(path, name): value
        for path, held in own.items()
        if isinstance(held, dict)
        for name, value in list(held.items())[:SAMPLE]
    }
    return {**own, **inner}


def _joined(path: str, name: str) -> str:
    step = name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else json.dumps(name)
    return step if path == "@" else f"{path}.{step}"


def _guess(objects: _Objects, page: Page) -> Guess | None:
    found = {field: _field(field, objects.sample) for field in _CALLED}
    fields = {field: (path,) for field, path in found.items() if path}
    if not {"title", "link"} <= set(fields):
        return None
    options = {"url": page.url, "items": objects.path, "fields": fields}
    try:
        shown = read_items(page, options)
    except SourceError:
        return None
    if shown.trouble or not shown.records:
        return None
    confidence, grounds = weigh(_evidence(objects, fields))
    return Guess("json", options, confidence, grounds, shown.records)


def _field(field: str, sample: Sequence[Values]) -> str:
    """The path of the likeliest name whose values are what the field holds."""
    paths = dict.fromkeys(path for item in sample for path in item)
    for name in _CALLED[field]:
        for path in paths:
            last = path.rpartition(".")[2]
            if re.sub("[^a-z]", "", last.lower()) != name:
                continue
            values = [item[path] for item in sample if item.get(path) not in (None, "", [])]
            needed = MOST if field in ("title", "link") else 0.5
            if len(values) >= needed * len(sample) and (end := _ending(field, values)) is not None:
                return path + end
    return ""


def _ending(field: str, values: Sequence[object]) -> str | None:
    """What has to follow the path; None if these are no values of the field."""
    first = values[0]
    if field == "authors":
        if isinstance(first, list) and first:
            return "[].name" if isinstance(first[0], dict) and "name" in first[0] else ""
        return "" if isinstance(first, str) else None
    if field == "link":
        return "" if all(_is_address(each) for each in values) else None
    if field in ("title", "abstract"):
        return "" if isinstance(first, str) else None
    return "" if isinstance(first, str | int | float) else None


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://", "/"))


def _evidence(objects: _Objects, fields: Mapping[str, object]) -> Iterator[Evidence]:
    yield (
        0.25 if objects.length >= 3 else 0.0,
        f"a list of {objects.length} objects, each with a title and an address",
    )
    if "published" in fields:
        yield 0.15, "they say a date"
    else:
        yield -0.05, "no dates were found: an item's date will be the day it is first seen"


def _described(lists: Sequence[_Objects]) -> str:
    if not lists:
        return "JSON without a list of objects"
    first = lists[0]
    lacking = [field for field in ("title", "link") if not _field(field, first.sample)]
    return (
        f"JSON with a list of {first.length} objects at {first.path!r}, which have {first.names()};"
        f" none of these looks like a {' or a '.join(lacking) or 'listing'}: write a source of the"
        " kind json, where a link may be an address to fill, as https://site.example/{id}"
    )
