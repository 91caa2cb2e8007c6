"""From one listing to what the archive holds: what is added, and what is doubted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from feedproxy.archive import leases, merging, sightings, source_states, versions
from feedproxy.archive.database import upsert
from feedproxy.archive.derive import Addition
from feedproxy.archive.tables import sources
from feedproxy.models import Listing, Record
from feedproxy.plausible import judge


class Remembered(NamedTuple):
    """What a listing brought."""

    new: int
    """Records that this source had not shown before."""
    changed: int
    """Records with a new text, link or number."""
    doubt: str = ""
    """Why the listing cannot be all that the site has: see `plausible`."""
    alarm: str = ""
    """Why its ids cannot be right."""


def remember(
    conn: Connection,
    source: str,
    listing: Listing,
    now: datetime,
    oldest: datetime | None,
    *,
    news: bool,
) -> Remembered:
    """Add what is wanted of `listing`, and that its part was read."""
    leases.ensure_row(conn, source)
    found = _wanted(conn, source, listing.records, now, oldest)
    new = sum(each.is_new for each in found)
    if found:
        merging.settle(conn, found, sightings.write(conn, found), now)
    judged = judge(listing, new, source_states.usual(conn, source, listing.part), now)
    source_states.keep_part(conn, source, listing.part, judged, now)
    if new and news:
        upsert(conn, sources, {"name": source}, last_news=now)
    versions.raise_states(conn)
    return Remembered(new, len(found) - new, judged.doubt, judged.alarm)


def _wanted(
    conn: Connection,
    source: str,
    records: Sequence[Record],
    now: datetime,
    oldest: datetime | None,
) -> list[Addition]:
    """What `records` add, without the new ones that were published before `oldest`.

    What returns, after it was forgotten, has its old date if it brings none.
    """
    found = sightings.additions(conn, source, records, now)
    if oldest is None:
        return found
    return [each for each in found if not each.is_new or each.sighting.listed >= oldest]
