"""The past of a daily listing, read day by day: from yesterday back to a day long ago.

    plan   which days are still to be read                              -> Plan
    run    rest -> lease -> read a day -> remember -> let go of it      -> Day, and again

Between two days the source is free, so its own refresh is not held up. Its state stays as it was,
since nothing that is read here is news. What is done is recorded in the archive: `run` may end,
or be killed, at any moment, and the next plan goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from feedproxy.archive import Lease
from feedproxy.backoff import next_attempt
from feedproxy.clock import Clock
from feedproxy.errors import (
    ArchiveBusy,
    ArchiveError,
    FeedproxyError,
    FetchError,
    LeaseLost,
    SourceError,
    WrongDay,
)
from feedproxy.models import Source, SourceState
from feedproxy.refresh.reading import (
    BUSY,
    USED_UP,
    Fetch,
    Reader,
    Report,
    Wishes,
    drive,
    oldest_kept,
)
from feedproxy.refresh.revalidation import Revalidation
from feedproxy.states import left_alone_until
from feedproxy.view import View

DAY = timedelta(days=1)
SETTLED = 3 * DAY
"""A listing still grows after its day is over; one that was read so long after it was whole."""
PAUSE = 1.5
"""Seconds of rest after a request: 200 in five minutes at most; the site allows 500."""
FURTHER = 3
"""How many more such rests follow each further request for a day: it may be for an HTML page, of
which the site allows a fifth as many."""

TROUBLE = (FetchError, SourceError, ArchiveBusy, LeaseLost)
"""Failures that may not happen again at the next try, or for another day."""
TRIES = 3
"""How often the first day that cannot be read is tried; the days after it are tried once."""
GIVE_UP = 6
"""After so many failures in a row, it is not the days that are to blame."""
BACKOFF = timedelta(minutes=1)
PATIENCE = 600.0
"""Seconds. If the site wants a longer rest than this, the backfill ends."""


@dataclass(frozen=True, slots=True)
class Plan:
    source: Source
    since: date
    """The oldest day: later than asked for if the source's `keep` is shorter than that."""
    days: tuple[date, ...]
    """Those to read, the newest first."""
    filled: int
    """How many more days there are, which were read before."""


@dataclass(frozen=True, slots=True)
class Waiting:
    seconds: float
    why: str = ""
    """Empty: only to be polite."""


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    report: Report

    @property
    def trouble(self) -> str:
        """Why the day does not count as read; empty if it does."""
        return self.report.error or (self.report.notes[0] if self.report.doubted else "")


class Backfill:
    def __init__(self, *, reader: Reader, view: View, clock: Clock) -> None:
        self._reader = reader
        kinds = reader.kinds.items()
        self._readers = {name: kind.read_day for name, kind in kinds if kind.read_day}
        """By kind, for the kinds whose listings have days."""
        self._archive = reader.archive
        self._view = view
        self._clock = clock

    def plan(self, name: str, since: date) -> Plan:
        """What is missing of the source from `since` until yesterday.

        Raises FeedproxyError for a source without days.
        """
        source, now = self._view.current_rules().sources[name], self._clock.now()
        self._check_that_it_has_days(source, now)
        since = max(since, _first_kept(source, now))
        days = [now.date() - age * DAY for age in range(1, (now.date() - since).days + 1)]
        filled = self._filled(name)
        missing = tuple(day for day in days if day not in filled)
        return Plan(source, since, missing, len(days) - len(missing))

    def _check_that_it_has_days(self, source: Source, now: datetime) -> None:
        read_day = self._readers.get(source.kind)
        if read_day is None or next(read_day(source, now.date() - DAY, now), None) is None:
            raise FeedproxyError(
                f"{source.name} has no days to go back to: only daily listings of kind "
                f"{', '.join(sorted(self._readers))} have, such as hf-daily"
            )

    def _filled(self, name: str) -> set[date]:
        """The days that were settled when they were read, and of which there are records.

        A weekend may have none. A working day without any is read again: unless it was a
        holiday, it was forgotten, or read while the site was out of order.
        """
        shown = {
            seen.listed.date()
            for each in self._view.library.subjects()
            for seen in each.record.appearances
            if seen.source == name
        }
        settled = _settled(self._view.state(name).parts)
        return {day for day in settled if day.weekday() >= 5 or day in shown}

    def run(self, plan: Plan, pause: float = PAUSE) -> Iterator[Day | Waiting]:
        """Read the days of the plan; yields each when it is read, and each rest before it is taken.

        A day that cannot be read is skipped. Raises FeedproxyError if it is no use to go on;
        what was read until then is kept.
        """
        failures, rest = 0, self._rest_before(plan.source)
        for day in plan.days:
            report: Report | None = None
            while report is None:
                yield from self._take(rest, plan.source, day)
                try:
                    report, rest = self._read(plan.source, day, pause)
                    failures = 0
                except TROUBLE as error:
                    failures += 1
                    if failures == GIVE_UP:
                        raise _stopped(plan.source, day, str(error)) from error
                    rest = self._rest_after(error, failures)
                    if failures >= TRIES or isinstance(error, WrongDay):
                        report = Report(plan.source.name, error=str(error))
            yield Day(day, report)

    def _take(self, rest: Waiting, source: Source, day: date) -> Iterator[Waiting]:
        if rest.seconds > PATIENCE:
            minutes = f"{rest.seconds / 60:.0f} minutes"
            raise _stopped(source, day, f"{rest.why}: to be left alone for {minutes}")
        yield rest
        self._clock.sleep(rest.seconds)

    def _rest_before(self, source: Source) -> Waiting:
        """The site may have asked for a rest when it was last read."""
        now = self._clock.now()
        if until := left_alone_until(self._view.state(source.name), now):
            return Waiting((until - now).total_seconds(), "its site asked for a rest")
        return Waiting(0)

    def _rest_after(self, error: FeedproxyError, failures: int) -> Waiting:
        now, wished = self._clock.now(), getattr(error, "retry_after", None)
        jitter = self._reader.jitter()
        again = next_attempt(now, BACKOFF, min(failures, TRIES), wished, jitter)
        return Waiting((again - now).total_seconds(), str(error))

    def _read(self, source: Source, day: date, pause: float) -> tuple[Report | None, Waiting]:
        """What the day brought, and the rest to take then; None while somebody else reads it."""
        state = self._archive.states().get(source.name) or SourceState(source.name)
        owner, seconds = self._reader.owner, self._reader.lease_seconds
        lease = self._archive.take(source.name, owner, seconds, judged=state)
        if lease is None:
            return None, Waiting(PAUSE, BUSY)
        wishes, cached = Wishes(), Revalidation(self._archive, source, state)
        try:
            asking = self._reader.asking(source, lease, wishes, cached)
            report = self._remember(source, day, lease, asking)
        finally:
            with suppress(ArchiveError):  # the lease ends by itself
                self._archive.release(lease)
        return report, _polite(wishes, pause, self._clock.now())

    def _remember(self, source: Source, day: date, lease: Lease, asking: Fetch) -> Report:
        report, now = Report(source.name), self._clock.now()
        for listing in drive(self._readers[source.kind](source, day, now), asking):
            now = self._clock.now()
            seen = self._archive.remember(source.name, listing, now, lease, news=False)
            report = report.with_listing(listing, seen)
        return report


def _first_kept(source: Source, now: datetime) -> date:
    """The first day whose papers, dated at noon, the archive would not forget at once."""
    oldest = oldest_kept(source, now)
    if oldest is None:
        return date.min
    noon_is_over = oldest.time() > time(12)
    return oldest.date() + DAY if noon_is_over else oldest.date()


def _settled(parts: Mapping[str, datetime]) -> Iterator[date]:
    """The days among the parts that were read long enough after they were over."""
    for name, read in parts.items():
        with suppress(ValueError):
            day = date.fromisoformat(name)
            if read.date() - day >= SETTLED:
                yield day


def _polite(wishes: Wishes, pause: float, now: datetime) -> Waiting:
    """The rest after a success."""
    usual = pause * (1 + FURTHER * (wishes.requests - 1))
    wished = wishes.left(now)
    return Waiting(wished, USED_UP) if wished > usual else Waiting(usual)


def _stopped(source: Source, day: date, why: str) -> FeedproxyError:
    return FeedproxyError(
        f"{source.name}: stopped at {day}: {why}; the same command goes on there later"
    )
