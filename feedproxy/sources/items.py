"""The texts found in one item of a listing -> its Record; and notes about items that are none.

For the kinds whose fields the user writes (`html`, `json`), and in part for the others. This is
no parser: the caller has found the texts, and passes them as the site sent them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote, urlsplit

from feedproxy.links import absolute, canonical
from feedproxy.models import (
    ARXIV_ABS,
    TITLE_LIMIT,
    Record,
    arxiv_id,
    doi_of,
    identity,
    listed_at,
)
from feedproxy.sources.dates import day_of
from feedproxy.text import each_readable, readable

NUMBERS = ("upvotes", "comments", "stars")
LINKS = ("link", "pdf", "code", "project", "video", "thumbnail", "discussion")
MANY = ("authors", "tags")
"""Fields in which every text found is a value; in all others only the first text counts."""
TEXTS = ("id", "doi", "title", "abstract", "published", "organization", "submitter")
FIELDS = (*TEXTS, *LINKS, *MANY, *NUMBERS)
REQUIRED = ("title", "link")

MOST_ITEMS = 5000
MOST_NOTES = 10
MOST_TAGS = 60
"""Keywords of one item; feedparser compares each with all others."""
HIGHEST = 10**9
"""No count of votes is larger, and databases could not store it."""

FieldTexts = Mapping[str, Sequence[str]]
"""field -> the texts found for it, as the site sent them; none of them is blank."""

T = TypeVar("T")

_URI = re.compile(r"[a-z][a-z0-9+.-]{1,20}:\S+", re.IGNORECASE)
_COUNT = re.compile(r"\+?([0-9]{1,12}(?:\.[0-9]{1,12})?)(?: ?([km])(?![a-z]))?", re.IGNORECASE)
_BETWEEN_THOUSANDS = re.compile(
    r"(?<=[0-9])[,_'’](?=[0-9]{3})|(?<=[0-9])(?<![0-9]{4})\s(?=[0-9]{3}(?!\w|\.[0-9]))"
    r"|\.(?=[0-9]{3}\.[0-9]{3}(?![0-9]))|(?<=\.[0-9]{3})\.(?=[0-9]{3}(?![0-9]))"
)
"""A space of any width, since of `&nbsp;` only a space is left. `3 100` could be two numbers of one
element, but these a selector can part, while it cannot join the thousands. One point alone may
begin a fraction."""
_MAYBE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_SEVERAL = re.compile(r", (?:and |& )?| (?:and|&) ")  # A, B and C
_INITIALS = re.compile(r"\w{1,2}\.(?:[ -]?\w{1,2}\.)*")  # A. B., J.-P.
_COUNTED = r"et al\.?|\+? ?\d+ (?:others?|more|(?:(?:more|other) )?authors?)"
_OTHERS = rf"(?:(?:(?:and|&) )?(?:{_COUNTED})|(?:and|&) others)"
_REST = re.compile(rf"[,;]? {_OTHERS}\Z")
_NOBODY = re.compile(_OTHERS, re.IGNORECASE)
_PERSON = re.compile(r"(?![^(]* (?:of|for) )[^ ]+ ")  # several words, and no School of Tides
_LONE = re.compile(r"[^ .]{4,}")  # DeepSeek-AI, but neither Jr. nor PhD
_TIMES = {"": 1, "k": 1000, "m": 1_000_000}


class NoRecord(Exception):
    """Why an item is no record; the message begins with a verb."""


@dataclass(frozen=True, slots=True)
class Gathered:
    records: tuple[Record, ...]
    left_out: tuple[NoRecord, ...]
    """The reason for each item that is no record."""
    notes: tuple[str, ...]


def gather(items: Iterable[T], read: Callable[[T], Record], what: str = "item") -> Gathered:
    """Reads each item by itself; the first record of each id counts. `read` may raise NoRecord."""
    found: dict[str, Record] = {}
    reasons: list[tuple[int, NoRecord]] = []
    hidden = 0
    rest = iter(items)
    for number, item in enumerate(islice(rest, MOST_ITEMS), 1):
        try:
            record = read(item)
        except NoRecord as reason:
            reasons.append((number, reason))
        else:
            first = found.setdefault(record.id, record)
            is_page = record.id == record.link and not record.id.startswith(ARXIV_ABS)
            hidden += is_page and first.title != record.title
    notes = _notes(what, reasons)
    if hidden:
        notes.append(f"{what}s left out because they link to the same page as another: {hidden}")
    if next(rest, None) is not None:
        notes.append(f"only the first {MOST_ITEMS} {what}s were read")
    left_out = tuple(reason for _, reason in reasons)
    return Gathered(tuple(found.values()), left_out, tuple(notes))


def _notes(what: str, left_out: Sequence[tuple[int, NoRecord]]) -> list[str]:
    """A note for each of the first items that are no records, and how many more there are."""
    notes = [f"{what} {at} left out: it {reason}" for at, reason in left_out[:MOST_NOTES]]
    more = len(left_out) - MOST_NOTES
    return [*notes, f"and {more} more"] if more > 0 else notes


def record(found: FieldTexts, base: str, home: str, seen: datetime) -> Record:
    """The record of an item on the page `base`, of the source with the address `home` in the rules.

    Raises NoRecord if no title or no link was found.
    """
    link = canonical(absolute(base, _first(found, "link")))
    for field, missing in (("title", not found.get("title")), ("link", not link)):
        if missing:
            raise NoRecord(f"has no {field}")
    doi, pdf = readable(_first(found, "doi")), absolute(base, _first(found, "pdf"))
    own_id = unique_id(_first(found, "id"), home)
    entry_id = identity(own_id, doi, (link, pdf))
    return Record(
        id=entry_id,
        link=link,
        title=clipped(readable(_first(found, "title"))) or entry_id,
        published=listed_at(day_of(_first(found, "published"), seen), seen),
        summary=readable(_first(found, "abstract")),
        authors=authors(found.get("authors", ())),
        tags=tags(found.get("tags", ())),
        organization=readable(_first(found, "organization")),
        submitter=readable(_first(found, "submitter")),
        doi=doi,
        pdf=pdf,
        code=absolute(base, _first(found, "code")),
        project=absolute(base, _first(found, "project")),
        video=absolute(base, _first(found, "video")),
        thumbnail=absolute(base, _first(found, "thumbnail")),
        discussion=absolute(base, _first(found, "discussion")),
        numbers=numbers({name: _first(found, name) for name in NUMBERS}),
        own_id=own_id,
    )


def unique_id(written: str, home: str) -> str:
    """A source's own id made unique among all sources: `42` means nothing outside its site.

    The site is the host of `home`, the address in the rules, so that a redirect to another host
    makes no item new.
    """
    written = readable(written)
    if not written or _URI.fullmatch(written) or arxiv_id(written, bare=True) or doi_of(written):
        return written
    return f"tag:{urlsplit(absolute('', home)).hostname},2000:{quote(written)}"


def clipped(title: str) -> str:
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1].rstrip() + "…"


def authors(written: Sequence[str]) -> tuple[str, ...]:
    """The authors; a single text may hold several names. `2 more authors` names nobody."""
    found = names(written)
    people = tuple(name for name in found if not _NOBODY.fullmatch(name))
    return tuple(_each_author(people[0])) if len(found) == len(people) == 1 else people


def _each_author(written: str) -> Sequence[str]:
    """Splits `A. B, C. D and E. F`, `B, A.; D, C.` and `B, A., D, C.`; all else is one author.

    Of three or more, one may have a name of one word.
    """
    written = _REST.sub("", written)
    if ";" in written:
        return list(filter(None, (each.strip(" ,") for each in written.split(";"))))
    parts = _SEVERAL.split(written.rstrip(" ,"))
    surnames, initials = parts[::2], parts[1::2]
    if len(surnames) == len(initials) and all(map(_INITIALS.fullmatch, initials)):
        return [", ".join(each) for each in zip(surnames, initials, strict=True)]
    others = [part for part in parts if not _PERSON.match(part)]
    has_lone = len(parts) > 2 and len(others) == 1 and _LONE.fullmatch(others[0])
    return parts if has_lone or not others else (written,)


def tags(written: Iterable[str]) -> tuple[str, ...]:
    """The keywords, each once, up to MOST_TAGS."""
    return tuple(dict.fromkeys(names(islice(dict.fromkeys(written), MOST_TAGS))))


def names(written: Iterable[str]) -> tuple[str, ...]:
    """The texts made readable; none is too many, and two people may have the same name."""
    return tuple(filter(None, each_readable(tuple(written))))


def numbers(written: Mapping[str, str]) -> Mapping[str, int]:
    counts = {name: count(text) for name, text in written.items()}
    return MappingProxyType({name: n for name, n in counts.items() if n is not None})


def count(written: str) -> int | None:
    """The number in `1,234`, `1 234`, `1.2k` or `12 votes`; None if it is negative or no number.

    None for `1.234`, too, which is a thousand to many people; but not for `1.234k`.
    """
    found = _COUNT.match(_BETWEEN_THOUSANDS.sub("", written.strip()))
    if not found or (_MAYBE_THOUSANDS.fullmatch(found[1]) and not found[2]):
        return None
    value = round(float(found[1]) * _TIMES[(found[2] or "").lower()])
    return value if value <= HIGHEST else None


def _first(found: FieldTexts, field: str) -> str:
    return next(iter(found.get(field, ())), "")
