"""Which records of its sources a topic leaves out, and which of them are near misses. No I/O.

Only ids and moments are kept: decisions on a whole archive would fill the memory, and a page shows
few of them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
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
    """When it was first included, if it ever was, else when it was listed."""
    id: str
    near: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The records that are left out at one moment.

    For a later moment, only changed records and those of `flips.due` must be judged again.
    """

    rows: tuple[Row, ...] = ()
    """The newest first."""
    ids: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    """The near misses among them."""
    flips: Flips = field(default_factory=Flips)

    def updated(
        self,
        sources: Sequence[str],
        again: Container[str],
        decided: Iterable[tuple[Record, Decision | None]],
    ) -> LeftOut:
        """A copy with these decisions in place of what was known of the records `again`, by id.

        Those that nothing is decided on are gone. A decision of None: the record is never included
        nor near; `sources` may show it.
        """
        rows = {row.id: row for row in self.rows if row.id not in again}
        flips = {id_: at for id_, at in self.flips.moments.items() if id_ not in again}
        for record, decision in decided:
            name = record.id
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
