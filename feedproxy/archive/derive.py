"""How sightings grow, and which record they make together. Pure.

A source may correct what it said, but nothing empty ever replaces something. Where
several sources show one paper, each field is taken from the source that showed the
paper first (then by name) among those that fill it; each number is the highest. Of one
source's items, such as the versions of a preprint, the one it listed last comes first.
What is too short for an abstract, such as a journal's volume and page, gives way to another
text that is long enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from feedproxy.archive import identities
from feedproxy.archive.identities import Item
from feedproxy.archive.keys import key
from feedproxy.models import Appearance, Reading, Record, arxiv_id

LINKS = ("link", "pdf", "code", "project", "video", "audio", "discussion", "doi")
CONTENT = ("title", "summary", "content", "authors", *LINKS)
"""The fields whose change moves `Record.updated`."""
FIELDS = (*CONTENT, "tags", "organization", "submitter", "thumbnail")
LISTS = ("authors", "tags")
TEXTS = ("summary", "content")
"""What an item tells, and the same as HTML."""
SHORTEST_ABSTRACT = 200
"""In characters."""

NUMBER_LIMIT = 2**53

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What `source` said of its item `key`; `readings` are in the order of time."""

    id: int
    source: str
    key: str
    entry: str
    listed: datetime
    first_seen: datetime
    fields: Mapping[str, Any]
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper's id and dates, which no sighting changes."""

    id: str
    published: datetime
    updated: datetime | None
    sightings: Sequence[Sighting] = ()
    aliases: tuple[str, ...] = ()
    """The entries that turned out to be this one."""


def fields(record: Record) -> dict[str, Any]:
    """The fields that are filled; a title that only repeats the id does not count as filled."""
    filled = {name: value for name in FIELDS if (value := getattr(record, name))}
    if record.title in (record.id, record.short_id):
        filled.pop("title", None)
    if record.own_id:
        filled["id"] = record.id
    return {name: list(value) if name in LISTS else value for name, value in filled.items()}


def own_key(record: Record) -> str:
    """What its source calls the item, as a key; versions of an arXiv paper are one item."""
    own = record.own_id
    return key(own if own and not arxiv_id(own, bare=True) else record.id)


def sighted(record: Record, source: str, entry: str, now: datetime) -> Sighting:
    """A new sighting, which has no row id yet."""
    return Sighting(
        id=0,
        source=source,
        key=own_key(record),
        entry=entry,
        listed=min(record.published, now),
        first_seen=now,
        fields=fields(record),
    )


def grown(old: Sighting, record: Record) -> Sighting:
    """`old` with what its source says now; the same object if that is nothing new."""
    new = {**old.fields, **fields(record)}
    return old if new == old.fields else replace(old, fields=new)


def new_readings(old: Sighting, record: Record, now: datetime) -> tuple[Reading, ...]:
    """The numbers that changed, dated after the last ones even if the clock was set back."""
    latest = {reading.name: reading for reading in old.readings}
    changed = []
    for name, value in sorted(record.numbers.items()):
        last = latest.get(name)
        if not 0 <= value < NUMBER_LIMIT or (last and last.value == value):
            continue
        seen = max(now, last.seen + timedelta(microseconds=1)) if last else now
        changed.append(Reading(old.source, name, value, seen))
    return tuple(changed)


def same_content(one: Record, other: Record) -> bool:
    """Whether title, abstract, authors and links are equal."""
    return all(getattr(one, name) == getattr(other, name) for name in CONTENT)


class Alike(dict[Any, Any]):
    """What many records have in common, such as authors and days: to be kept in memory once."""

    def __call__(self, value: T) -> T:
        """The first of all that are equal to `value`."""
        first: T = self.setdefault(value, value)
        return first


def record(entry: Entry, alike: Alike | None = None) -> Record:
    """The record that the sightings of `entry`, one at least, make together."""
    alike = Alike() if alike is None else alike
    ordered = sorted(entry.sightings, key=lambda s: (s.first_seen, s.source, s.key))
    said: dict[str, Any] = {}
    for filled in _leading(ordered):
        for name, value in filled.items():
            said.setdefault(name, tuple(map(alike, value)) if name in LISTS else value)
    said.pop("id", None)  # what the source takes it for: see `identities`
    numbers = _highest(ordered)
    told = {"link": "", "title": entry.id, **said}
    return Record(
        id=alike(entry.id),
        published=alike(entry.published),
        updated=entry.updated,
        numbers=alike.setdefault(("numbers", *numbers.items()), numbers),
        readings=alike(tuple(map(alike, _history(ordered)))),
        appearances=alike(tuple(_appearances(ordered, alike))),
        aliases=entry.aliases,
        **told | {"link": alike(told["link"])},
    )


def _leading(ordered: Sequence[Sighting]) -> Sequence[Mapping[str, Any]]:
    """The fields of the sightings of an entry, those that count before others first."""
    if len(ordered) == 1:
        return [ordered[0].fields]
    first: dict[str, int] = {}
    for place, sighting in enumerate(ordered):
        first.setdefault(sighting.source, place)
    newest = sorted(ordered, key=lambda s: (s.listed, s.first_seen), reverse=True)
    return _without_poor_texts([s.fields for s in sorted(newest, key=lambda s: first[s.source])])


def _without_poor_texts(said: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Without the texts that are too short for an abstract, if any is long enough."""
    rich = [len(told.get("summary", "")) >= SHORTEST_ABSTRACT for told in said]
    if not any(rich):
        return said
    return [
        told if is_rich else {name: told[name] for name in told if name not in TEXTS}
        for told, is_rich in zip(said, rich, strict=True)
    ]


def _highest(sightings: Iterable[Sighting]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for sighting in sightings:
        latest = {reading.name: reading.value for reading in sighting.readings}
        for name, value in latest.items():
            highest[name] = max(value, highest.get(name, value))
    return highest


def _history(sightings: Sequence[Sighting]) -> tuple[Reading, ...]:
    """Every change of a source's numbers; of several items of one source, the highest counts."""
    told = [(reading, sighting.key) for sighting in sightings for reading in sighting.readings]
    told.sort(key=lambda each: (each[0].seen, each[0].source, each[0].name))
    if len({sighting.source for sighting in sightings}) == len(sightings):
        return tuple(reading for reading, _ in told)
    latest = defaultdict[tuple[str, str], dict[str, int]](dict)
    highest = []
    for reading, key_ in told:
        of_source = latest[reading.source, reading.name]
        of_source[key_] = reading.value
        highest.append(replace(reading, value=max(of_source.values())))
    return tuple(highest)


def _appearances(sightings: Iterable[Sighting], alike: Alike) -> Iterator[Appearance]:
    """The first of each source, ordered by its name."""
    found: dict[str, Sighting] = {}
    for sighting in sightings:
        found.setdefault(sighting.source, sighting)
    for source, first in sorted(found.items()):
        yield Appearance(source, alike(first.listed), alike(first.first_seen))


@dataclass(frozen=True, slots=True)
class Addition:
    """What one record adds to the archive: an item that is new, or what changed of a known one."""

    sighting: Sighting
    """As it is now; its id is 0 if its source shows it for the first time."""
    readings: tuple[Reading, ...]
    makes_entry: bool
    """No source has ever shown it: its home is to be made."""
    updated: datetime | None
    """The moment that the paper's title, abstract, authors or links changed, if they did."""
    item: Item
    """Which paper its source says that it is."""
    was: Item | None
    """What its source said so far; None: nothing."""

    @property
    def is_new(self) -> bool:
        return not self.sighting.id


def addition(
    source: str, shown: Record, was: Item | None, entry: Entry | None, now: datetime
) -> Addition | None:
    """What `shown` adds to `entry`, the paper at its home as it is known; None: nothing.

    `was` is what its source said so far of which paper it is.
    """
    own, id_ = own_key(shown), key(shown.id)
    before = entry.sightings if entry else ()
    old = next((s for s in before if (s.source, s.key) == (source, own)), None)
    if old:
        new, numbers = grown(old, shown), new_readings(old, shown, now)
        if new is old and not numbers:
            return None
    else:
        new = sighted(shown, source, entry.id if entry else id_, now)
        if was and entry:  # it was forgotten, and keeps its date for its return
            new = replace(new, listed=min(new.listed, entry.published))
        numbers = new_readings(new, shown, now)
    item = identities.item(source, own, id_, new.fields, was)
    updated = None
    if entry and before:
        after = replace(entry, sightings=[*(s for s in before if s is not old), new])
        updated = None if same_content(record(entry), record(after)) else now
    return Addition(new, numbers, entry is None, updated, item, was)
