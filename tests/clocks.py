"""A clock that stands still until it is told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedproxy.clock import Clock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""A Friday."""


class FakeTime:
    def __init__(self, now: datetime = NOON) -> None:
        self.moment = now
        self.seconds = 1000.0
        self.slept: list[float] = []

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.moment, lambda: self.seconds, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds=seconds)

    def pass_by(self, **span: float) -> None:
        """As `timedelta` takes it: `hours=2`."""
        self.moment += timedelta(**span)
        self.seconds += timedelta(**span).total_seconds()
