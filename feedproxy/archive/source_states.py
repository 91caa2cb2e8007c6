"""How the reading of each source went: its state, what its parts were like, how it changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from feedproxy.archive.database import upsert
from feedproxy.archive.keys import storable
from feedproxy.archive.tables import changes, parts, sightings, sources, unreadable
from feedproxy.models import SourceState
from feedproxy.plausible import Judgement, Usual
from feedproxy.states import StateChange

CHANGES_OF_A_SOURCE = 100
"""How many are kept; older ones go."""
READ_AS = "read as "
"""With a definition (see `states`), a part that says when the source was last read by it."""


BATCH = " up to "
"""In the names of parts that are batches, as `sources.arxiv` names them: a new one each day."""
BATCHES_KEPT = timedelta(days=60)
"""How long it is known of a batch that it was read: longer than any site shows the same one."""


class Refreshes(NamedTuple):
    """How many refreshes of a source ended each way, since the beginning."""

    whole: int
    doubted: int
    failed: int


def states(conn: Connection) -> dict[str, SourceState]:
    counts = select(sightings.c.source, func.count().label("records")).group_by(sightings.c.source)
    records = {row.source: row.records for row in conn.execute(counts)}
    read_at: dict[str, dict[str, datetime]] = defaultdict(dict)
    read_as: dict[str, list[str]] = defaultdict(list)
    for row in conn.execute(select(parts).order_by(parts.c.read_at.desc())):
        if row.part.startswith(READ_AS):
            read_as[row.source].append(row.part.removeprefix(READ_AS))
        else:
            read_at[row.source][row.part] = row.read_at
    return {
        row.name: SourceState(
            name=row.name,
            last_success=row.last_success,
            last_attempt=row.last_attempt,
            next_attempt=row.next_attempt,
            left_alone=row.left_alone,
            last_news=row.last_news,
            failures=row.failures,
            error=row.error,
            served_by=row.served_by,
            notes=_notes(row),
            records=records.get(row.name, 0),
            parts=read_at[row.name],
            read_as=tuple(read_as[row.name]),
        )
        for row in conn.execute(select(sources).order_by(sources.c.name))
    }


def _notes(row: Any) -> tuple[str, ...]:
    try:
        return tuple(json.loads(row.notes))
    except ValueError as error:
        raise unreadable(f"the state of {row.name}", error) from error


def success(
    now: datetime, served_by: str, notes: Iterable[str], *, doubted: bool
) -> dict[str, Any]:
    """The columns of a source's state after a whole refresh; one that is doubted is no success."""
    count = sources.c.read_doubted if doubted else sources.c.read_whole
    whole = {} if doubted else {"last_success": now}
    return whole | {
        "last_attempt": now,
        "failures": 0,
        "error": "",
        "served_by": storable(served_by),
        "notes": json.dumps(list(notes)),
        count.name: count + 1,
    }


def failure(now: datetime, error: str, failures: int) -> dict[str, Any]:
    """The columns of a source's state after a refresh that failed; what was good is kept."""
    return {
        "last_attempt": now,
        "failures": failures,
        "error": storable(error),
        "read_failed": sources.c.read_failed + 1,
    }


def refreshes(conn: Connection) -> dict[str, Refreshes]:
    columns = sources.c.read_whole, sources.c.read_doubted, sources.c.read_failed
    return {
        name: Refreshes(*counts) for name, *counts in conn.execute(select(sources.c.name, *columns))
    }


def usual(conn: Connection, source: str, part: str) -> Usual | None:
    """What the readings of the part were like; None before the first."""
    columns = parts.c.usual, parts.c.usual_at, parts.c.renewed
    known = select(*columns).where(
        parts.c.source == source, parts.c.part == part, parts.c.usual.is_not(None)
    )
    found = conn.execute(known).first()
    return Usual(*found) if found else None


def forget_usual(conn: Connection, source: str) -> None:
    """As if no part of it had been read, though when they were is still known."""
    nothing = {"usual": None, "usual_at": None, "renewed": 0}
    conn.execute(update(parts).where(parts.c.source == source).values(nothing))


def keep_definition(conn: Connection, source: str, read_as: str, now: datetime) -> None:
    """That it was read by this definition, whole or not."""
    upsert(conn, parts, {"source": source, "part": READ_AS + read_as}, read_at=now)


def keep_part(conn: Connection, source: str, part: str, judged: Judgement, now: datetime) -> None:
    """That it was read: `now`, or as before where that is doubted, so that it is due again.

    Of a source's batches, those go that it has not shown for long: every worker reads all parts.
    """
    of = judged.usual
    values = {"usual": of.records, "usual_at": of.seen, "renewed": of.renewed}
    if not judged.doubt:
        values["read_at"] = now
    upsert(conn, parts, {"source": source, "part": part}, **values)
    if BATCH in part:
        batches = parts.c.source == source, parts.c.part.contains(BATCH)
        conn.execute(delete(parts).where(*batches, parts.c.read_at < now - BATCHES_KEPT))


def changes_of_all(conn: Connection) -> tuple[StateChange, ...]:
    newest_first = select(changes).order_by(changes.c.at.desc(), changes.c.source)
    return tuple(StateChange(*row) for row in conn.execute(newest_first))


def note_change(conn: Connection, change: StateChange, judged: SourceState) -> bool:
    """Note it if it is news: the state is still the one `judged`, and nobody else noted it.

    Whether it was.
    """
    own = changes.c.source == change.source
    newest = select(changes).where(own).order_by(changes.c.at.desc())
    last = conn.execute(newest.limit(1)).first()
    tried = conn.execute(
        select(sources.c.last_attempt).where(sources.c.name == change.source)
    ).scalar()
    if tried != judged.last_attempt or (last and last.word == change.word):
        return False
    at = max(change.at, last.at + timedelta(microseconds=1)) if last else change.at
    values = {"word": change.word, "why": storable(change.why)}
    conn.execute(insert(changes).values(source=change.source, at=at, **values))
    beyond = conn.execute(newest.offset(CHANGES_OF_A_SOURCE).limit(1)).first()
    if beyond:
        conn.execute(delete(changes).where(own, changes.c.at <= beyond.at))
    return True
