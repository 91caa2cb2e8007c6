"""Reading and writing which identities each item gives itself; this outlives the sightings.

What that means is decided in `identities`. An item that was forgotten still tells under which id
its paper was served.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, distinct, func, insert, select

from feedproxy.archive.identities import ARXIV, SHARED, Item, level_of
from feedproxy.archive.tables import evidence

BATCH = 300
"""Values in one query. SQLite takes 32,766; memory and locks like fewer."""


def batches(values: Iterable[str]) -> Iterator[Sequence[str]]:
    """At most `BATCH` at a time, for one query each."""
    ordered = list(values)
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


def known(conn: Connection, source: str, keys: Iterable[str]) -> dict[str, Item]:
    """By key, what `source` said of those of its items."""
    said = select(evidence).where(evidence.c.source == source)
    return {
        item.key: item
        for some in batches(keys)
        for item in _items(conn, said.where(evidence.c.key.in_(some)))
    }


def keep(conn: Connection, items: Sequence[Item]) -> None:
    """Replace what is stored about these items."""
    said = [
        {"source": each.source, "key": each.key, "identity": identity, "home": each.home}
        for each in items
        for identity in sorted(each.identities)
    ]
    same = evidence.c.source == bindparam("of"), evidence.c.key == bindparam("what")
    conn.execute(delete(evidence).where(*same), [{"of": i.source, "what": i.key} for i in items])
    conn.execute(insert(evidence), said)


def around(conn: Connection, items: Collection[Item]) -> list[Item]:
    """All items that share identities with `items`, directly or in a chain.

    An identity of more than `SHARED` homes leads nowhere, except where `items` themselves may be
    why there are so many.
    """
    most = SHARED + len(items)
    met = {identity for item in items for identity in item.identities}
    homes: set[str] = set()
    found: list[Item] = []
    while met:
        new = _homes(conn, met - _vague(conn, met, most)) - homes
        homes |= new
        for some in batches(sorted(new)):
            found += _items(conn, select(evidence).where(evidence.c.home.in_(some)))
        told = {identity for item in found if item.home in new for identity in item.identities}
        met, most = told - met, SHARED
    return found


def _items(conn: Connection, said: Select[Any]) -> list[Item]:
    identities: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in conn.execute(said):
        identities[row.source, row.key, row.home].add(row.identity)
    return [Item(*named, frozenset(said)) for named, said in identities.items()]


def _homes(conn: Connection, identities: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in batches(sorted(identities)):
        carrying = select(evidence.c.home).where(evidence.c.identity.in_(some)).distinct()
        found.update(conn.execute(carrying).scalars())
    return found


def _vague(conn: Connection, identities: Iterable[str], most: int) -> set[str]:
    """The identities that more than `most` homes carry; arXiv ids are never among them."""
    found: set[str] = set()
    for some in batches(sorted(each for each in identities if level_of(each) != ARXIV)):
        vague = (
            select(evidence.c.identity)
            .where(evidence.c.identity.in_(some))
            .group_by(evidence.c.identity)
            .having(func.count(distinct(evidence.c.home)) > most)
        )
        found.update(conn.execute(vague).scalars())
    return found
