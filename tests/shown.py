"""A source that shows a list of records and nothing else, read as a refresh reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedproxy.archive import Archive
from feedproxy.kinds import Kind
from feedproxy.models import Listing, Page, Record, Request, Source, SourceState, Steps
from feedproxy.refresh.reading import Reader, Report
from tests.clocks import FakeTime

NOTE = "a row was left out"


class Shown:
    def __init__(self, archive: Archive, source: Source | None = None) -> None:
        self.archive = archive
        self.source = source or Source("listing", "shown")
        self.time = FakeTime()
        self.records: tuple[Record, ...] = ()

    def reader(self) -> Reader:
        """A process of its own."""
        return Reader(
            archive=self.archive,
            kinds={"shown": Kind(self._steps, keys={})},
            fetch=self._fetch,
            clock=self.time.clock,
            lease_seconds=10,
            jitter=lambda: 0.0,
            environ={},
        )

    def read(self, *records: Record, reader: Reader | None = None) -> tuple[Report, SourceState]:
        self.records = records
        sources = {self.source.name: self.source}
        report = (reader or self.reader()).read(self.source, self.state(), sources)
        assert report is not None
        return report, self.state()

    def state(self) -> SourceState:
        name = self.source.name
        return self.archive.states().get(name, SourceState(name))

    def _steps(self, source: Source, now: datetime, history: Mapping[str, datetime]) -> Steps:
        yield Listing(self.records, notes=(NOTE,))

    def _fetch(self, request: Request) -> Page:
        raise AssertionError("it asks for nothing")
