"""The clock for what is kept and shown. Tests pass their own, with the same functions.

Waits and deadlines use `time.monotonic` itself, which goes on even if this clock stands still.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime | None) -> str | None:
    """The moment as text for programs; None stays None."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None


@dataclass(frozen=True, slots=True)
class Clock:
    now: Callable[[], datetime] = utc_now
    """Wall time, aware, UTC: for dates that are kept."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never jump: for "at most once a second"."""
    sleep: Callable[[float], object] = time.sleep
