"""Every record ever seen, its numbers' history, and the state of each source.

SQLite or PostgreSQL behind the same methods, which any thread and process may call.
It stores records and returns them, and decides what a listing changes. What is shown, and when a
source is read or its past forgotten, is decided elsewhere.

    remember    sightings -> entries, readings, a new content version     (remembering, derive)
                which items are known from where the site was before      (origins)
                which of the entries are one paper                        (identities, merging)
    records     the entries changed after a version -> records            (sightings, derive)
    forget ...  entries that are too old, or beyond what is kept          (forgetting)
    take ...    the lease of a source, and its state when let go          (leases, source_states)
    kept        rules files, validators, chores: small things that outlive a process
    mails       which digests were begun and sent
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from feedproxy.archive import (
    derive,
    forgetting,
    leases,
    moving,
    remembering,
    sightings,
    source_states,
    versions,
)
from feedproxy.archive.database import Database, backend
from feedproxy.archive.evidence import batches
from feedproxy.archive.kept import Kept, Validators
from feedproxy.archive.leases import Lease
from feedproxy.archive.mails import Mails
from feedproxy.archive.remembering import Remembered
from feedproxy.archive.schema import STEPS, Step
from feedproxy.archive.source_states import Refreshes
from feedproxy.archive.versions import Versions
from feedproxy.models import Listing, Record, SourceState
from feedproxy.states import StateChange

__all__ = ["Archive", "Lease", "Refreshes", "Remembered", "Validators", "Versions"]


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection: it would stop every thread, and hardly anything read is garbage.

    It looks at the rest just before what is there is frozen, as that would keep garbage for ever.
    """
    enabled = gc.isenabled()
    gc.collect(1)
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        gc.freeze()
        if enabled:
            gc.enable()


class Archive:
    """The archive at `url`: `sqlite:///PATH` or `postgresql://...`, opened at its first use.

    A method that cannot do its work raises an ArchiveError and has changed nothing.
    It waits at most `wait` seconds for another writer, and `read_wait` to read from SQLite or
    where a request waits for what it writes.
    """

    def __init__(
        self,
        url: str,
        *,
        wait: float = 5.0,
        read_wait: float = 0.5,
        new: bool = True,
        steps: Sequence[Step] = STEPS,
    ) -> None:
        """`new`: create the SQLite file if there is none."""
        self._database = Database(backend(url, wait, read_wait), steps, new=new)
        self.kept = Kept(self._database)
        self.mails = Mails(self._database)

    def __str__(self) -> str:
        """Where it is, without a password."""
        return str(self._database.backend)

    def exists(self) -> bool:
        """Whether there is one already; does not open it, which might create it.

        Raises ArchiveError if that cannot be told.
        """
        return self._database.backend.exists()

    def check(self) -> None:
        """Open it and, in SQLite, read the whole file in search of damage."""
        self._database.check()

    def close(self) -> None:
        self._database.close()

    # Reading what feeds are made of

    def versions(self) -> Versions:
        """All counters; cheap to ask for."""
        with self._database.read() as conn:
            return versions.read(conn)

    def records(self, after: int = 0) -> tuple[Record, ...]:
        """The records that changed after that version, whole, ordered by id; 0: all of them.

        What changes meanwhile may be among them, and has a later version. What has disappeared
        is not told: a caller whose version is older than `epoch` must ask for `ids`, too.
        """
        with self._database.read() as conn:
            ids = sightings.changed_after(conn, after)
        alike = derive.Alike()
        found = (record for some in batches(ids) for record in self._records(some, alike))
        with nullcontext() if after else _uncollected():
            return tuple(found)

    def ids(self) -> frozenset[str]:
        """Those of all records: far cheaper than the records themselves."""
        with self._database.read() as conn:
            return frozenset(sightings.changed_after(conn, 0))

    def _records(self, ids: Sequence[str], alike: derive.Alike) -> Iterator[Record]:
        with self._database.read() as conn:
            rows = sightings.fetch(conn, ids)
        return (derive.record(entry, alike) for entry in sightings.assembled(rows))

    # Remembering and forgetting

    def remember(
        self,
        source: str,
        listing: Listing,
        now: datetime,
        lease: Lease | None = None,
        oldest: datetime | None = None,
        *,
        news: bool = True,
    ) -> Remembered:
        """Add what `source` shows, and that its part was read. Raises LeaseLost, too.

        The same paper again is an update; an unchanged listing leaves the version as it is.
        What was published before `oldest` is left out: it would only be forgotten again. Unless
        it is `news`, the source does not count as fresher.
        """
        with self._database.write() as conn:
            if lease:
                leases.check(conn, lease)
            return remembering.remember(conn, source, listing, now, oldest, news=news)

    def forget(self, source: str, before: datetime) -> int:
        """Remove what `source` listed before that moment; returns how many sightings.

        A record that another source still keeps stays whole until that one has forgotten it, too.
        Ids and dates stay, in case the record returns.
        """
        with self._database.write() as conn:
            return forgetting.forget(conn, source, before)

    def keep_longer(self, oldest: Mapping[str, datetime]) -> None:
        """Heed what each source keeps by the rules of now: what is not older than its `oldest`.

        A source that is not among them keeps everything from now on. Removes nothing.
        """
        with self._database.write() as conn:
            forgetting.keep_longer(conn, oldest)

    def trim(self, size: int) -> int:
        """Remove what was listed longest ago until about `size` bytes of records are left.

        A record's age is counted from the source that listed it last, and it goes as a whole.
        A SQLite file does not shrink, but stops growing. Returns how many sightings went.
        """
        with self._database.write() as conn:
            return forgetting.trim(conn, size)

    # Sources: their states, and who may read them

    def states(self) -> Mapping[str, SourceState]:
        """By source name, for every source that was ever taken or remembered."""
        with self._database.read() as conn:
            return source_states.states(conn)

    def refreshes(self) -> Mapping[str, Refreshes]:
        """By source name, counted over all workers and hosts."""
        with self._database.read() as conn:
            return source_states.refreshes(conn)

    def changes(self) -> tuple[StateChange, ...]:
        """How the sources got worse and recovered, the newest first."""
        with self._database.read() as conn:
            return source_states.changes_of_all(conn)

    def note_change(self, change: StateChange, judged: SourceState) -> bool:
        """Note `change`, which `judged` shows; False if that is outdated, or another noted it."""
        with self._database.write() as conn:
            if noted := source_states.note_change(conn, change, judged):
                versions.raise_states(conn)
        return noted

    def take(self, source: str, owner: str, ttl: float, judged: SourceState) -> Lease | None:
        """The lease of `source` for `ttl` seconds, if nobody holds it.

        None also if anybody has tried to read the source since its state was `judged`: of all
        workers that find it due, one reads it.
        """
        with self._database.write() as conn:
            return leases.take(conn, source, owner, ttl, judged)

    def renew(self, lease: Lease, ttl: float) -> None:
        """Let it end `ttl` seconds from now. Raises LeaseLost."""
        with self._database.write() as conn:
            leases.renew(conn, lease, ttl)

    def forget_usual(self, lease: Lease) -> None:
        """The source was edited: no listing is measured by what it had before. Raises LeaseLost."""
        with self._database.write() as conn:
            leases.check(conn, lease)
            source_states.forget_usual(conn, lease.source)

    def succeeded(
        self,
        lease: Lease,
        now: datetime,
        next_attempt: datetime,
        *,
        left_alone: datetime | None = None,
        served_by: str = "",
        notes: Iterable[str] = (),
        doubted: bool = False,
        read_as: str = "",
    ) -> None:
        """The refresh was whole: note it and let go of the source. Raises LeaseLost.

        A `doubted` refresh counts as an attempt, but as neither a success nor a failure. `read_as`
        is the source's definition (see `states`), if that is to be known.
        """
        state = source_states.success(now, served_by, notes, doubted=doubted)
        state |= {"next_attempt": next_attempt, "left_alone": left_alone}
        self._finish(lease, now, read_as, state)

    def failed(
        self,
        lease: Lease,
        now: datetime,
        next_attempt: datetime,
        error: str,
        left_alone: datetime | None = None,
        read_as: str = "",
        *,
        failures: int,
    ) -> None:
        """The refresh failed: note why and let go of the source. Raises LeaseLost.

        `failures`: how many refreshes have failed in a row, with this one.
        """
        state = source_states.failure(now, error, failures)
        state |= {"next_attempt": next_attempt, "left_alone": left_alone}
        self._finish(lease, now, read_as, state)

    def _finish(self, lease: Lease, now: datetime, read_as: str, state: dict[str, Any]) -> None:
        with self._database.write() as conn:
            if read_as:
                source_states.keep_definition(conn, lease.source, read_as, now)
            leases.finish(conn, lease, **state)

    def release(self, lease: Lease) -> None:
        """Let go of the source, whose state stays as it was. Raises LeaseLost."""
        with self._database.write() as conn:
            leases.finish(conn, lease)

    # Moving house

    def backup(self, path: str | Path) -> None:
        """Copy this moment to a new SQLite file, private to its owner. Raises ConfigError, too."""
        self._database.backup(Path(path))

    def copy_to(self, other: Archive) -> dict[str, int]:
        """Copy everything to the empty archive `other`; how many rows of each table there are."""
        with self._database.read() as origin, other._database.write() as target:
            return moving.copy(partial(self._database.rows, origin), target, str(other))
