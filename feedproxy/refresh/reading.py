"""Reading one source once: from taking its lease to noting its new state in the archive.

A refresh ends at its first failed request and keeps what it has read until then.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from feedproxy.addresses import shown
from feedproxy.archive import Archive, Lease, Remembered
from feedproxy.backoff import LONGEST_WISH, next_attempt, wait_wished
from feedproxy.clock import Clock
from feedproxy.errors import (
    ArchiveError,
    ConfigError,
    FeedproxyError,
    FetchError,
    RateLimited,
    unforeseen,
)
from feedproxy.kinds import Kind
from feedproxy.models import Listing, Page, Request, Source, SourceState, Steps
from feedproxy.refresh.revalidation import Revalidation
from feedproxy.states import definition, never_read_so, was_edited

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
LONGEST_REST = 10.0
"""Seconds. A site that asks for a longer rest in the middle of a reading ends the reading."""
BUSY = "another process is reading it just now"
"""What is told where `Reader.read` returned no Report."""
USED_UP = "its quota is used up"
MOVED = "its site says that it has moved for good"
_NEVER_SENT = re.compile(r"[\x00-\x1f\x7f]")
"""With these, a secret could add headers, or even another request."""

Fetch = Callable[[Request], Page]


@dataclass(frozen=True, slots=True)
class Report:
    """What one refresh brought; `error` says why it ended early, if it did."""

    source: str
    new: int = 0
    changed: int = 0
    listings: int = 0
    served_by: str = ""
    notes: tuple[str, ...] = ()
    error: str = ""
    doubted: bool = False
    """Whether one of its listings cannot be all that the site has: see `plausible`."""

    def with_listing(self, listing: Listing, brought: Remembered) -> Report:
        doubts = (listing.stale, brought.doubt)
        return replace(
            self,
            new=self.new + brought.new,
            changed=self.changed + brought.changed,
            listings=self.listings + 1,
            served_by=listing.served_by or self.served_by,
            notes=tuple(filter(None, (*doubts, *self.notes, *listing.notes, brought.alarm))),
            doubted=self.doubted or any(doubts),
        )


def drive(steps: Steps, fetch: Fetch) -> Iterator[Listing]:
    """Run a source's generator with `fetch`. A FetchError that it does not catch is raised."""
    try:
        step = next(steps)
        while True:
            if isinstance(step, Listing):
                yield step
                step = next(steps)
                continue
            try:
                page = fetch(step)
            except FetchError as error:
                step = steps.throw(error)
            else:
                step = steps.send(page)
    except StopIteration:
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads a source under its lease, which is renewed before every request."""

    archive: Archive
    kinds: Mapping[str, Kind]
    fetch: Fetch
    clock: Clock
    lease_seconds: float
    """Longer than any one request may take."""
    jitter: Callable[[], float]
    """A random number from 0 up to 1."""
    environ: Mapping[str, str]
    """Where the secrets in a source's `headers` come from."""
    archive_size: int | None = None
    """About how many bytes of records are kept; None: all of them."""
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}/{uuid4().hex[:8]}")

    def read(
        self, source: Source, state: SourceState, sources: Mapping[str, Source]
    ) -> Report | None:
        """Read `source`, unless another worker is at it or has tried since `state` was loaded.

        `sources` are all that the rules have now, whether or not they are ever read.
        Raises ArchiveError where what was read, or the source's state, cannot be kept.
        """
        archive, started = self.archive, self.clock.now()
        lease = archive.take(source.name, self.owner, self.lease_seconds, judged=state)
        if lease is None:
            return None
        if was_edited(source, state):
            archive.forget_usual(lease)
        if never_read_so(source, state):
            state = replace(state, failures=0)
        report, wishes = Report(source.name), Wishes()
        cached = Revalidation(archive, source, state)
        error: FeedproxyError | None = None
        try:
            steps = self.kinds[source.kind].read(source, started, state.parts)
            for listing in drive(steps, self.asking(source, lease, wishes, cached)):
                now = self.clock.now()
                oldest = oldest_kept(source, now)
                brought = archive.remember(source.name, listing, now, lease, oldest)
                report = report.with_listing(listing, brought)
        except ArchiveError:
            raise
        except FeedproxyError as failure:
            error = failure
        except Exception as bug:
            log.exception("reading %s failed in an unexpected way", source.name)
            error = FeedproxyError(unforeseen(bug))
        report = replace(report, notes=(*wishes.notes(), *report.notes))
        self._finish(source, state, lease, report, wishes, error)
        if not (error or report.doubted):
            self._forget_the_old(source, sources)
            cached.keep()
        return replace(report, error=str(error or ""))

    def asking(self, source: Source, lease: Lease, wishes: Wishes, cached: Revalidation) -> Fetch:
        """A fetch for the holder of the source's lease: renews it, and waits as the site wishes.

        Raises ConfigError.
        """
        headers = with_secrets(source, self.environ)

        def get(request: Request) -> Page:
            asked = replace(request, headers={**request.headers, **headers})
            asked = cached.conditional(asked)
            self.archive.renew(lease, self.lease_seconds)
            self._wait_for_turn(source.kind, lease)
            self._rest(wishes, asked.url, lease)
            wishes.requests += 1
            try:
                page = self.fetch(asked)
            except FetchError as error:
                wishes.heed(error.retry_after, self.clock.now())
                raise
            cached.note(request, page)
            wishes.heed(wait_wished(page.headers, page.fetched), page.fetched)
            if page.moved and request.url == source.options.get("url"):
                wishes.moved = shown(page.moved)
            return page

        return get

    def _wait_for_turn(self, kind: str, lease: Lease) -> None:
        pace = self.kinds[kind].pace
        if pace and (wait := self.archive.kept.reserve(kind, pace)):
            self._sleep(wait, lease)

    def _rest(self, wishes: Wishes, url: str, lease: Lease) -> None:
        """Take the rest that the site wants. Raises RateLimited if that is a long one."""
        wait = wishes.left(self.clock.now())
        if wait > LONGEST_REST:
            message = f"{USED_UP}, and it asks to be left alone for {wait:.0f} s"
            raise RateLimited(shown(url), message, status=429, retry_after=wait)
        if wait:
            self._sleep(wait, lease)

    def _sleep(self, seconds: float, lease: Lease) -> None:
        self.archive.renew(lease, seconds + self.lease_seconds)
        self.clock.sleep(seconds)

    def _finish(
        self,
        source: Source,
        state: SourceState,
        lease: Lease,
        report: Report,
        wishes: Wishes,
        error: FeedproxyError | None,
    ) -> None:
        now, failures = self.clock.now(), state.failures + 1 if error else 0
        again = next_attempt(now, source.refresh, failures, wishes.left(now), self.jitter())
        read_as = definition(source)
        if error:
            self.archive.failed(
                lease, now, again, str(error), wishes.until, read_as, failures=failures
            )
            return
        doubted = report.doubted and state.last_success is not None
        # If every page was unchanged, so are its oddities, and the parser that read it.
        unchanged = () if report.listings else filter(_is_lasting, state.notes)
        self.archive.succeeded(
            lease,
            now,
            again,
            left_alone=wishes.until,
            served_by=report.served_by if report.listings else state.served_by,
            notes=(*report.notes, *unchanged),
            doubted=doubted,
            read_as=read_as,
        )

    def _forget_the_old(self, source: Source, sources: Mapping[str, Source]) -> None:
        """Once a day, and only after a success: a site that is gone must not empty any feed."""
        archive, now = self.archive, self.clock.now()
        limits = ((name, oldest_kept(each, now)) for name, each in sources.items())
        oldest = {name: moment for name, moment in limits if moment}
        try:
            if source.keep and archive.kept.claim(f"forget {source.name}", now, DAY):
                archive.keep_longer(oldest)
                archive.forget(source.name, oldest[source.name])
            if self.archive_size and archive.kept.claim("trim", now, DAY):
                archive.trim(self.archive_size)
        except ArchiveError as failure:
            log.warning("what is too old is kept a day longer: %s", failure)


def _is_lasting(note: str) -> bool:
    """Whether the note holds for as long as the page stays the same."""
    return not note.startswith(MOVED)


def oldest_kept(source: Source, now: datetime) -> datetime | None:
    """What the source published before this is not kept; None: everything is."""
    return now - source.keep if source.keep else None


def with_secrets(source: Source, environ: Mapping[str, str]) -> dict[str, str]:
    """The source's own headers, with `${NAME}` from the environment. Raises ConfigError."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in environ:
            raise ConfigError(f"its headers need {found[1]}, which the environment does not have")
        if _NEVER_SENT.search(environ[found[1]]):
            raise ConfigError(
                f"{found[1]}, which its headers need, holds a line break or another control "
                "character: set it without"
            )
        return environ[found[1]]

    return {name: re.sub(r"\$\{(\w+)\}", value, text) for name, text in source.headers.items()}


@dataclass(slots=True)
class Wishes:
    """How often a site was asked, and what it wants: to be left alone, or asked elsewhere."""

    requests: int = 0
    until: datetime | None = None
    """Until when it wants to be left alone: the latest that it said."""
    moved: str = ""
    """Where it says the source's address has moved for good."""

    def heed(self, seconds: float | None, now: datetime) -> None:
        """It asked to be left alone for so long; None: it did not ask."""
        if seconds is not None:
            until = now + timedelta(seconds=min(seconds, LONGEST_WISH))
            self.until = max(self.until or until, until)

    def notes(self) -> Iterator[str]:
        if self.moved:
            yield f"{MOVED}: write {self.moved} into the rules"

    def left(self, now: datetime) -> float:
        """How many seconds it is still to be left alone."""
        return max((self.until - now).total_seconds(), 0.0) if self.until else 0.0
