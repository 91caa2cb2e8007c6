"""Which records of its sources a topic leaves out, and which of them nearly not. No I/O.

Ids only: decisions on a whole archive would fill the memory, and a page shows thirty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from feedproxy.explain.near import near_miss
from feedproxy.models import Record
from feedproxy.rules import Decision
from feedproxy.rules.flips import Flips
from feedproxy.rules.history import listed


class Row(NamedTuple):
    moment: datetime
    """When it last was in for the first time, else when it was listed."""
    id: str
    near: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """As of one moment; for a later one, only what changed or `flips.due` names is judged again."""

    rows: tuple[Row, ...] = ()
    """The newest first."""
    ids: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    """Those of them that are near misses."""
    flips: Flips = field(default_factory=Flips)

    def updated(
        self, sources: Sequence[str], decided: Iterable[tuple[Record, Decision | None]]
    ) -> LeftOut:
        """With these in place of what was known of the same records, which `sources` may show.

        None: it is neither included nor near, at any moment.
        """
        rows, flips = {row.id: row for row in self.rows}, dict(self.flips.moments)
        for record, decision in decided:
            name = record.id
            rows.pop(name, None)
            flips.pop(name, None)
            if decision is None:
                if moment := listed(record, sources):
                    rows[name] = Row(moment, name, near=False)
                continue
            if decision.shown and not decision.included:
                moment = decision.since or decision.listed
                rows[name] = Row(moment, name, near_miss(decision) is not None)
            if decision.valid_until is not None:
                flips[name] = decision.valid_until
        ordered = tuple(sorted(rows.values(), reverse=True))
        return LeftOut(
            ordered,
            tuple(row.id for row in ordered),
            tuple(row.id for row in ordered if row.near),
            Flips.at(flips),
        )
