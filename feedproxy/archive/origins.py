"""Follows a source to another origin: a site that moves calls the same items by other names.

A key begins with its *origin* if it is a link, or was made unique by the host of its site. Where
no item of one origin in a listing is known, but half of them or more would be if they had another
origin, by the same rest and the same title, the site has moved there: whatever the source showed
gets the key that it has now, and so stays the item that it was. A rest of more than `SHARED`
origins, such as `about`, tells nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from sqlalchemy import Connection, bindparam, select, update

from feedproxy.archive.evidence import batches
from feedproxy.archive.identities import SHARED
from feedproxy.archive.keys import key
from feedproxy.archive.tables import evidence, fields_of, sightings

_ORIGIN = re.compile(r"https?://[^/]+/|tag:[^,/]+,2000:", re.IGNORECASE)
_RESOLVERS = ("https://arxiv.org/", "https://doi.org/")
"""What begins so names the paper, not a page of the site."""

Keys = Mapping[str, str]
"""The keys of one origin, by what follows it."""


def follow(
    conn: Connection, source: str, titles: Mapping[str, str], known: Collection[str]
) -> bool:
    """Whether any key was changed. `titles` are those of the items that `source` shows now, by
    key; `known` are the keys among them that it showed before.
    """
    shown = _by_origin(titles)
    at_known = _by_origin(known).keys()
    new = {origin: keys for origin, keys in shown.items() if origin not in at_known}
    if not new:
        return False
    keys_there = select(evidence.c.key).where(evidence.c.source == source).distinct()
    there = _by_origin(conn.execute(keys_there).scalars())
    gone = {origin: keys for origin, keys in there.items() if origin not in shown}
    telling, moved = _telling(gone), False
    for origin, keys in new.items():
        alike = Counter[str]()
        for former in set[str]().union(*(telling.get(rest, ()) for rest in keys)):
            alike[former] = _alike(conn, source, gone[former], keys, titles)
        for former, count in alike.most_common(1):
            if 2 * count >= len(keys):
                free = gone[former].keys() - there.get(origin, {}).keys()
                _rename(conn, source, former, origin, free)
                moved = True
    return moved


def _telling(origins: Mapping[str, Keys]) -> dict[str, set[str]]:
    """The origins by the rests that few of them have."""
    found = defaultdict[str, set[str]](set)
    for origin, keys in origins.items():
        for rest in keys:
            found[rest].add(origin)
    return {rest: having for rest, having in found.items() if len(having) <= SHARED}


def _alike(
    conn: Connection, source: str, former: Keys, keys: Keys, titles: Mapping[str, str]
) -> int:
    """How many have the same rest and, as far as the source still shows them, the same title."""
    twins = {former[rest]: keys[rest] for rest in keys.keys() & former.keys()}
    said = select(sightings.c.key, sightings.c.fields).where(sightings.c.source == source)
    queries = (said.where(sightings.c.key.in_(some)) for some in batches(twins))
    rows = chain.from_iterable(map(conn.execute, queries))
    return sum(fields_of(row).get("title") == titles[twins[row.key]] for row in rows)


def _by_origin(keys: Iterable[str]) -> dict[str, dict[str, str]]:
    """The keys that have an origin, by that and by what follows it."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for own in keys:
        origin = _ORIGIN.match(own)
        if origin and own != origin[0] not in _RESOLVERS and _is_whole(own):
            found[origin[0]][own[origin.end() :]] = own
    return found


def _is_whole(own: str) -> bool:
    """Whether nothing of the item's name was cut off."""
    return key(own) == own


def _rename(conn: Connection, source: str, former: str, origin: str, rests: Iterable[str]) -> None:
    names = [
        {"of": source, "was": former + rest, "is": origin + rest}
        for rest in rests
        if _is_whole(origin + rest)
    ]
    for table in (evidence, sightings):
        same = table.c.source == bindparam("of"), table.c.key == bindparam("was")
        conn.execute(update(table).where(*same).values(key=bindparam("is")), names)
