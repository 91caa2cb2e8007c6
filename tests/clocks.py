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

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.moment, lambda: self.seconds)

    def pass_by(self, **span: float) -> None:
        """As `timedelta` takes it: `hours=2`."""
        self.moment += timedelta(**span)
        self.seconds += timedelta(**span).total_seconds()
