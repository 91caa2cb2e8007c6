"""When verdicts may change by time alone, so that only those are judged again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Flips:
    moments: Mapping[str, datetime] = field(default_factory=dict)
    """The next such moment by record id; records whose verdict time cannot change are missing."""
    next: datetime | None = None

    @classmethod
    def at(cls, moments: Mapping[str, datetime]) -> Flips:
        return cls(moments, min(moments.values(), default=None))

    def is_due(self, now: datetime) -> bool:
        return self.next is not None and now >= self.next

    def due(self, now: datetime) -> set[str]:
        """The ids of the records that must be judged again."""
        if not self.is_due(now):
            return set()
        return {name for name, moment in self.moments.items() if moment <= now}
