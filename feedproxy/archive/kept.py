"""Small things that outlive a process, beside the records and the states of sources.

Rules files, validators, when answers were first served, and when chores were last done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from feedproxy.archive import pace
from feedproxy.archive.database import Database, begins, upsert
from feedproxy.archive.tables import chores, rules_files, served, validators


class Validators(NamedTuple):
    """What makes the next request for a URL conditional."""

    etag: str | None = None
    last_modified: str | None = None


class Kept:
    def __init__(self, database: Database) -> None:
        self._database = database

    def rules(self) -> dict[str, str]:
        """The last good text of each rules file, by its name."""
        with self._database.read() as conn:
            found = conn.execute(select(rules_files).order_by(rules_files.c.name))
            return {row.name: row.text for row in found}

    def keep_rules(self, files: Mapping[str, str | None]) -> None:
        """Keep these texts beside those of other files; None: the file is gone."""
        known = self.rules()
        if all(known.get(name) == text for name, text in files.items()):
            return
        with self._database.write() as conn:
            for name, text in files.items():
                conn.execute(delete(rules_files).where(rules_files.c.name == name))
                if text is not None:
                    conn.execute(insert(rules_files).values(name=name, text=text))

    def validators(self, key: str) -> Validators:
        """`key` is one of revalidation's."""
        columns = select(validators.c.etag, validators.c.last_modified)
        with self._database.read() as conn:
            found = conn.execute(columns.where(validators.c.url == key)).first()
        return Validators(*found) if found else Validators()

    def keep_validators(self, key: str, came: Validators) -> None:
        """For the next request. Only once what came with them is remembered: else it is lost."""
        if self.validators(key) != came:
            with self._database.write() as conn:
                upsert(conn, validators, {"url": key}, **came._asdict())

    def first_served(self, feed: str, etag: str, now: datetime) -> datetime:
        """When the content with this ETag was first served at `feed`; never after `now`."""
        with self._database.read() as conn:
            since = _served_since(conn, feed, etag)
        if since is None:
            with self._database.write(hurried=True) as conn:
                since = _served_since(conn, feed, etag) or now
                upsert(conn, served, {"feed": feed}, etag=etag, since=since)
        return min(since, now)

    def ever_served(self, feeds: str) -> bool:
        """Whether any feed whose name begins so was ever served."""
        named = begins(served.c.feed, feeds)
        with self._database.read() as conn:
            return conn.execute(select(served.c.feed).where(named).limit(1)).first() is not None

    def claim(self, chore: str, now: datetime, every: timedelta) -> bool:
        """Whether nobody has claimed `chore` for as long as `every`: then it is the caller's.

        A clock that was set back makes it due.
        """
        with self._database.write() as conn:
            done = conn.execute(select(chores.c.done_at).where(chores.c.name == chore)).scalar()
            if done is not None and now - every < done <= now:
                return False
            upsert(conn, chores, {"name": chore}, done_at=now)
            return True

    def reserve(self, kind: str, apart: float) -> float:
        """In how many seconds it is the caller's turn to ask for a source of `kind`: see `pace`."""
        with self._database.write() as conn:
            return pace.reserve(conn, kind, apart)


def _served_since(conn: Connection, feed: str, etag: str) -> datetime | None:
    """When `etag` was first served, if it is what was served last."""
    same = served.c.feed == feed, served.c.etag == etag
    return conn.execute(select(served.c.since).where(*same)).scalar()
