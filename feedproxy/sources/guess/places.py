"""Objects that are built alike -> where in each of them the title, the link, the day and so on are.

Names are compared first, then values: a place is proposed for a field only if its values fit.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from feedproxy.models import ARXIV_ABS, DOI_ORG, arxiv_id, doi_of
from feedproxy.sources.dates import day_of
from feedproxy.sources.guess.guesses import MANY, MOST
from feedproxy.sources.items import FIELDS, REQUIRED
from feedproxy.sources.json import paths

NAMES = 50
"""How many names of one object are looked at."""
MOST_PLACES = 2000

DIFFERING = {"title": 0.7, "link": MOST, "id": MOST}
"""The share of the objects that must have different values there."""

_LINKS = {"arxiv": ARXIV_ABS, "doi": DOI_ORG}
"""The beginning of an item's address if it has none of its own, by the field that completes it."""
_CALLED = {
    "title": ("title", "headline", "name", "subject", "displayname"),
    "link": (
        *("url", "link", "htmlurl", "selfhtml", "html", "href", "permalink", "weburl", "uri"),
        *("urlabs", "landingpageurl"),
    ),
    "arxiv": ("arxivid", "arxiv", "arxiveprint", "eprint"),
    "id": ("id", "guid", "paperid", "uuid", "identifier", "key"),
    "doi": ("doi", "doiid"),
    "abstract": ("abstract", "abstracttext", "summary", "description", "excerpt", "snippet"),
    "authors": ("authors", "author", "creators", "creator", "by", "authfullname"),
    "published": (
        *("published", "publishedat", "publicationdate", "datepublished", "pubdate", "date"),
        *("publisheddate", "firstpublicationdate", "produceddate"),
        *("parseddate", "createdat", "created", "dateadded", "submittedat", "timestamp", "time"),
        *("updatedat", "updated", "year"),
    ),
    "upvotes": ("upvotes", "votes", "score", "points", "likes", "citationcount"),
    "comments": ("comments", "commentcount", "commentscount", "numcomments", "descendants"),
}
"""The names that APIs give to the fields, the likeliest first; only letters, in lower case."""
_AROUND = ("value", "rendered", "datetime")
"""`{"title": {"rendered": "Tides"}}` has a title."""
_OF_ITSELF = frozenset({"metadata", "externalids", "ids", "identifiers", "paper"})
"""Inside these an arXiv id is the item's own; elsewhere it may be that of a paper it cites."""
_TYPED = re.compile(r"_(?:s|ss|t|txt|dt|tdate)\Z")
"""What Solr's names end in: `title_s`."""
_PERSON = ("name", "fullname", "displayname")

Place = tuple[str | int, ...]
"""The names that lead to a value within an object; 0 for the first of a list."""
Values = Mapping[Place, object]


def values_of(item: Mapping[str, object]) -> Values:
    """The item's own values, then those of the objects in it; for a list of objects, such as
    `titles`, the title or value of its first object.
    """
    found: dict[Place, object] = {}
    waiting: deque[tuple[Place, Mapping[str, object]]] = deque([((), item)])
    while waiting and len(found) < MOST_PLACES:
        outer, held = waiting.popleft()
        for name, value in list(held.items())[:NAMES]:
            if name.startswith("@") or (len(outer) > 1 and _letters(name) not in _AROUND):
                continue
            found[*outer, name] = value
            if isinstance(value, list):
                found.update(_first_of(value, (*outer, name)))
            if isinstance(value, dict):
                waiting.append(((*outer, name), value))
    return found


def _first_of(values: Sequence[object], place: Place) -> Values:
    first = values[0] if values else None
    held = list(first.items())[:NAMES] if isinstance(first, dict) else []
    called = (*_AROUND, _letters(place[-1]).removesuffix("s"))
    return {(*place, 0, name): value for name, value in held if _letters(name) in called}


def written(names: Iterable[str | int]) -> str:
    """The names as a JMESPath."""
    return ".".join(map(_step, names)).replace(".[0]", "[0]")


def _step(name: str | int) -> str:
    if isinstance(name, int):
        return f"[{name}]"
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else json.dumps(name)


class _Column(NamedTuple):
    path: str
    values: Sequence[object]
    """The values in those objects that have it."""


def fields(sample: Sequence[Values], seen: datetime) -> dict[str, tuple[str, ...]]:
    """For each field that is found its path, or the paths to try in turn."""
    columns = {field: _column(field, sample, seen) for field in _CALLED}
    found: dict[str, tuple[str, ...]]
    found = {field: (column.path,) for field, column in columns.items() if column}
    if "link" not in found:
        ids = ((columns[field], site) for field, site in _LINKS.items())
        found["link"] = tuple(_to(column, site) for column, site in ids if column)
    return {name: found[name] for name in _CALLED if name in FIELDS and found.get(name)}


def _to(column: _Column, site: str) -> str:
    return column.path if all(map(_is_address, column.values)) else f"{site}{{{column.path}}}"


def _column(field: str, sample: Sequence[Values], seen: datetime) -> _Column | None:
    """The column with the likeliest name whose values fit the field."""
    least = MOST if field in REQUIRED else MANY
    for place in _places(field, sample):
        values = [item[place] for item in sample if item.get(place) not in (None, "", [])]
        if len(values) < least * len(sample):
            continue
        end = _ending(field, values, seen)
        if end is not None and _differing(values) >= DIFFERING.get(field, 0):
            return _Column(written(place) + end, values)
    return None


def _places(field: str, sample: Sequence[Values]) -> list[Place]:
    """The places that are named like the field, the likeliest first; for `id`, the outermost first,
    since an id further in may be another object's.
    """
    called, ranks = _CALLED[field], {}
    for place in dict.fromkeys(chain.from_iterable(sample)):
        names = _called(place)
        if names[-1] in called and (field != "arxiv" or _OF_ITSELF.issuperset(names[:-1])):
            rank, depth = called.index(names[-1]), len(names)
            ranks[place] = (depth, rank) if field == "id" else (rank, depth)
    return sorted(ranks, key=ranks.__getitem__)


def _called(place: Place) -> list[str]:
    names = [_letters(name) for name in place if isinstance(name, str)]
    while len(names) > 1 and names[-1] in _AROUND:
        names.pop()
    return [*names[:-1], names[-1].removesuffix("s")] if 0 in place else names


def _letters(name: str | int) -> str:
    return re.sub("[^a-z]", "", _TYPED.sub("", str(name).lower()))


def _differing(values: Sequence[object]) -> float:
    return len(set(map(repr, values))) / len(values)


def _ending(field: str, values: Sequence[object], seen: datetime) -> str | None:
    """What to append to the path; None if these values do not fit the field."""
    match field:
        case "title" | "abstract":
            fit = all(isinstance(each, str) or _is_texts(each) for each in values)
        case "link":
            fit = all(map(_is_address, values))
        case "doi":
            fit = all(isinstance(each, str) and doi_of(each) for each in values)
        case "arxiv":
            fit = all(isinstance(each, str) and arxiv_id(each, bare=True) for each in values)
        case "authors":
            return _names_in(values[0])
        case "published":
            days = [day_of(next(paths.texts_of(each), ""), seen) for each in values]
            fit = len(list(filter(None, days))) >= MANY * len(days)
        case _:
            fit = all(isinstance(each, str | int) for each in values)
    return "" if fit else None


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://", "/"))


def _names_in(authors: object) -> str | None:
    """What to append to the path to get names; None if no name is written in one piece."""
    if isinstance(authors, str) or _is_texts(authors):
        return ""
    person = authors[0] if isinstance(authors, list) else authors
    if not isinstance(person, dict):
        return None
    names = [name for name, value in person.items() if isinstance(value, str)]
    name = next((each for each in names if _letters(each) in _PERSON), "")
    step = "[]." if isinstance(authors, list) else "."
    return f"{step}{written([name])}" if name else None
